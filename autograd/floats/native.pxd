# native.py for Cython: C's functions, raising what Python's raise. `birth` is atomic because the GIL is held.
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE, PyList_SET_ITEM
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from cpython.ref cimport Py_INCREF

cdef extern from *:
    """
    #include <math.h>
    #include <string.h>
    static long long valuegrad_births = 0;
    static inline long long valuegrad_birth(void) { return ++valuegrad_births; }

    /* The dot product in twice the working precision (Ogita, Rump, Oishi 2005, algorithm Dot2) with its error bound; NaN
       unless every number within the bound rounds to the same float, so that the rounding is the only one. */
    static inline double valuegrad_dot(const double *p, const double *q, Py_ssize_t n) {
        double high = 0.0, low = 0.0, size = 0.0, bound;
        for (Py_ssize_t i = 0; i < n; i++) {
            double x = p[i], y = q[i], product = x * y, sum = high + product, part = sum - high;
            double t = 134217729.0 * x, a = t - (t - x), b = x - a, u = 134217729.0 * y, c = u - (u - y), d = y - c;
            low += ((high - (sum - part)) + (product - part)) + (((a * c - product) + a * d + b * c) + b * d);
            high = sum;
            size += fabs(product);
        }
        bound = size * ((double) n + 4.0) * ((double) n + 4.0) * 0x1p-105;
        {
            double sum = high + low, rest = low - (sum - high);
            int sure = size > 1e-200 && size < 1e150 && sum + (rest + bound) == sum && sum + (rest - bound) == sum;
            return sure ? sum : NAN;
        }
    }

    /* The memory of nodes. A graph is made in one order, swept in the reverse, and freed in a third; so that the next
       one lies in memory in the order of its making all the same, and is swept as fast as the first, a new node always
       gets the next free place upward, found in a bitmap. Arenas that have become empty go back to the system, except
       for 64 of them. */
    #if defined(__GNUC__)
    #define VALUEGRAD_NODE 96
    #define VALUEGRAD_ARENA ((size_t) 1 << 20)
    #define VALUEGRAD_WORDS 170
    typedef struct valuegrad_arena {
        struct valuegrad_arena *next, *last;
        void *raw;
        int live;
        unsigned long long vacant[VALUEGRAD_WORDS];
        char nodes[];
    } valuegrad_arena;
    static valuegrad_arena *valuegrad_here = NULL;
    static int valuegrad_word = 0, valuegrad_empty = 0;

    static inline int valuegrad_extend(void) {
        void *raw = PyMem_RawMalloc(2 * VALUEGRAD_ARENA);
        valuegrad_arena *arena;
        if (raw == NULL) return -1;
        arena = (valuegrad_arena *) (((size_t) raw + VALUEGRAD_ARENA - 1) & ~(VALUEGRAD_ARENA - 1));
        arena->raw = raw;
        arena->live = 0;
        memset(arena->vacant, 0xff, sizeof arena->vacant);
        if (valuegrad_here == NULL) arena->next = arena->last = arena;
        else {
            arena->last = valuegrad_here;
            arena->next = valuegrad_here->next;
            arena->next->last = arena->last->next = arena;
        }
        valuegrad_here = arena;
        valuegrad_empty++;
        return 0;
    }

    static inline int valuegrad_move_on(void) {
        valuegrad_arena *start = valuegrad_here;
        for (;;) {
            while (valuegrad_here && valuegrad_word < VALUEGRAD_WORDS)
                if (valuegrad_here->vacant[valuegrad_word]) return 0;
                else valuegrad_word++;
            valuegrad_word = 0;
            if (valuegrad_here) do valuegrad_here = valuegrad_here->next;
                while (valuegrad_here != start && valuegrad_here->live == 64 * VALUEGRAD_WORDS);
            if (valuegrad_here == start && (start == NULL || 4 * start->live > 3 * 64 * VALUEGRAD_WORDS))
                return valuegrad_extend();
        }
    }

    static inline PyObject *valuegrad_new(PyTypeObject *kind, Py_ssize_t n) {
        valuegrad_arena *arena = valuegrad_here;
        PyObject *node;
        int bit;
        if (arena == NULL || !arena->vacant[valuegrad_word]) {
            if (valuegrad_move_on()) return PyErr_NoMemory();
            arena = valuegrad_here;
        }
        bit = __builtin_ctzll(arena->vacant[valuegrad_word]);
        arena->vacant[valuegrad_word] &= arena->vacant[valuegrad_word] - 1;
        if (arena->live++ == 0) valuegrad_empty--;
        node = (PyObject *) (arena->nodes + (size_t) (64 * valuegrad_word + bit) * VALUEGRAD_NODE);
        memset(node, 0, VALUEGRAD_NODE);
        return PyObject_Init(node, kind);
    }

    static inline void valuegrad_free(void *node) {
        valuegrad_arena *arena = (valuegrad_arena *) ((size_t) node & ~(VALUEGRAD_ARENA - 1));
        unsigned place = (unsigned) ((char *) node - arena->nodes) / VALUEGRAD_NODE;
        arena->vacant[place / 64] |= 1ULL << place % 64;
        if (--arena->live == 0 && ++valuegrad_empty > 64 && arena != valuegrad_here) {
            arena->last->next = arena->next;
            arena->next->last = arena->last;
            valuegrad_empty--;
            PyMem_RawFree(arena->raw);
        }
    }
    #endif

    /* A node that dies because another died waits in a list, linked through the place of its type, which is the same
       for all: so freeing a long chain neither recurses nor allocates. */
    static PyObject *valuegrad_waiting = NULL;
    static PyTypeObject *valuegrad_kind = NULL;
    static int valuegrad_busy = 0;
    static destructor valuegrad_dealloc = NULL;

    static inline void valuegrad_die(PyObject *node) {
        node->ob_type = (PyTypeObject *) valuegrad_waiting;
        valuegrad_waiting = node;
        if (valuegrad_busy) return;
        valuegrad_busy = 1;
        while ((node = valuegrad_waiting) != NULL) {
            valuegrad_waiting = (PyObject *) node->ob_type;
            node->ob_type = valuegrad_kind;
            valuegrad_dealloc(node);
        }
        valuegrad_busy = 0;
    }

    static inline int valuegrad_attach(PyObject *kind, PyObject *name, PyObject *method) {
        int failed = PyDict_SetItem(((PyTypeObject *) kind)->tp_dict, name, method);
        PyType_Modified((PyTypeObject *) kind);
        return failed;
    }

    static inline void valuegrad_managed(PyObject *object) {
        PyTypeObject *kind = valuegrad_kind = (PyTypeObject *) object;
        valuegrad_dealloc = kind->tp_dealloc;
        kind->tp_dealloc = valuegrad_die;
    #if defined(__GNUC__)
        if (kind->tp_basicsize <= VALUEGRAD_NODE) {
            kind->tp_alloc = valuegrad_new;
            kind->tp_free = valuegrad_free;
        }
    #endif
    }

    /* Arrays of 64 KB to 1 MB are kept for the next tape, because fresh memory costs more than what is done with it.
       Each block begins with its size. */
    #define VALUEGRAD_BLOCKS 16
    static char *valuegrad_blocks[VALUEGRAD_BLOCKS];
    static int valuegrad_block_count = 0;

    static inline size_t valuegrad_size(void *block) { return block ? *(size_t *) ((char *) block - 16) : 0; }

    static inline void valuegrad_release(void *block) {
        size_t size = valuegrad_size(block);
        if (block == NULL) return;
        if (size >= (size_t) 1 << 16 && size <= (size_t) 1 << 20 && valuegrad_block_count < VALUEGRAD_BLOCKS)
            valuegrad_blocks[valuegrad_block_count++] = (char *) block;
        else PyMem_RawFree((char *) block - 16);
    }

    static inline void *valuegrad_block(void *old, size_t size) {
        char *found = NULL;
        size_t known = valuegrad_size(old);
        if (size <= known) return old;
        if (size >= (size_t) 1 << 16)
            for (int i = valuegrad_block_count - 1; i >= 0 && !found; i--)
                if (valuegrad_size(valuegrad_blocks[i]) >= size && valuegrad_size(valuegrad_blocks[i]) <= 2 * size) {
                    found = valuegrad_blocks[i];
                    valuegrad_blocks[i] = valuegrad_blocks[--valuegrad_block_count];
                }
        if (found == NULL) {
            found = (char *) PyMem_RawMalloc(size + 16);
            if (found == NULL) return NULL;
            found += 16;
            *(size_t *) (found - 16) = size;
        }
        if (old) memcpy(found, old, known);
        valuegrad_release(old);
        return found;
    }

    /* Objects of a type whose first field is an object, made of those that are gone. The pool holds them as anybody
       would, with the object `blank` in that field, so the garbage collector need not be told that they come and go, and
       who finds one there can use it. */
    #define VALUEGRAD_POOL 256
    static PyObject *valuegrad_pool[VALUEGRAD_POOL];
    static int valuegrad_pool_count = 0;
    static destructor valuegrad_pool_dealloc = NULL;
    static PyObject *valuegrad_pool_blank = NULL;
    static PyObject *valuegrad_no_arguments = NULL;  /* Cython 3.3 reads the tuple of arguments, so it must be one */

    static inline PyObject *valuegrad_made(PyObject *kind) {
        while (valuegrad_pool_count > 0) {
            PyObject *object = valuegrad_pool[--valuegrad_pool_count];
            if (Py_REFCNT(object) == 1) return object;
            Py_DECREF(object);  /* somebody found it among the objects that the collector sees */
        }
        if (!valuegrad_no_arguments && !(valuegrad_no_arguments = PyTuple_New(0))) return NULL;
        return ((PyTypeObject *) kind)->tp_new((PyTypeObject *) kind, valuegrad_no_arguments, NULL);
    }

    static inline void valuegrad_gone(PyObject *object) {
        PyObject **field = (PyObject **) (object + 1), *held = *field;
        if (valuegrad_pool_count == VALUEGRAD_POOL || !PyObject_GC_IsTracked(object)) {
            valuegrad_pool_dealloc(object);
            return;
        }
        Py_INCREF(valuegrad_pool_blank);
        *field = valuegrad_pool_blank;
        Py_SET_REFCNT(object, 1);
        valuegrad_pool[valuegrad_pool_count++] = object;
        Py_XDECREF(held);
    }

    static inline void valuegrad_pooled(PyObject *object, PyObject *blank) {
        PyTypeObject *kind = (PyTypeObject *) object;
        Py_INCREF(blank);
        valuegrad_pool_blank = blank;
        valuegrad_pool_dealloc = kind->tp_dealloc;
        kind->tp_dealloc = valuegrad_gone;
    }
    """
    void *block "valuegrad_block" (void *old, size_t size) noexcept
    void release_block "valuegrad_release" (void *block) noexcept
    void *memset(void *xs, int byte, size_t size) noexcept
    void pooled "valuegrad_pooled" (object kind, object blank) noexcept
    object made "valuegrad_made" (object kind)
    int attach "valuegrad_attach" (object kind, object name, object method) except -1
    void managed "valuegrad_managed" (object kind) noexcept
    long long birth "valuegrad_birth" () noexcept
    double c_dot "valuegrad_dot" (const double *p, const double *q, Py_ssize_t n) noexcept
    double c_exp "exp" (double x) noexcept
    double c_log "log" (double x) noexcept
    double c_log1p "log1p" (double x) noexcept
    double c_pow "pow" (double x, double y) noexcept
    double c_sin "sin" (double x) noexcept
    double c_cos "cos" (double x) noexcept
    double c_floor "floor" (double x) noexcept
    double c_sqrt "sqrt" (double x) noexcept
    double c_tan "tan" (double x) noexcept
    double c_asin "asin" (double x) noexcept
    double c_acos "acos" (double x) noexcept
    double c_atan "atan" (double x) noexcept
    double c_sinh "sinh" (double x) noexcept
    double c_cosh "cosh" (double x) noexcept
    double c_asinh "asinh" (double x) noexcept
    double c_acosh "acosh" (double x) noexcept
    double c_expm1 "expm1" (double x) noexcept
    double c_tanh "tanh" (double x) noexcept
    double c_fabs "fabs" (double x) noexcept
    double tanh(double x) noexcept
    bint isfinite(double x) noexcept
    double NAN
    void PyObject_GC_UnTrack(void *object) noexcept

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

