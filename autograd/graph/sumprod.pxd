# The types of sumprod.py, for Cython.
cimport cython
from autograd.floats cimport native
from autograd.graph cimport value

cdef int _SUMPROD
cdef dict _paused

@cython.locals(operands=tuple, n=Py_ssize_t, i=Py_ssize_t, place=Py_ssize_t, values=int, z=double,
               partials=bytes)
cpdef object sumprod(object p, object q)
