"""NumPy's public functions that take arrays, tried on numbers that remember: `python -m tests.arrays` prints the table.

A function works where its expressions have the values that NumPy has on floats, and the derivatives that differences
of those have. Where it is refused, the error must name it and a remedy.
"""

import sys
import warnings

import numpy as np

import autograd
from autograd import Value

# x: 4 numbers; y: 4 positive ones; m: a matrix of 3 by 3; s: a symmetric, positive one; w: 4 by 3; k: 4 floats;
# h: 3 by 4 floats; b: 4 bools; i: whole numbers; z: an Array of 4 zeros
EXPRESSIONS = """
abs: np.abs(x); np.absolute(x)
absolute: np.absolute(m)
acos: np.acos(x / 9)
acosh: np.acosh(1 + y)
add: np.add(x, k); np.add(x, 1); np.add.reduce(m); np.add.accumulate(m, 1); np.add.outer(x, k); np.add(x, k, out=z); np.add.reduce(m, axis=1, keepdims=True, initial=2.0)
all: np.all(x); np.all(m > 0, axis=0)
allclose: np.allclose(x, x + 1e-12); np.allclose(x, 2 * x)
amax: np.amax(m, axis=1)
amin: np.amin(m, axis=1)
angle: np.angle(x)
any: np.any(x); x.any()
append: np.append(x, k); np.append(k, x)
apply_along_axis: np.apply_along_axis(lambda r: r.sum() * r[0], 1, m)
apply_over_axes: np.apply_over_axes(np.sum, m, [0, 1])
arccos: np.arccos(x / 9)
arccosh: np.arccosh(1 + y)
arcsin: np.arcsin(x / 9)
arcsinh: np.arcsinh(x)
arctan: np.arctan(x)
arctan2: np.arctan2(k, x); np.arctan2(x, k)
arctanh: np.arctanh(x / 9)
argmax: np.argmax(x); np.argmax(m, axis=1); m.argmax()
argmin: np.argmin(x); np.argmin(m, axis=1)
argpartition: np.argpartition(x, 3)[3]
argsort: np.argsort(x); np.argsort(m, axis=0); x.argsort()
argwhere: np.argwhere(m > 0)
around: np.around(x, 2) * x
array2string: len(np.array2string(x)) > 0
array_equal: np.array_equal(x, x); np.array_equal(x, k)
array_equiv: np.array_equiv(x, x); np.array_equiv(x, k)
array_repr: len(np.array_repr(x)) > 0
array_split: np.array_split(x, 3)
array_str: len(np.array_str(x)) > 0
asin: np.asin(x / 9)
asinh: np.asinh(x)
astype: np.astype(x, float); x.astype(float); x.astype(bool)
atan: np.atan(x)
atan2: np.atan2(x, 2.0)
atanh: np.atanh(x / 9)
atleast_1d: np.atleast_1d(x[0], x)
atleast_2d: np.atleast_2d(x)
atleast_3d: np.atleast_3d(x)
average: np.average(x); np.average(x, weights=y); np.average(m, axis=0, weights=[1, 2, 3])
bincount: np.bincount([0, 1, 1, 3], weights=x); np.bincount([0, 1, 1, 3], x, 6)
bitwise_and:
bitwise_count:
bitwise_invert:
bitwise_left_shift:
bitwise_not:
bitwise_or:
bitwise_right_shift:
bitwise_xor:
block: np.block([[m, m], [np.zeros((1, 6))]])
broadcast_arrays: np.broadcast_arrays(x, w.T)
broadcast_to: np.broadcast_to(x, (2, 4))
busday_count:
busday_offset:
can_cast:
cbrt: np.cbrt(x)
ceil: np.ceil(x) * x
choose: np.choose([0, 1, 1, 0], [x, k])
clip: np.clip(x, -0.4, 0.6); np.clip(x, None, 0.5); np.clip(x, min=0.1); x.clip(0.1, 5); np.log(np.clip(x, 0.1, 5))
column_stack: np.column_stack([x, k])
common_type:
compress: np.compress(b, x); x.compress(b)
concat: np.concat([x, k])
concatenate: np.concatenate([x, [1.0]]); np.concatenate([[1, 2], x]); np.concatenate([m, m], axis=1); np.concatenate([m, m], axis=None); np.tanh(np.concatenate([x, [1.0]]))
conj: np.conj(x)
conjugate: np.conjugate(x); x.conj()
convolve: np.convolve(x, k); np.convolve(k, x, 'same'); np.convolve(x, k[:2], 'valid'); np.convolve(x[:2], y, 'same'); np.convolve(x, x[:3], 'same')
copy: np.copy(x); x.copy()
copysign: np.copysign(x, -1.0); np.copysign(k, x) * x
copyto: (np.copyto(z, x), z)[1]; (np.copyto(z, x, where=b), z)[1]
corrcoef: np.corrcoef(x, k)
correlate: np.correlate(x, k); np.correlate(x, k, 'full'); np.correlate(x, k[:2], 'same'); np.correlate(x[:2], k, 'same')
cos: np.cos(x)
cosh: np.cosh(x)
count_nonzero: np.count_nonzero(x); np.count_nonzero(m > 0, axis=0)
cov: np.cov(x, k); np.cov(m); np.cov(m, rowvar=False, ddof=0)
cross: np.cross(m, s); np.cross(x[:3], k[:3])
cumprod: np.cumprod(x); np.cumprod(m, axis=1); x.cumprod()
cumsum: np.cumsum(x); np.cumsum(m, axis=0); x.cumsum()
cumulative_prod: np.cumulative_prod(x)
cumulative_sum: np.cumulative_sum(x, include_initial=True)
datetime_as_string:
deg2rad: np.deg2rad(x)
degrees: np.degrees(x)
delete: np.delete(x, 1); np.delete(m, 0, axis=1)
diag: np.diag(x); np.diag(m); np.tanh(np.diag(x))
diag_indices_from: np.diag_indices_from(m)
diagflat: np.diagflat(x)
diagonal: np.diagonal(m); m.diagonal()
diff: np.diff(x); np.diff(x, n=2); np.diff(m, axis=0); np.diff(x, prepend=0.0)
digitize: np.digitize(x, [-1.0, 0.0, 1.0]); np.digitize([0.3], np.sort(x))
divide: np.divide(x, y); 1 / y; np.divide(x, y, where=b, out=z)
divmod: np.divmod(x, 0.7)
dot: np.dot(x, k); np.dot(m, s); np.dot(w.T, x); np.dot(h, x); np.dot(x, 2.0); x.dot(k)
dsplit: np.dsplit(x.reshape(1, 2, 2), 2)
dstack: np.dstack([x, k])
ediff1d: np.ediff1d(x)
einsum: np.einsum('ij,jk->ik', m, s); np.einsum('ii', m); np.einsum('ij->j', m); np.einsum('i,j', x, k); np.einsum('i,ij,j->', x, w @ w.T, k); np.einsum('...j,j->...', h, x); np.einsum(m, [0, 1], s, [1, 2], [0, 2]); np.einsum('ij,ij->ij', m, s); np.einsum('ii->i', m)
einsum_path:
empty_like: np.empty_like(x).shape[0]
equal: np.equal(x, k); x == x
exp: np.exp(x); np.exp(np.maximum(x, 0)); np.exp(np.zeros_like(x)) * x; np.exp(x, where=b, out=z)
exp2: np.exp2(x)
expand_dims: np.expand_dims(x, 0)
expm1: np.expm1(x)
extract: np.extract(b, x)
fabs: np.fabs(x)
fft.fft:
fft.fft2:
fft.fftn:
fft.fftshift: np.fft.fftshift(x)
fft.hfft: np.fft.hfft(x); np.fft.hfft(w, axis=0)
fft.ifft:
fft.ifft2:
fft.ifftn:
fft.ifftshift: np.fft.ifftshift(x)
fft.ihfft:
fft.irfft: np.fft.irfft(x); np.fft.irfft(x, 7); np.fft.irfft(w, axis=0)
fft.irfft2: np.fft.irfft2(w); np.fft.irfft2(w, (2, 5))
fft.irfftn: np.fft.irfftn(w); np.fft.irfftn(w, (5,), (0,)); np.fft.irfftn(w, axes=(1, 0), norm="ortho")
fft.rfft:
fft.rfft2:
fft.rfftn:
fill_diagonal: (np.fill_diagonal(z.reshape(2, 2), x[0]), z)[1]
fix: np.fix(x) * x
flatnonzero: np.flatnonzero(x > 0)
flip: np.flip(m); np.flip(m, 0)
fliplr: np.fliplr(m)
flipud: np.flipud(m)
float_power: np.float_power(y, x); np.float_power(y, 2)
floor: np.floor(x) * x
floor_divide: np.floor_divide(x, 0.37) * x
fmax: np.fmax(x, k); np.fmax(x, np.nan)
fmin: np.fmin(x, k)
fmod: np.fmod(x, 0.7)
frexp: np.frexp(x)[0]
full_like: np.full_like(x, 2.0) * x; np.full_like(x, x[0])
gcd:
geomspace: np.geomspace(y[0], y[1], 5)
gradient: np.gradient(x); np.gradient(x, 2.0, edge_order=2); np.gradient(x, np.cumsum(y)); np.gradient(x, np.cumsum(y), edge_order=2); np.gradient(m); np.gradient(m, axis=1)
greater: np.greater(x, 0); x > k; 0 > x
greater_equal: np.greater_equal(x, 0)
heaviside: np.heaviside(x, 0.5) * x
histogram: np.histogram(x, 3); np.histogram(x, [-2, 0, 2], weights=y); np.histogram(x, [-2, 0, 2], weights=y, density=True)
histogram2d:
histogram_bin_edges: np.histogram_bin_edges(x, 3)
histogramdd:
hsplit: np.hsplit(w.T, 2)
hstack: np.hstack([x, k])
hypot: np.hypot(k, x); np.hypot(x, 3); np.hypot.reduce(x)
i0: np.i0(x)
imag: np.imag(x)
inner: np.inner(x, k); np.inner(m, s); np.inner(h, x)
insert: np.insert(x, 1, 5.0); np.insert(x, 1, x[0]); np.insert(k, 2, x[1])
interp: np.interp(x, [-2, 0, 1, 3], k); np.interp([0.1, 0.7], [0, 0.5, 1, 2], x); np.interp(0.7, np.cumsum(y), x); np.interp(x, [0, 1, 2, 3], k, left=-1.0, right=1.0); np.interp(x, [0, 0.5, 1, 1.5], k, period=2.0)
intersect1d:
invert:
is_busday:
isclose: np.isclose(x, k); np.isclose(x, x)
iscomplex: np.iscomplex(x)
iscomplexobj: np.iscomplexobj(x)
isfinite: np.isfinite(x); np.isfinite(x / np.inf)
isin: np.isin(x, [1.0, 2.0]); np.isin(x, x[:2])
isinf: np.isinf(x * np.inf)
isnan: np.isnan(x); np.isnan(x * np.nan)
isnat:
isneginf: np.isneginf(x)
isposinf: np.isposinf(x)
isreal: np.isreal(x)
isrealobj: np.isrealobj(x)
ix_:
kron: np.kron(x, k); np.kron(m, h)
lcm:
ldexp: np.ldexp(x, 3); np.ldexp(x, [1, 2, 3, 4])
left_shift:
less: np.less(x, 0)
less_equal: np.less_equal(x, 0); k <= x
lexsort: np.lexsort((x, [0, 1, 0, 1]))
linalg.cholesky: np.linalg.cholesky(s)
linalg.cond: np.linalg.cond(s); np.linalg.cond(m, 1)
linalg.cross: np.linalg.cross(m, s)
linalg.det: np.linalg.det(m); np.linalg.det(np.stack([m, s])); np.linalg.det(m[:2, :2])
linalg.diagonal: np.linalg.diagonal(m)
linalg.eig:
linalg.eigh: np.linalg.eigh(s)[0]; np.linalg.eigh(s)[1]; np.linalg.eigh(m)[1]; np.linalg.eigh(s, 'U')[1]; np.linalg.eigh(m, 'U')[1]
linalg.eigvals:
linalg.eigvalsh: np.linalg.eigvalsh(s)
linalg.inv: np.linalg.inv(m); np.linalg.inv(np.stack([m, s]))
linalg.lstsq: np.linalg.lstsq(w, k)[0]; np.linalg.lstsq(w, x)[1]; np.linalg.lstsq(w.T, x[:3])[0]; np.linalg.lstsq(h.T, x)[3]
linalg.matmul: np.linalg.matmul(m, s)
linalg.matrix_norm: np.linalg.matrix_norm(m)
linalg.matrix_power: np.linalg.matrix_power(m, 3); np.linalg.matrix_power(m, -2); np.linalg.matrix_power(m, 1)
linalg.matrix_rank: np.linalg.matrix_rank(m)
linalg.matrix_transpose: np.linalg.matrix_transpose(w)
linalg.multi_dot: np.linalg.multi_dot([m, s, m])
linalg.norm: np.linalg.norm(x); np.linalg.norm(m); np.linalg.norm(m, axis=1); np.linalg.norm(x, 1); np.linalg.norm(x, 3); np.linalg.norm(x, np.inf); np.linalg.norm(m, 2); np.linalg.norm(m, 'nuc'); np.linalg.norm(m, 1); np.linalg.norm(m, np.inf, keepdims=True); np.linalg.norm(m, -np.inf)
linalg.outer: np.linalg.outer(x, k)
linalg.pinv: np.linalg.pinv(w); np.linalg.pinv(w.T); np.linalg.pinv(m)
linalg.qr: np.linalg.qr(m); np.linalg.qr(w)[0]; np.linalg.qr(w)[1]; np.linalg.qr(w.T)[1]; np.linalg.qr(w, 'r')
linalg.slogdet: np.linalg.slogdet(m); np.linalg.slogdet(s)[1]
linalg.solve: np.linalg.solve(m, x[:3]); np.linalg.solve(m, w.T); np.linalg.solve(np.stack([m, s]), w.T); np.linalg.solve(h[:, :3], x[:3])
linalg.svd: np.linalg.svd(m)[0]; np.linalg.svd(m)[2]; np.linalg.svd(w, compute_uv=False); np.linalg.svd(w, full_matrices=False)[0]; np.linalg.svd(w.T, full_matrices=False)[2]
linalg.svdvals: np.linalg.svdvals(w)
linalg.tensordot: np.linalg.tensordot(m, s, axes=1)
linalg.tensorinv:
linalg.tensorsolve:
linalg.trace: np.linalg.trace(m)
linalg.vecdot: np.linalg.vecdot(m, s)
linalg.vector_norm: np.linalg.vector_norm(m, axis=0)
linspace: np.linspace(x[0], x[1], 5); np.linspace(0, x[0], 3)
log: np.log(y); np.log(y * y)
log10: np.log10(y)
log1p: np.log1p(y)
log2: np.log2(y)
logaddexp: np.logaddexp(x, k); np.logaddexp.reduce(x); np.logaddexp.reduce(m, axis=1)
logaddexp2: np.logaddexp2(x, k)
logical_and: np.logical_and(x, b)
logical_not: np.logical_not(x)
logical_or: np.logical_or(x, b)
logical_xor: np.logical_xor(x, b)
logspace: np.logspace(x[0], x[1], 4)
matmul: np.matmul(m, s); m @ s; h @ x; x @ w; w.T @ x; np.stack([m, s]) @ m; k @ w
matrix_transpose: np.matrix_transpose(w)
matvec: np.matvec(m, x[:3])
max: np.max(m); np.max(m, axis=0); np.max(m, axis=0, keepdims=True); np.max(x, initial=0.5); np.max(x, where=b, initial=-9.0)
maximum: np.maximum(x, 0); np.maximum(0.0, x); np.maximum(x, k); np.maximum.reduce(m); np.maximum.accumulate(x)
may_share_memory: np.may_share_memory(x, x)
mean: np.mean(m); np.mean(m, axis=0); np.mean(m, axis=1, keepdims=True); np.mean(x, where=b); x.mean()
median: np.median(x); np.median(m, axis=0); np.median(x[:3])
meshgrid: np.meshgrid(x, k)
min: np.min(m); np.min(m, axis=1); x.min()
min_scalar_type:
minimum: np.minimum(x, 0); np.minimum.reduce(x)
mod: np.mod(x, 0.7); x % y
modf: np.modf(x)[0]; np.modf(x)[1]
moveaxis: np.moveaxis(w, 0, 1)
multiply: np.multiply(x, k); x * x; np.multiply.reduce(x); np.multiply.outer(x, x); np.multiply.accumulate(x)
nan_to_num: np.nan_to_num(x); np.nan_to_num(x * np.nan)
nanargmax: np.nanargmax(x)
nanargmin: np.nanargmin(x)
nancumprod: np.nancumprod(x)
nancumsum: np.nancumsum(np.where(b, x, np.nan))
nanmax: np.nanmax(np.where(b, x, np.nan))
nanmean: np.nanmean(np.where(b, x, np.nan))
nanmedian: np.nanmedian(np.where(b, x, np.nan))
nanmin: np.nanmin(np.where(b, x, np.nan))
nanpercentile: np.nanpercentile(np.where(b, x, np.nan), 30)
nanprod: np.nanprod(np.where(b, x, np.nan))
nanquantile: np.nanquantile(np.where(b, x, np.nan), 0.3)
nanstd: np.nanstd(np.where(b, x, np.nan))
nansum: np.nansum(np.where(b, x, np.nan)); np.nansum(m, axis=0)
nanvar: np.nanvar(np.where(b, x, np.nan))
ndim: np.ndim(m)
negative: np.negative(x); -x
nextafter:
nonzero: np.nonzero(x); x.nonzero()
not_equal: np.not_equal(x, k); x != x
ones_like: np.ones_like(x) * x; np.ones_like(x, dtype=int)
outer: np.outer(x, k); np.outer(x, x)
packbits:
pad: np.pad(x, 2); np.pad(x, (1, 2), 'edge'); np.pad(x, 2, 'reflect'); np.pad(m, 1, constant_values=3.0); np.pad(x, 1, 'wrap')
partition: np.sum(np.partition(x, 2)[:2]); np.partition(x, 2)[2]
percentile: np.percentile(x, 30); np.percentile(x, [10, 50]); np.percentile(m, 30, axis=0)
permute_dims: np.permute_dims(w, (1, 0))
piecewise: np.piecewise(x, [x < 0, x >= 0], [lambda v: -v, lambda v: v * v])
place: (np.place(z, b, x[:2]), z)[1]
poly: np.poly(x)
polyadd: np.polyadd(x, k[:2])
polyder: np.polyder(x); np.polyder(x, 2)
polydiv:
polyfit:
polyint: np.polyint(x); np.polyint(x, 2)
polymul: np.polymul(x, k)
polysub: np.polysub(x, k[:3])
polyval: np.polyval(x, 0.7); np.polyval([1, 2, 3], x); np.polyval(x, k)
positive: np.positive(x); +x
pow: np.pow(y, x)
power: np.power(y, x); x ** 2; np.power(2.0, x); y ** 0.5; x ** 3; 2 ** x; y ** -1
prod: np.prod(x); np.prod(m, axis=0); x.prod()
ptp: np.ptp(x); np.ptp(m, axis=1)
put: (np.put(z, [0, 2], x[:2]), z)[1]
put_along_axis: (np.put_along_axis(z, np.array([1, 2]), x[:2], 0), z)[1]
putmask: (np.putmask(z, b, x), z)[1]
quantile: np.quantile(x, 0.3); np.quantile(x, [0.1, 0.5]); np.quantile(x, 0.3, method='lower'); np.quantile(x, 0.4, method='hazen'); np.quantile(m, 0.5, axis=1, keepdims=True)
rad2deg: np.rad2deg(x)
radians: np.radians(x)
ravel: np.ravel(m); m.flatten()
ravel_multi_index:
real: np.real(x); x.real
real_if_close: np.real_if_close(x)
reciprocal: np.reciprocal(y)
remainder: np.remainder(x, 0.7)
repeat: np.repeat(x, 2); np.repeat(m, [1, 2, 3], axis=0)
reshape: np.reshape(x, (2, 2)); x.reshape(2, -1)
resize: np.resize(x, 6)
result_type:
right_shift:
rint: np.rint(x) * x
roll: np.roll(x, 1); np.roll(m, 1, axis=0)
rollaxis: np.rollaxis(w, 1)
roots:
rot90: np.rot90(m)
round: np.round(x, 1) * x; x.round(1); np.round(x)
save:
savetxt:
savez:
savez_compressed:
searchsorted: np.searchsorted(np.sort(x), 0.1); np.searchsorted([-1, 0, 1], x); np.searchsorted(k.cumsum(), x, 'right')
select: np.select([x > 1, x > 0], [x, x * x], 0.0)
setdiff1d:
setxor1d:
shape: np.shape(m)
shares_memory: np.shares_memory(x, x)
sign: np.sign(x); np.sign(x) * x
signbit: np.signbit(x)
sin: np.sin(x)
sinc: np.sinc(x)
sinh: np.sinh(x)
size: np.size(m)
sort: np.sort(x); np.sort(m, axis=0); np.sort(m, axis=None)
sort_complex:
spacing:
split: np.split(x, 2)
sqrt: np.sqrt(y)
square: np.square(x)
squeeze: np.squeeze(x[None])
stack: np.stack([x, k]); np.stack([x[0], 1.0]); np.stack([x, x], axis=1)
std: np.std(x); np.std(m, axis=0); np.std(x, ddof=1)
subtract: np.subtract(x, k); 1 - x; np.subtract.outer(x, x)
sum: np.sum(x); np.sum(m, axis=0); np.sum(m, axis=(0, 1)); np.sum(m, axis=1, keepdims=True); np.sum(x, where=b); np.sum(x, initial=3.0); x.sum(); m.sum(axis=0); np.sum(x > 0)
swapaxes: np.swapaxes(w, 0, 1)
take: np.take(x, [0, 2]); np.take(m, 1, axis=0); x.take([1])
take_along_axis: np.take_along_axis(m, np.array([[0], [1], [2]]), 1)
tan: np.tan(x)
tanh: np.tanh(x)
tensordot: np.tensordot(m, s, 1); np.tensordot(m, s); np.tensordot(w, x, ([0], [0]))
tile: np.tile(x, 2); np.tile(m, (2, 1))
trace: np.trace(m); m.trace()
transpose: np.transpose(w); w.T
trapezoid: np.trapezoid(x); np.trapezoid(x, dx=0.5); np.trapezoid(x, np.cumsum(y)); np.trapezoid(m, axis=0)
tril: np.tril(m); np.tril(m, -1)
tril_indices_from: np.tril_indices_from(m)
trim_zeros: np.trim_zeros(np.concatenate([[0.0], x, [0.0]]))
triu: np.triu(m, 1)
triu_indices_from: np.triu_indices_from(m)
true_divide: np.true_divide(x, 3)
trunc: np.trunc(x) * x
union1d:
unique: np.unique(x); np.unique(np.concatenate([x, x])); np.unique(np.concatenate([x, x]), return_inverse=True, return_counts=True)
unique_all:
unique_counts:
unique_inverse:
unique_values: np.sort(np.unique_values(x))
unpackbits:
unravel_index:
unstack: np.unstack(m)
unwrap: np.unwrap(6 * x)
vander: np.vander(x); np.vander(x, 3, increasing=True)
var: np.var(x); np.var(m, axis=0, ddof=1); x.var(); np.var(m)
vdot: np.vdot(x, k)
vecdot: np.vecdot(m, s); np.vecdot(h, x)
vecmat: np.vecmat(x[:3], m)
vsplit: np.vsplit(m, 3)
vstack: np.vstack([x, k])
where: np.where(x > 0, x, 0.0); np.where(b, x, k); np.exp(np.where(x > 0, x, 0.0)); np.where(x > 0)
zeros_like: np.zeros_like(x); np.zeros_like(x, dtype=bool)
"""
POINTS = {
    "x": np.array([0.9, -1.3, 0.31, 1.7]),
    "y": np.array([0.8, 1.9, 0.6, 1.2]),
    "m": np.array([[1.2, -0.4, 0.7], [0.3, 2.1, -0.6], [-0.8, 0.5, 1.4]]),
    "s": np.array([[2.9, 0.4, -0.3], [0.4, 1.7, 0.6], [-0.3, 0.6, 1.1]]),
    "w": np.array([[0.6, -1.1, 0.2], [1.3, 0.4, -0.7], [-0.2, 0.9, 1.5], [0.8, 0.1, -1.2]]),
}
FIXED = {
    "k": np.array([0.4, 1.5, -0.9, 2.2]),
    "h": np.array([[0.2, 1.1, -0.5, 0.7], [1.4, -0.3, 0.6, 0.1], [-0.8, 0.9, 1.2, 0.3]]),
    "b": np.array([True, False, True, False]),
    "i": np.array([2, 0, 1, 3]),
}
WITHOUT = {  # of NumPy's public functions, those that take arrays of numbers, but none of ours: what they are for
    "linalg.linalg", "fft.test", "linalg.test",
}  # fmt: skip


