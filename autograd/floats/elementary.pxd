cimport cython
from autograd.floats cimport native

cpdef double relu(double x) noexcept
cpdef double step(double x) noexcept
cpdef double sign(double x) noexcept
@cython.locals(e=double)
cpdef double sigmoid(double x) except? -1.0
cpdef double softplus(double x) except? -1.0
@cython.locals(e=double, d=double)
cpdef double tanh_slope(double x) except? -1.0
@cython.locals(e=double, d=double)
cpdef double sigmoid_slope(double x) except? -1.0
