# The types of reading.py, for Cython.
cimport cython
from autograd.floats cimport native
from autograd.graph.value cimport Value

cdef int NUMBER, LIST_OF_NUMBERS, TUPLE_OF_NUMBERS, LIST, TUPLE
cdef dict _latest

@cython.locals(i=Py_ssize_t, value=Value, found=list)
cpdef list data_of(list values)


cdef class Names:
    cdef readonly tuple names
    cdef Py_hash_t code

    @cython.locals(i=Py_ssize_t)
    cdef bint are_of(self, dict x) noexcept


@cython.locals(n=Py_ssize_t, latest=Names)
cpdef object names_of(dict x)

cpdef bint floats_of(dict x)


cdef class Lists:
    cdef Py_ssize_t steps, total
    cdef int *kinds
    cdef long long *counts

    @cython.locals(i=Py_ssize_t, place=Py_ssize_t, n=Py_ssize_t, kind=int, found=list, parts=list)
    cdef object made(self, list numbers)
