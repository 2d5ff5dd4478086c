# The types of values.py, for Cython.
cimport cython
from autograd.floats cimport elementary, native

cdef int _MOST
cdef int *_branches

@cython.locals(branch=int)
cpdef double value_of(int row, double x, double y) except? -7.0
cdef double asked(int row, double x, double y) except? -7.0


cdef class Products:
    cdef Py_ssize_t count, room, widest
    cdef int *places
    cdef double *pairs

    @cython.locals(start=Py_ssize_t, n=Py_ssize_t, i=Py_ssize_t)
    cdef Py_ssize_t add(self, list places) except -1

    @cython.locals(n=Py_ssize_t, i=Py_ssize_t)
    cdef double value(self, Py_ssize_t start, double *cells) noexcept
