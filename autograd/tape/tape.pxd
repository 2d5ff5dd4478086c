# The types of tape.py, for Cython.
cimport cython
from autograd.floats cimport elementary, native
from autograd.primitives.carrier cimport Carrier
from autograd.tape.standin cimport StandIn

cdef dict _total
# begin: written by `python -m autograd.primitives.write`
cdef int _ADD, _SUB, _MUL, _TRUEDIV, _NEG, _POWER, _SQRT, _EXP, _LOG, _SIN, _COS, _TANH, _SIGMOID, _SOFTPLUS, _RELU
# end of what is written
cdef int _SUMPROD, _MONOMIAL, _MOST
cdef int *_branches
cdef int INPUT, GUARD, OPERATION, TOTAL
cdef long long NONE, _MANY


cdef class Tape:
    cdef object __weakref__
    cdef public long long level
    cdef public Py_ssize_t indexed
    cdef readonly bint blank
    cdef readonly Py_ssize_t count, inputs, carriers
    cdef bint slow, _closed, catching, swept
    cdef public bint wholes
    cdef readonly bint custom
    cdef double px, py
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

    @cython.locals(i=Py_ssize_t)
    cpdef linearize(self)

    @cython.locals(row=int, branch=int, a=longlong, b=longlong, x=double, y=double, z=double)
    cdef int slopes(self, Py_ssize_t i) except -1

    @cython.locals(i=Py_ssize_t, n=Py_ssize_t, start=Py_ssize_t, j=Py_ssize_t, code=longlong)
    cdef object partials_of_many(self, Py_ssize_t place)

    @cython.locals(a=longlong, b=longlong, c=longlong, k=int, x=double, y=double)
    cdef bint partial_of_power(self, Py_ssize_t start) except -1

    @cython.locals(j=Py_ssize_t, bars="double *")
    cpdef list pull(self, object seeds)

    cpdef object operand(self, long long code)
    cdef int extend(self, object codes) except -1

    @cython.locals(bars="double *")
    cdef list gradient(self, Py_ssize_t place)

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, a=longlong, b=longlong, adjoint=double, product=double, dx=double, dy=double,
                   known=bint)
    cdef int sweep(self, double *bars) except -1

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, a=longlong, b=longlong, total=double, place=Py_ssize_t, dots="double *", start=Py_ssize_t, n=Py_ssize_t)
    cpdef object push(self, object tangents, object wanted)


cdef class Traced(StandIn):
    cdef readonly Tape tape
    cdef readonly Py_ssize_t place
    cdef readonly double _data
    cdef public bint whole


@cython.locals(number=Traced)
cdef Traced _traced(Tape tape, Py_ssize_t place, double data)
