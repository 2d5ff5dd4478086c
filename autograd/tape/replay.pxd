# The types of replay.py, for Cython.
cimport cython
from autograd.floats cimport elementary, native
from autograd.tape.runs cimport Runs, Steps
from autograd.tape.tape cimport Tape, Traced

cdef long long NONE, MANY
cdef int TOTAL, CHECKED, LOOK, ASK, POWER, PAYS, NARROW, WIDE, _ADD, _TIMES, _MONOMIAL
cdef double NAN
cdef int *_branches


cdef class Replay:
    cdef object miss, other, seen, runs
    cdef long long calls
    cdef bint busy, narrow
    cdef dict guards, many, whole
    cdef Py_ssize_t inputs, first, count, width
    cdef int *codes
    cdef int *rows
    cdef int *unsigned
    cdef int *left
    cdef int *right
    cdef long long *places
    cdef long long *results
    cdef double *cells

    @cython.locals(i=Py_ssize_t, n=Py_ssize_t, number=Traced)
    cdef object build(self, Tape tape, object outputs)

    @cython.locals(i=Py_ssize_t, j=longlong, row=int, a=longlong, b=longlong)
    cdef object mark(self, Tape tape)

    cdef object need(self, Tape tape, long long code)
    cdef long long cell(self, Tape tape, long long code) except? 0

    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, k=longlong, n=Py_ssize_t, row=int, branch=int, a=longlong, b=longlong)
    cdef object fill(self, Tape tape)

    @cython.locals(row=int, a=longlong, b=longlong)
    cdef bint same(self, Tape tape, Py_ssize_t i) except -1

    cdef int looking(self, Py_ssize_t j, object guard, Tape tape) except -1

    @cython.locals(runs=Runs)
    cdef bint into(self, object numbers, object outputs) except -1

    @cython.locals(j=Py_ssize_t, steps=Steps)
    cdef Runs sorted(self)

    @cython.locals(i=Py_ssize_t, cells="double *", runs=Runs)
    cdef object guarded(self, object xs)

    @cython.locals(i=Py_ssize_t, missed=Py_ssize_t)
    cdef object finished(self, object xs, double *cells)

    @cython.locals(j=Py_ssize_t, code=int, branch=int, x=double, y=double, z=double)
    cdef Py_ssize_t run(self, double *cells) except? -2

    @cython.locals(found=bint)
    cdef bint looked(self, Py_ssize_t j, int branch, double x, double y, double *cells) except -1

    @cython.locals(operands=list, c=double, x=double, y=double, z=double)
    cdef double powered(self, Py_ssize_t j, double *cells) except? -7.0

    cdef double asked(self, Py_ssize_t j, double *cells) except? -7.0
