# The type of carrier.py, for Cython: a compiled class can only be based on a compiled one.
cimport cython

@cython.auto_pickle(False)
cdef class Carrier:
    pass