cdef inline double quick_power_operator(double x, double y) noexcept:
    cdef double z
    if x != 0.0 and isfinite(x) and isfinite(y) and (x > 0.0 or y == c_floor(y)):
        z = c_pow(x, y)
        if z != 0.0 and isfinite(z):
            return z
    return NAN

cdef inline double quick_monomial(double c, double x, double y, int k, int n) noexcept:
    cdef double z = quick_power_operator(x, y)
    cdef int _i
    if n or c == 0.0 or z != z or c_fabs(z) <= 1e-290:
        return NAN
    for _i in range(k):
        z /= x
    return c * z if isfinite(z) and (c_fabs(z) > 1e-290 or not k) else NAN

cdef inline double known_monomial(double c, double x, double y, double z, int k) noexcept:
    cdef int _i
    if c == 0.0:
        return 0.0
    if x == 0.0:
        if c != c or not isfinite(y) or y < k:
            return NAN
        z = c_pow(x if y == c_floor(y) else 0.0, y - k)
        return 0.0 if z == 0.0 and c - c != 0.0 else c * z
    if not (isfinite(x) and isfinite(y) and isfinite(z) and (x > 0.0 or y == c_floor(y)) and c_fabs(z) > 1e-290):
        return NAN
    for _i in range(k):
        z /= x
    return c * z if isfinite(z) and (c_fabs(z) > 1e-290 or not k) else NAN