def public() -> list[str]:
    """Return the names of NumPy's public functions that take arrays."""
    found = []
    for home, module in (("", np), ("linalg.", np.linalg), ("fft.", np.fft)):
        for name in dir(module):
            function = getattr(module, name)
            taken = isinstance(function, np.ufunc) or hasattr(function, "_implementation")
            if taken and not name.startswith("_") and home + name not in WITHOUT:
                found.append(home + name)
    return sorted(found)


def flat(found: object) -> list[object]:
    """Return the numbers in a result, from left to right."""
    if isinstance(found, (list, tuple)):
        return [y for part in found for y in flat(part)]
    return np.asarray(found, dtype=object).ravel().tolist()


def evaluate(expression: str, points: dict[str, object], zeros: object) -> list[object]:
    """Return the numbers of an expression."""
    return flat(eval(expression, {"np": np, "len": len, **points, **FIXED, "z": zeros}))


def weighted(expression: str, points: dict[str, object]) -> float:
    """Return a sum of an expression's numbers with weights, on plain floats."""
    found = evaluate(expression, points, np.zeros(4))
    return sum(float(y) * (0.3 + 0.17 * i) for i, y in enumerate(found) if y == y and abs(y) < np.inf)


def differences(expression: str, name: str) -> np.ndarray:
    """Return the derivatives by central differences towards one of the points."""
    found = np.zeros(POINTS[name].shape)
    for place in np.ndindex(found.shape):
        sides = []
        for step in (1e-6, -1e-6):
            moved = {key: point.copy() for key, point in POINTS.items()}
            moved[name][place] += step
            sides.append(weighted(expression, moved))
        found[place] = (sides[0] - sides[1]) / 2e-6
    return found


