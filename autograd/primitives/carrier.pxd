# The type of carrier.py, for Cython: a compiled class can only be based on a compiled one.
cimport cython
from autograd.floats cimport native

@cython.auto_pickle(False)
cdef class Carrier:
    pass