cdef inline bytes bytes_of(long long *xs, Py_ssize_t n):
    return PyBytes_FromStringAndSize(<char *> xs, 8 * n) if n else b""

cdef inline int low_bits(double x) noexcept:
    return (<int *> &x)[0]

cdef inline int high_bits(double x) noexcept:
    return (<int *> &x)[1]

cdef inline Py_ssize_t mixed(int kind, int a, int b, int c, int d) noexcept:
    cdef unsigned long long h = <unsigned int> a
    h = (h ^ (<unsigned long long> <unsigned int> b << 32)) * 0x9E3779B97F4A7C15ULL
    h = (h ^ (h >> 29) ^ <unsigned int> c ^ (<unsigned long long> <unsigned int> d << 32)) * 0xBF58476D1CE4E5B9ULL
    return <Py_ssize_t> (((h ^ (h >> 32)) + <unsigned int> kind * 0x9E3779B1ULL) >> 1)

cdef inline void lend(list xs, Py_ssize_t i, object x) noexcept:
    PyList_SET_ITEM(xs, i, x)

cdef inline void vacate(list xs, double[::1] numbers, Py_ssize_t start, Py_ssize_t stop) noexcept:
    cdef Py_ssize_t i
    for i in range(start, stop):
        PyList_SET_ITEM(xs, i, None)
        numbers[i] = 0.0

