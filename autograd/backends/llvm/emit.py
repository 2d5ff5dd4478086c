"""Writes instructions of LLVM's assembly, among them those of lowered operations, many lanes wide.

This is text, not objects: writing it and having LLVM read it costs less than building a module by calls.
"""

import struct
from collections.abc import Callable, Iterable, Sequence

from autograd.backends.lowering import PYTHON
from autograd.backends.operations import Op
from autograd.floats.ieee import INF
from autograd.primitives.primitive import ROWS

ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "sum": "fadd", "product": "fmul"}
COMPARED = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
INTRINSICS = {row.name: row.c for row in ROWS.values() if row.c}  # LLVM has the names of C, but for these
INTRINSICS |= {"rint": "roundeven", "muladd": "fma", "fused": "fmuladd"}
EIGHT = "<8 x double>"
MAGIC = 6755399441055744.0  # 1.5 * 2**52: adding it leaves a whole number in the low bits


def literal(x: float) -> str:
    """Return a double as LLVM writes it, to the bit."""
    return f"0x{struct.unpack('>Q', struct.pack('>d', x))[0]:016X}"


def pointers(calls: Iterable[tuple[str, int]]) -> list[str]:
    """Return the lines that declare functions of so many doubles outside of a module, and pointers to them.

    They are called through these: they may be anywhere, and a call reaches only 2 GiB far.
    """
    found = []
    for name, n in sorted(calls):
        found.append(f"declare double @one_{name}_{n}({', '.join(['double'] * n)})")
        found.append(f"@at_{name}_{n} = internal global ptr @one_{name}_{n}")
    return found


