"""Samples and targets, however they come, as two sequences by position: lists, arrays, tables, series, generators."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, cast


def samples(name: str, X: Iterable[Any], y: Iterable[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return samples and their targets as sequences of one length; the labels of tables and series are not looked at.

    A column of targets is taken as one number each. Raises TypeError for what has no order or hides some of its
    numbers, ValueError unless there are as many of each, and at least one.

    >>> samples("fit", ([x] for x in (1.0, 2.0)), range(2))
    ([[1.0], [2.0]], [0, 1])
    """
    rows, targets = _by_position(f"{name}: X", X), _by_position(f"{name}: y", y)
    if getattr(targets, "ndim", 1) == 2 and targets.shape[1] == 1:  # type: ignore[attr-defined]
        targets = targets[:, 0]  # type: ignore[call-overload]
    if len(rows) != len(targets) or not len(rows):
        raise ValueError(f"{name}: {len(rows)} samples for {len(targets)} targets; give as many of each, at least one")
    return rows, [_unboxed(f"{name}: y", t) for t in targets]


def _unboxed(what: str, x: Any) -> Any:
    """Return the number in an array without axes; everything else as it is."""
    if getattr(x, "shape", None) != ():
        return x
    _refuse_graph(what, x)
    return x.item()


def _refuse_graph(what: str, x: object) -> None:
    if getattr(x, "requires_grad", False):
        raise TypeError(f"{what}: a {type(x).__name__} that requires grad would lose its graph here; use its .detach()")


def _by_position(what: str, data: Iterable[Any]) -> Sequence[Any]:
    """Return the rows of a table, or the elements of anything else, as a sequence that is indexed by position."""
    kind = type(data).__name__
    if isinstance(data, (Mapping, Set, str, bytes)):
        raise TypeError(f"{what} is a {kind}, not a sequence of samples; use a list, an array or a table")
    if isinstance(data, Sequence):
        return data
    if hasattr(data, "toarray"):
        raise TypeError(f"{what} is a {kind}, which is sparse; use {what[-1]}.toarray()")
    if hasattr(data, "collect"):
        raise TypeError(f"{what} is a {kind}, which is not computed yet; use {what[-1]}.collect()")
    if not hasattr(data, "__array__"):
        return list(data)
    import numpy

    if isinstance(data, numpy.matrix) or numpy.ma.isMaskedArray(data):
        raise TypeError(f"{what} is a {kind}; use numpy.asarray({what[-1]}), or .filled(number) for what is masked")
    _refuse_graph(what, data)
    return cast("Sequence[Any]", numpy.asarray(data))
