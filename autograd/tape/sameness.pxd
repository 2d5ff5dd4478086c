# The types of sameness.py, for Cython.
cimport cython
from autograd.floats cimport native
from autograd.graph.value cimport Value


cdef class Sameness:
    cdef readonly list values, numbers, lists, contents, dicts, entries, owners, owned, spaces, keys, items
    cdef readonly list cells, held, bases, names, found

    cpdef object add_number(self, Value x)

    @cython.locals(i=Py_ssize_t, space=dict)
    cpdef bint unchanged(self) except? False

    @cython.locals(i=Py_ssize_t, value=Value, x=double, y=double)
    cdef bint same_numbers(self) except? False


@cython.locals(n=Py_ssize_t, i=Py_ssize_t)
cdef bint same_contents(list now, tuple then) except? False

@cython.locals(n=Py_ssize_t, i=Py_ssize_t)
cdef bint same_entries(dict now, tuple then) except? False
