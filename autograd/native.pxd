# native.py for Cython: C's functions, raising what Python's raise. `birth` is atomic because the GIL is held.
from cpython.array cimport array

cdef extern from *:
    """
    #include <math.h>
    static long long valuegrad_births = 0;
    static inline long long valuegrad_birth(void) { return ++valuegrad_births; }
    """
    long long birth "valuegrad_birth" () noexcept
    double c_exp "exp" (double x) noexcept
    double c_log "log" (double x) noexcept
    double c_log1p "log1p" (double x) noexcept
    double c_pow "pow" (double x, double y) noexcept
    double c_sin "sin" (double x) noexcept
    double c_cos "cos" (double x) noexcept
    double c_sqrt "sqrt" (double x) noexcept
    double tanh(double x) noexcept
    bint isfinite(double x) noexcept

cdef inline double exp(double x) except? -1.0:
    cdef double z = c_exp(x)
    if not isfinite(z) and isfinite(x):
        raise OverflowError("math range error")
    return z

cdef inline double log(double x) except? -1.0:
    if x <= 0.0:
        raise ValueError("math domain error")
    return c_log(x)

cdef inline double log1p(double x) except? -1.0:
    if x <= -1.0:
        raise ValueError("math domain error")
    return c_log1p(x)

cdef inline double sqrt(double x) except? -1.0:
    if x < 0.0:
        raise ValueError("math domain error")
    return c_sqrt(x)

cdef inline double sin(double x) except? -2.0:
    if not isfinite(x) and x == x:
        raise ValueError("math domain error")
    return c_sin(x)

cdef inline double cos(double x) except? -2.0:
    if not isfinite(x) and x == x:
        raise ValueError("math domain error")
    return c_cos(x)

cdef inline double pow(double x, double y) except? -1.0:
    cdef double z = c_pow(x, y)
    if not isfinite(z) and isfinite(x) and isfinite(y):
        if z != z or x == 0.0:
            raise ValueError("math domain error")
        raise OverflowError("math range error")
    return z

cdef inline double at(array xs, Py_ssize_t i) noexcept:
    return xs.data.as_doubles[i]
