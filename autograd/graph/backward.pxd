# The types of backward.py, for Cython.
cimport cython
from cpython cimport array
from autograd.floats cimport native
from autograd.graph cimport value

cdef long long FAR
cdef list _spare


cpdef list[value.Value] topological_order(object roots)

@cython.locals(node=value.Value, i=Py_ssize_t)
cdef object _commit(list[value.Value] leaves, double[::1] sums, object rounds)

@cython.locals(node=value.Value, i=Py_ssize_t)
cdef object _set_grads(list[value.Value] nodes, double[::1] grads, Py_ssize_t count)


cdef class _Slots:
    cdef list nodes
    cdef double[::1] adjoints
    cdef Py_ssize_t count

    cdef int grow(self, Py_ssize_t size) except -1


cdef class _Sweep:
    cdef list far, held, leaves, rounds
    cdef dict places
    cdef bint write
    cdef long long start
    cdef Py_ssize_t last
    cdef double[::1] sums
    cdef _Slots slots

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, count=Py_ssize_t, adjoint=double, partial=double, nodes=list, partials=bytes)
    cdef void round(self) except *

    @cython.locals(i=longlong, place=Py_ssize_t)
    cdef bint send(self, value.Value node, double adjoint) except -1

    @cython.locals(place=Py_ssize_t)
    cdef Py_ssize_t place(self, value.Value leaf) except -1
