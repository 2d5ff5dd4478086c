# The types of call.py, for Cython.
cimport cython
from autograd.tape.tape cimport Tape, Traced


cdef class Call:
    cdef readonly Tape tape
    cdef public list inputs, positions, rebuilds, outputs
    cdef public object args, aux, result, rebuild
    cdef readonly bint plain
    cdef bint sweeps
    cdef object kind, nest, _found, _partials

    @cython.locals(number=Traced)
    cdef list quickly(self, object x)

    @cython.locals(moved=Call)
    cpdef Call at(self, list inputs)

    @cython.locals(number=Traced)
    cpdef object value(self)
    cpdef list pulled(self, object adjoints)
    cpdef list pushed(self, object tangents)
    cpdef list nests(self, object leaves)


@cython.locals(call=Call, number=Traced)
cpdef tuple with_gradient(object f, tuple args, dict kwargs, object argnums, bint has_aux=*)