class Emitter:
    """Writes operations on vectors of `width` lanes; a width of 1 is plain doubles.

    With a table, constants are places in it, loaded from %constants: each that is named in code has to be linked, which
    takes longer than what an optimiser makes of it saves in a large program.
    """

    def __init__(self, width: int, wide: bool, table: dict[str, int] | None = None) -> None:
        self.width = width
        self.wide: bool = wide and width % 8 == 0
        self.vector: str = f"<{width} x double>" if width > 1 else "double"
        self.mask: str = f"<{width} x i1>" if width > 1 else "i1"
        self.whole: str = f"<{width} x i64>" if width > 1 else "i64"
        self.suffix: str = f"v{width}f64" if width > 1 else "f64"
        self.lines: list[str] = []
        self.label: str = "entry"  # where instructions are written
        self.count: int = 0  # of names that were made
        self.declared: dict[str, str] = {}
        self.calls: set[tuple[str, int]] = set()
        self.table = table
        self.loaded: dict[str, str] = {}

    def new(self, text: str) -> str:
        """Write an instruction and return the name of its result."""
        self.count += 1
        name = f"%t{self.count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def line(self, text: str) -> None:
        """Write an instruction that has no result."""
        self.lines.append(f"  {text}")

    def element(self, kind: str, base: str, index: object) -> str:
        """Return the address of an element of an array."""
        return self.new(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def load(self, kind: str, at: str, align: int = 8) -> str:
        """Return what is at an address."""
        return self.new(f"load {kind}, ptr {at}, align {align}")

    def store(self, kind: str, value: str, at: str, align: int = 8) -> None:
        """Write a value to an address."""
        self.line(f"store {kind} {value}, ptr {at}, align {align}")

    def constant(self, x: float) -> str:
        """Return a number in all lanes."""
        text = literal(x)
        if self.table is None:
            return self.splat(f"double {text}")
        if text not in self.loaded:
            place = self.table.setdefault(text, len(self.table))
            self.loaded[text] = self.broadcast(self.load("double", self.element("double", "%constants", place)))
        return self.loaded[text]

    def splat(self, one: str) -> str:
        """Return a constant for all lanes."""
        return f"<{', '.join([one] * self.width)}>" if self.width > 1 else one.partition(" ")[2]

    def integer(self, x: int) -> str:
        return self.splat(f"i64 {x}")

    def broadcast(self, scalar: str) -> str:
        """Return a scalar in all lanes."""
        if self.width == 1:
            return scalar
        one = self.new(f"insertelement {self.vector} poison, double {scalar}, i64 0")
        return self.new(
            f"shufflevector {self.vector} {one}, {self.vector} poison, <{self.width} x i32> zeroinitializer"
        )

    def intrinsic(self, name: str, *xs: str) -> str:
        full = f"@llvm.{name}.{self.suffix}"
        self.declared[full] = f"declare {self.vector} {full}({', '.join([self.vector] * len(xs))})"
        return self.new(f"call {self.vector} {full}({', '.join(f'{self.vector} {x}' for x in xs)})")

    def emit(self, code: Op, xs: Sequence[str]) -> str:
        """Write one operation and return the name of its result."""
        name, v = code.name, self.vector
        if name in ARITHMETIC:
            return self.new(f"{ARITHMETIC[name]} {v} {xs[0]}, {xs[1]}")
        if name in COMPARED:
            return self.new(f"fcmp {COMPARED[name]} {v} {xs[0]}, {xs[1]}")
        if name in INTRINSICS:
            return self.intrinsic(INTRINSICS[name], *xs)
        if name == "neg":
            return self.new(f"fneg {v} {xs[0]}")
        if name in ("and", "or"):
            return self.new(f"{name} {self.mask} {xs[0]}, {xs[1]}")
        if name == "not":
            return self.new(f"xor {self.mask} {xs[0]}, {self.splat('i1 true')}")
        if name == "select":
            return self.choice(*xs)
        if name == "call":
            return self.called(code.fact, xs)
        if name == PYTHON:
            return self.called(f"{PYTHON}_{code.fact.number}", xs)
        if name == "rescue":
            return self.rescue(code.fact, *xs)
        found: str = getattr(self, name)(*xs)
        return found

    def choice(self, mask: str, x: str, y: str) -> str:
        """Return x where the mask holds, else y."""
        return self.new(f"select {self.mask} {mask}, {self.vector} {x}, {self.vector} {y}")

    def product_error(self, x: str, y: str) -> str:
        product = self.new(f"fmul {self.vector} {x}, {y}")
        return self.intrinsic("fma", x, y, self.new(f"fneg {self.vector} {product}"))

    # ------------------------------------------------------------------------------ operations on the bits of a float

    def bits(self, x: str) -> str:
        return self.new(f"bitcast {self.vector} {x} to {self.whole}")

    def number(self, x: str) -> str:
        return self.new(f"bitcast {self.whole} {x} to {self.vector}")

    def _normal(self, x: str) -> tuple[str, str]:
        """Return (x, scaled up where it is subnormal; what is to be taken off its exponent)."""
        v = self.vector
        small = self.new(f"fcmp olt {v} {self.intrinsic('fabs', x)}, {self.constant(2.0**-1022)}")
        scaled = self.new(f"fmul {v} {x}, {self.constant(2.0**54)}")
        x = self.choice(small, scaled, x)
        far, near = self.integer(1076), self.integer(1022)
        return x, self.new(f"select {self.mask} {small}, {self.whole} {far}, {self.whole} {near}")

    def _usual(self, x: str) -> str:
        """Return whether x is finite and not 0."""
        size = self.intrinsic("fabs", x)
        zero = self.new(f"fcmp ogt {self.vector} {size}, {self.constant(0.0)}")
        return self.new(f"and {self.mask} {zero}, {self.new(f'fcmp olt {self.vector} {size}, {self.constant(INF)}')}")

    def exponent_of(self, x: str) -> str:
        if self.wide:
            full = "@llvm.x86.avx512.mask.getexp.pd.512"
            self.declared[full] = f"declare {EIGHT} {full}({EIGHT}, {EIGHT}, i8, i32)"
            e = self._by_eight(lambda y: f"call {EIGHT} {full}({EIGHT} {y}, {EIGHT} zeroinitializer, i8 -1, i32 4)", x)
            return self.new(f"fadd {self.vector} {e}, {self.constant(1.0)}")
        x, shift = self._normal(x)
        e = self.new(f"lshr {self.whole} {self.bits(x)}, {self.integer(52)}")
        e = self.new(f"and {self.whole} {e}, {self.integer(2047)}")
        return self.new(f"sitofp {self.whole} {self.new(f'sub {self.whole} {e}, {shift}')} to {self.vector}")

    def mantissa_of(self, x: str) -> str:
        if self.wide:
            full = "@llvm.x86.avx512.mask.getmant.pd.512"
            self.declared[full] = f"declare {EIGHT} {full}({EIGHT}, i32, {EIGHT}, i8, i32)"
            return self._by_eight(
                lambda y: f"call {EIGHT} {full}({EIGHT} {y}, i32 2, {EIGHT} zeroinitializer, i8 -1, i32 4)", x
            )
        m = self.new(f"and {self.whole} {self.bits(self._normal(x)[0])}, {self.integer(-9218868437227405313)}")
        return self.number(self.new(f"or {self.whole} {m}, {self.integer(1022 << 52)}"))

    def reciprocal(self, x: str) -> str:
        """Return 1 / x to an ulp, by Newton's steps, which spare the divider; NaN of 0, infinity and subnormals."""
        one = self.constant(1.0)
        if not self.wide:
            return self.new(f"fdiv {self.vector} {one}, {x}")
        full = "@llvm.x86.avx512.rcp14.pd.512"
        self.declared[full] = f"declare {EIGHT} {full}({EIGHT}, {EIGHT}, i8)"
        found = self._by_eight(lambda y: f"call {EIGHT} {full}({EIGHT} {y}, {EIGHT} zeroinitializer, i8 -1)", x)
        minus = self.new(f"fneg {self.vector} {x}")
        for _ in range(2):
            found = self.intrinsic("fma", self.intrinsic("fma", minus, found, one), found, found)
        return found

    def exponent(self, x: str) -> str:
        e, zero = self.exponent_of(x), self.constant(0.0)
        return self.choice(self._usual(x), e, zero)

    def mantissa(self, x: str) -> str:
        m = self.mantissa_of(x)
        return self.choice(self._usual(x), m, x)

    def ldexp(self, x: str, e: str) -> str:
        v = self.vector
        if self.wide:
            full = "@llvm.x86.avx512.mask.scalef.pd.512"
            self.declared[full] = f"declare {EIGHT} {full}({EIGHT}, {EIGHT}, {EIGHT}, i8, i32)"
            last = f"{EIGHT} zeroinitializer, i8 -1, i32 4"
            return self._by_eight(lambda y, k: f"call {EIGHT} {full}({EIGHT} {y}, {EIGHT} {k}, {last})", x, e)
        for limit, relation in ((2000.0, "ogt"), (-2000.0, "olt")):
            beyond = self.new(f"fcmp {relation} {v} {e}, {self.constant(limit)}")
            e = self.choice(beyond, self.constant(limit), e)
        half = self.intrinsic("floor", self.new(f"fmul {v} {e}, {self.constant(0.5)}"))
        for part in (half, self.new(f"fsub {v} {e}, {half}")):
            low = self.bits(self.new(f"fadd {v} {part}, {self.constant(MAGIC + 1023.0)}"))
            power = self.number(self.new(f"shl {self.whole} {low}, {self.integer(52)}"))
            x = self.new(f"fmul {v} {x}, {power}")
        return x

    def _by_eight(self, call: Callable[..., str], *xs: str) -> str:
        """Return the result of an instruction of AVX-512, which takes eight lanes at a time."""
        if self.width == 8:
            return self.new(call(*xs))
        parts = []
        for start in range(0, self.width, 8):
            order = f"<8 x i32> <{', '.join(f'i32 {i}' for i in range(start, start + 8))}>"
            own = [self.new(f"shufflevector {self.vector} {x}, {self.vector} poison, {order}") for x in xs]
            parts.append(self.new(call(*own)))
        whole = f"<16 x i32> <{', '.join(f'i32 {i}' for i in range(16))}>"
        return self.new(f"shufflevector {EIGHT} {parts[0]}, {EIGHT} {parts[1]}, {whole}")

    # ------------------------------------------------------------------------------ calls, lane by lane

    def called(self, function: str, xs: Sequence[str]) -> str:
        self.calls.add((function, len(xs)))
        if self.width == 1:
            return self._one(function, xs)
        each = f"@each_{function}_{len(xs)}"
        return self.new(f"call {self.vector} {each}({', '.join(f'{self.vector} {x}' for x in xs)})")

    def each(self, function: str, xs: Sequence[str]) -> str:
        """Return a function of doubles, of every lane: the body of what `called` calls."""
        found = "poison"
        for lane in range(self.width):
            one = self._one(function, [self.new(f"extractelement {self.vector} {x}, i64 {lane}") for x in xs])
            found = self.new(f"insertelement {self.vector} {found}, double {one}, i64 {lane}")
        return found

    def _one(self, function: str, xs: Sequence[str]) -> str:
        """Call a function of doubles, through its pointer."""
        at = self.load("ptr", f"@at_{function}_{len(xs)}")
        return self.new(f"call double {at}({', '.join(f'double {x}' for x in xs)})")

    def rescue(self, function: str, x: str, y: str, mask: str) -> str:
        """Return y, but the function itself of x in lanes of the mask, which are rare."""
        some = mask
        if self.width > 1:
            some = self.new(f"icmp ne i{self.width} {self.new(f'bitcast {self.mask} {mask} to i{self.width}')}, 0")
        self.count += 1
        here, rare, after = (f"{place}{self.count}" for place in ("usual", "rare", "after"))
        self.lines += [f"  br label %{here}", f"{here}:", f"  br i1 {some}, label %{rare}, label %{after}", f"{rare}:"]
        exact = self.called(function, [x])
        mixed = self.choice(mask, exact, y)
        self.lines += [f"  br label %{after}", f"{after}:"]
        self.label = after
        return self.new(f"phi {self.vector} [ {y}, %{here} ], [ {mixed}, %{rare} ]")
