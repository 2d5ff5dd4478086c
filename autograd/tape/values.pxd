# The types of values.py, for Cython.
cimport cython
from autograd.floats cimport elementary, native

cdef int _MOST
cdef int *_branches

@cython.locals(branch=int)
cpdef double value_of(int row, double x, double y) except? -7.0
cdef double asked(int row, double x, double y) except? -7.0