def verdict(expression: str) -> str:
    """Return "works", or what is wrong; raises what the expression raises."""
    points = {key: autograd.array(np.vectorize(Value, otypes=[object])(point)) for key, point in POINTS.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = evaluate(expression, {key: point.copy() for key, point in POINTS.items()}, np.zeros(4))
    found = evaluate(expression, points, autograd.array(np.zeros(4)))
    if len(found) != len(expected):
        return f"{len(found)} numbers for {len(expected)}"
    for got, want in zip(found, expected, strict=True):
        number = got.data if isinstance(got, Value) else got
        if not (
            number == want or abs(number - want) <= 1e-12 * max(1.0, abs(want)) or (number != number and want != want)
        ):
            return f"{number!r} for {want!r}"
    total = sum(
        [(y * (0.3 + 0.17 * i)) for i, y in enumerate(found) if isinstance(y, Value) and abs(y.data) < np.inf],
        Value(0.0),
    )
    total.backward()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for name, point in points.items():
            got = np.array([v.grad for v in point.ravel().tolist()]).reshape(point.shape)
            want = differences(expression, name) if name in expression else 0.0 * got
            if not np.allclose(got, want, rtol=1e-5, atol=1e-5):
                return f"the derivative towards {name} is {got.tolist()}, not {np.round(want, 6).tolist()}"
    return "works"


def refusal(name: str) -> str:
    """Return the message with which a function refuses; raises AssertionError where it does anything else."""
    function = np
    for part in name.split("."):
        function = getattr(function, part)
    x = autograd.array([Value(0.5), 2.0])
    count = function.nin if isinstance(function, np.ufunc) else 1
    first: object = x.reshape(1, 2) if name.split(".")[-1][-1].isdigit() or name.endswith("n") else x
    given: list[object] = [first] * count
    given = {"save": ["f", x], "savez": ["f", x], "savez_compressed": ["f", x], "savetxt": ["f", x], "einsum_path": ["i", x],
             "polyfit": [x, x, 1], "linalg.tensorsolve": [x, x], "ravel_multi_index": [(x,), (3,)], "unravel_index": [x, (3,)],
             "can_cast": [x, float], "busday_count": [x, x], "busday_offset": [x, x]}.get(name, given)  # fmt: skip
    if name in ("histogram2d", "intersect1d", "setdiff1d", "setxor1d", "union1d", "polydiv"):
        given = [x, x]
    try:
        found = function(*given)
    except TypeError as error:
        message = str(error)
        assert name.split(".")[-1].rstrip("_") in message or function.__name__ in message, message
        assert ";" in message, message
        return message
    raise AssertionError(f"{name} is not refused: {found!r}")


def rows() -> list[tuple[str, str]]:
    """Return (name, verdict) for each of NumPy's public functions that take arrays."""
    known = dict(line.partition(":")[::2] for line in EXPRESSIONS.strip().splitlines())
    found = []
    for name in public():
        text = known.get(name)
        if text is None:
            found.append((name, "NOT TRIED"))
            continue
        try:
            verdicts = [f"{part.strip()}: {verdict(part.strip())}" for part in text.split(";") if part.strip()]
            wrong = [v for v in verdicts if not v.endswith(": works")]
            found.append((name, f"WRONG {wrong[0]}" if wrong else "works" if verdicts else f"refused: {refusal(name)}"))
        except Exception as error:  # whatever it is, it is shown in the table
            if "-v" in sys.argv:
                raise
            found.append((name, f"FAILS {type(error).__name__}: {error}"))
    return found


def main() -> None:
    """Print the table; `bad` shows what neither works nor is refused."""
    table = rows()
    for name, text in table:
        if "bad" not in sys.argv or not text.startswith(("works", "refused")):
            print(f"{name:24} {text}")
    works = sum(text == "works" for _, text in table)
    refused = sum(text.startswith("refused") for _, text in table)
    print(
        f"{len(table)} functions: {works} work, {refused} are refused with a remedy, {len(table) - works - refused} are wrong"
    )
