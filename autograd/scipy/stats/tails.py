"""The logarithm of the normal distribution function, whose tail underflows where its logarithm does not."""

from scipy import special

from autograd.primitives import table
from autograd.primitives.operation import Numbers
from autograd.primitives.primitive import Primitive

HALF_LOG = 0.9189385332046727  # log(2 pi) / 2

log_norm_cdf: Primitive = Primitive(
    "log_norm_cdf",
    lambda x: float(special.log_ndtr(x)),
    (lambda z, x: hazard(z, x),),
    operand_names=("x",),
    home=__name__,
)


def hazard(z: Numbers, x: Numbers) -> Numbers:
    """Return the density over the distribution function, given the logarithm z of the latter."""
    return table.exp(-0.5 * x * x - HALF_LOG - z)
