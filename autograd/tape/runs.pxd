# The types of runs.py, for Cython.
cimport cython
from autograd.floats cimport elementary, native
from autograd.tape cimport values

cdef int TOTAL, CHECKED, LOOK, ASK, POWER, CONSTANT, ASKED, LOOKED, SQUARED, DOTTED, MONOMIAL, RAISING
cdef int *_rows
cdef int _POWER, _ADD, _SUB, _MUL, _TRUEDIV, _TIMES, _POWER_ROW, _ADD_ROW


cdef class Steps:
    cdef Py_ssize_t first, inputs, room, count, mask, width
    cdef int deepest
    cdef dict asking
    cdef int *kinds
    cdef int *left
    cdef int *right
    cdef int *third
    cdef int *fourth
    cdef int *levels
    cdef int *flags
    cdef int *known
    cdef int *same
    cdef double *numbers
    cdef long long *results

    @cython.locals(i=Py_ssize_t, size=Py_ssize_t)
    cdef object begin(self, Py_ssize_t steps, Py_ssize_t width, double *cells)

    @cython.locals(i=int)
    cdef int constant(self, double x) except -1

    @cython.locals(i=int, slot=Py_ssize_t)
    cdef int add(self, int kind, int a, int b, int c, int d) except -1

    @cython.locals(kind=int, i=int)
    cdef object meet(self, int j, int code, int row, int a, int b, object operands, object whole, object guard)

    @cython.locals(known=int, x=double, y=double, z=double, i=int)
    cdef int step(self, int kind, int row, int a, int b) except -1

    @cython.locals(i=Py_ssize_t)
    cdef object finish(self, double *cells, long long *results, Py_ssize_t width, Py_ssize_t last)

    @cython.locals(kind=int, b=int, k=int)
    cdef object need(self, Py_ssize_t i)

    @cython.locals(kind=int, level=int)
    cdef int depth(self, Py_ssize_t i) except -1

    @cython.locals(kind=int)
    cdef int key(self, Py_ssize_t i) noexcept


cdef class Runs:
    cdef Py_ssize_t inputs, width, count, runs
    cdef dict asking
    cdef int *left
    cdef int *right
    cdef int *third
    cdef int *fourth
    cdef int *order
    cdef int *scratch
    cdef int *starts
    cdef int *of_run
    cdef double *cells
    cdef values.Products products
    cdef long long *results

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, key=int)
    cdef object sort(self, Steps steps)

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, k=Py_ssize_t, buckets="double *")
    cdef object counted(self, Steps steps, Py_ssize_t size, bint by_key)

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, places="int *", size=int)
    cdef object settle(self, Steps steps)

    @cython.locals(i=Py_ssize_t)
    cdef object call(self, object xs)

    @cython.locals(i=Py_ssize_t)
    cdef bint into(self, double[::1] numbers, double[::1] outputs) except -1

    @cython.locals(first=Py_ssize_t, left="int *", right="int *", r=Py_ssize_t, start=Py_ssize_t, stop=Py_ssize_t,
                   k=Py_ssize_t, branch=int, x=double, y=double, z=double)
    cdef bint run(self, double *cells) except -1

    @cython.locals(k=Py_ssize_t, x=double, y=double, z=double)
    cdef bint others(self, int branch, Py_ssize_t start, Py_ssize_t stop, double *cells) except -1

    cdef bint looked(self, int guard, double x, double y) noexcept
