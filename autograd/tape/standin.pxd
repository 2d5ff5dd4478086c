# The types of standin.py, for Cython.
from autograd.primitives.carrier cimport Carrier


cdef class StandIn(Carrier):
    pass