cdef inline tuple joined(object p, object q):
    cdef Py_ssize_t i, n, m
    if not (type(p) is list and type(q) is list):
        p, q = list(p), list(q)
    n, m = PyList_GET_SIZE(p), PyList_GET_SIZE(q)
    cdef tuple both = PyTuple_New(n + m)
    for i in range(n):
        Py_INCREF(<object> PyList_GET_ITEM(p, i))
        PyTuple_SET_ITEM(both, i, <object> PyList_GET_ITEM(p, i))
    for i in range(m):
        Py_INCREF(<object> PyList_GET_ITEM(q, i))
        PyTuple_SET_ITEM(both, n + i, <object> PyList_GET_ITEM(q, i))
    return both

cdef inline void untracked(tuple operands) noexcept:
    PyObject_GC_UnTrack(<void *> operands)

cdef inline bytes blank(Py_ssize_t n):
    return PyBytes_FromStringAndSize(NULL, 8 * n)

cdef inline bytes unpacked(bytes numbers):
    return numbers

cdef inline void store(bytes numbers, Py_ssize_t i, double x) noexcept:
    (<double *> PyBytes_AS_STRING(numbers))[i] = x

cdef inline double at(bytes numbers, Py_ssize_t i) noexcept:
    return (<double *> PyBytes_AS_STRING(numbers))[i]

cdef inline double dot(bytes numbers, Py_ssize_t n) noexcept:
    return c_dot(<double *> PyBytes_AS_STRING(numbers), <double *> PyBytes_AS_STRING(numbers) + n, n)

cdef inline double dot_of(double *numbers, Py_ssize_t n) noexcept:
    return c_dot(numbers, numbers + n, n)

cdef inline int *ints(int *xs, Py_ssize_t n) except NULL:
    cdef int *found = <int *> block(xs, 4 * n)
    if found == NULL:
        raise MemoryError()
    return found

cdef inline long long *longs(long long *xs, Py_ssize_t n) except NULL:
    cdef long long *found = <long long *> block(xs, 8 * n)
    if found == NULL:
        raise MemoryError()
    return found

cdef inline double *doubles(double *xs, Py_ssize_t n) except NULL:
    cdef double *found = <double *> block(xs, 8 * n)
    if found == NULL:
        raise MemoryError()
    return found

cdef inline double *zeros(Py_ssize_t n) except NULL:
    cdef double *found = <double *> block(NULL, 8 * (n + 1))
    if found == NULL:
        raise MemoryError()
    memset(found, 0, 8 * (n + 1))
    return found

cdef inline bytes packed(void *xs, Py_ssize_t size):
    return PyBytes_FromStringAndSize(<char *> xs, size)

cdef inline void release(void *xs) noexcept:
    release_block(xs)

cdef inline list taken(double *xs, Py_ssize_t n):
    cdef Py_ssize_t i
    try:
        return [xs[i] for i in range(n)]
    finally:
        release_block(xs)
