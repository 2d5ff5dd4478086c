# The types of tape.py, for Cython.
cimport cython
from autograd.floats cimport elementary, native
from autograd.primitives.carrier cimport Carrier
from autograd.tape.standin cimport StandIn

cdef dict _total
# begin: written by `python -m autograd.primitives.write`
cdef int _ADD, _SUB, _MUL, _TRUEDIV, _NEG, _POWER, _SQRT, _EXP, _LOG, _SIN, _COS, _TANH, _SIGMOID, _SOFTPLUS, _RELU
# end of what is written
cdef int _SUMPROD
cdef int INPUT, GUARD, OPERATION, TOTAL
cdef long long NONE, _MANY


cdef class Tape:
    cdef object __weakref__
    cdef public long long level
    cdef public Py_ssize_t indexed
    cdef readonly bint blank
    cdef readonly Py_ssize_t count, inputs, carriers
    cdef bint slow, _closed, catching
    cdef public bint wholes
    cdef int *rows
    cdef long long *left
    cdef long long *right
    cdef long long *many
    cdef double *values
    cdef double *constants
    cdef double *dx
    cdef double *dy
    cdef double *dmany
    cdef Py_ssize_t constant_count, many_count, room, constant_room, many_room, linear
    cdef public dict foreign, operations, guards, arrays, kinds

    @cython.locals(place=Py_ssize_t)
    cdef Py_ssize_t step(self, int row, long long x, long long y, double z) except -1

    @cython.locals(k=Py_ssize_t)
    cdef long long constant(self, double x) except? 0

    cdef long long code(self, object x) except? 0

    @cython.locals(i=Py_ssize_t, row=int, a=longlong, b=longlong, n=Py_ssize_t, start=Py_ssize_t, x=double, y=double,
                   z=double)
    cpdef linearize(self)

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, a=longlong, b=longlong, adjoint=double, product=double, bars="double *", start=Py_ssize_t,
                   n=Py_ssize_t)
    cpdef list pull(self, object seeds)

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, a=longlong, b=longlong, total=double, dots="double *", start=Py_ssize_t, n=Py_ssize_t)
    cpdef object push(self, object tangents)


cdef class Traced(StandIn):
    cdef readonly Tape tape
    cdef readonly Py_ssize_t place
    cdef readonly double _data
    cdef public bint whole


@cython.locals(number=Traced)
cdef Traced _traced(Tape tape, Py_ssize_t place, double data)
