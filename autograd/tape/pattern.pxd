# The types of pattern.py, for Cython.
cimport cython
from autograd.floats cimport native
from autograd.tape.tape cimport Tape

cdef long long NONE, MANY
cdef object _EMPTY

cpdef bytes structure(Tape tape, object outputs)
cpdef list pattern(Tape tape, object outputs)


cdef class Dependence:
    cdef Tape tape
    cdef long long *last
    cdef list sets

    @cython.locals(tape=Tape, i=Py_ssize_t, n=Py_ssize_t, place=Py_ssize_t)
    cdef list of(self, object outputs)

    @cython.locals(a=longlong, b=longlong, j=longlong, k=longlong)
    cdef object ask(self, Py_ssize_t i)

    @cython.locals(a=longlong, b=longlong, j=longlong)
    cdef object union(self, Py_ssize_t i)

    cdef object joined(self, object found, long long k)
    cdef object forget(self, long long k, Py_ssize_t i)
