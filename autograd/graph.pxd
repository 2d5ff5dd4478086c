# The types of graph.py, for Cython.
cimport cython
from cpython cimport array
from autograd cimport native, value

cdef long long FAR
cdef list _sizes


cpdef list[value.Value] topological_order(object roots)

@cython.locals(node=value.Value, i=Py_ssize_t)
cdef object _commit(list[value.Value] leaves, double[::1] sums, object rounds)

@cython.locals(node=value.Value, i=Py_ssize_t)
cdef object _set_grads(list[value.Value] nodes, double[::1] grads)


cdef class _Sweep:
    cdef list far, leaves, rounds, slots
    cdef dict places
    cdef bint write
    cdef long long start
    cdef double[::1] adjoints, sums

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, count=Py_ssize_t, used=Py_ssize_t, adjoint=double, partial=double, slots=list)
    cdef void round(self) except *

    @cython.locals(i=longlong, place=Py_ssize_t)
    cdef bint send(self, value.Value node, double adjoint) except -1

    cdef bint far_off(self, value.Value node, double adjoint, long long i) except -1

    @cython.locals(place=Py_ssize_t)
    cdef Py_ssize_t place(self, value.Value leaf) except -1
