# The types of nested.py, for Cython.
cimport cython
from autograd.floats cimport native
from autograd.tape cimport fragments, values
from autograd.tape.tape cimport Tape, Traced

cdef long long ABSENT, FLOAT, NONE, MANY
cdef int TOTAL, _ADD, _TIMES, _MONOMIAL
cdef double NAN

@cython.locals(outer=Tape)
cpdef object nested(Tape tape, object inputs)


cdef class Nested:
    cdef Tape inner, outer
    cdef long long *places
    cdef long long *known
    cdef long long *left
    cdef long long *right
    cdef double *dx
    cdef double *dy
    cdef long long *bars
    cdef double *numbers
    cdef dict many
    cdef long long place[64]
    cdef double data[64]
    cdef double three[3]
    cdef long long found
    cdef double plain

    @cython.locals(i=Py_ssize_t, n=Py_ssize_t, number=Traced)
    cdef object begin(self, object inputs)

    @cython.locals(number=Traced)
    cdef long long code(self, long long operand) except? 0

    cdef long long constant(self, long long operand) except? 0

    @cython.locals(row=int, a=longlong, b=longlong, p=longlong, q=longlong, z=double, j=longlong)
    cdef object replay(self, Py_ssize_t i)

    cdef object observe(self, Py_ssize_t i)
    cdef object operand(self, long long code)
    cpdef object number(self, Py_ssize_t place)

    @cython.locals(row=int, a=longlong, b=longlong, j=longlong)
    cdef object partials(self, Py_ssize_t i)

    @cython.locals(j=longlong, code=longlong, position=int)
    cdef object of_power(self, Py_ssize_t i, long long start)

    cdef bint instances(self, Py_ssize_t i, long long a, long long b, object first, object second) except -1

    @cython.locals(tape=Tape, j=Py_ssize_t, row=int, a=longlong, b=longlong, p=longlong, q=longlong, x=double, y=double,
                   z=double)
    cdef bint instance(self, fragments.Fragment rule) except -1

    @cython.locals(a=longlong, i=Py_ssize_t, code=longlong, at=longlong, carried=bint, k=int, n=int, z=double)
    cdef bint power(self, Tape tape, Py_ssize_t j) except -1

    @cython.locals(carried=bint, made=Traced)
    cdef bint wide(self, Tape tape, Py_ssize_t j) except -1

    cdef object rules(self, Py_ssize_t i, object codes)

    cdef tuple parted(self, object x)

    cpdef bint takes(self, object numbers) except -1

    @cython.locals(z=double)
    cdef long long recorded(self, int row, long long p, double x, long long q, double y) except? 0

    @cython.locals(code=longlong, x=double)
    cdef object send(self, Py_ssize_t i, Py_ssize_t k, long long p, double d)

    @cython.locals(known=longlong)
    cdef object add(self, Py_ssize_t k, long long code, double x)

    @cython.locals(i=Py_ssize_t)
    cdef object start(self, object seeds)

    @cython.locals(code=longlong)
    cdef object swept(self, Py_ssize_t i)

    @cython.locals(i=Py_ssize_t, a=longlong, b=longlong)
    cpdef list pull(self, object seeds)

    @cython.locals(i=Py_ssize_t, j=longlong, a=longlong, b=longlong)
    cpdef list push(self, object tangents, object wanted)
