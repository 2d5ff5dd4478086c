# The types of fragments.py, for Cython.
cimport cython
from autograd.tape.tape cimport Tape, Traced

cdef list _fragments
cdef object _unknown
cdef dict _of_powers
cdef long long FLOAT
cdef double NAN

@cython.locals(key=int)
cdef object fragment(int row, int position)

cdef object fragment_of_power(int position, int k, int n)


cdef class Fragment:
    cdef Tape tape
    cdef long long place
    cdef double number
    cdef bint wide
