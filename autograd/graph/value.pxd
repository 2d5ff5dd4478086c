# The types of value.py, for Cython: nothing else is different where it is compiled.
cimport cython
from autograd.floats cimport elementary, native
from autograd.primitives.carrier cimport Carrier


cdef class Value(Carrier):
    cdef object __weakref__
    cdef double _data, _grad, _dx, _dy
    cdef object _label, _x, _y
    cdef long long _born
    cdef int _row, _place


cdef dict _marking, _paused
# begin: written by `python -m autograd.primitives.write`
cdef int _ADD, _SUB, _MUL, _TRUEDIV, _NEG, _POWER, _SQRT, _EXP, _LOG, _SIN, _COS, _TANH, _SIGMOID, _SOFTPLUS, _RELU
# end of what is written

@cython.locals(node=Value)
cdef Value _node(double data, int row, object x, object y, double dx, double dy)
