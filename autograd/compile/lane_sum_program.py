"""Programs with sums over lanes as native code from end to end: arrays in, an array out, no number in between.

Such a program is split in three: what the lanes are given, the sums, and what is made of these. A part that cannot take
its arguments returns None; then the whole program runs in Python, which can.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.compile.lane_programs import Sums
from autograd.compile.lane_sums import Group, LaneSum, joint, lane_sums
from autograd.program.passes import prune
from autograd.program.program import Builder, Program, Recorded

if TYPE_CHECKING:
    from autograd.tape.pytree import Array

Packed = Callable[["Array", Mapping[int, "Array"]], "Array | None"]  # numbers, and arrays by their inputs, to outputs
Native = Callable[[Program], Any]  # compiles a program for one set of numbers, with `packed` where it can


def packed(program: Program, arrays: Sequence[int], native: Native) -> Packed | None:
    """Return the function for a program with sums over lanes, or with arrays among its inputs; None for any other."""
    sums = [] if isinstance(program, Recorded) else lane_sums(program)  # which holds rows of the table alone
    if not sums and not arrays:
        return None
    numbers = [i for i in range(program.inputs) if i not in arrays]
    staged = _stages(program, sums, numbers, native)
    if staged is None:
        return None
    stages, starts, count = staged
    places = {place: starts[row.group] + row.place for place, _, row in sums}
    if stages and len(sums) == len(program.steps) and min(program.outputs, default=-1) >= program.inputs:
        order = [places[k] for k in program.outputs]
        return _joined(stages, [] if order == list(range(count)) else order)
    given = {k: i for i, k in enumerate(numbers)} | {place: len(numbers) + i for place, i in places.items()}
    late, names = _part(program, given, len(numbers) + count)
    outputs = [names[k] if k >= 0 else late.constant(program.constants[~k]) for k in program.outputs]
    return _followed(stages, native(prune(late.program(outputs))))


def _stages(
    program: Program, sums: Sequence[tuple[int, tuple[int, ...], LaneSum]], numbers: list[int], native: Native
) -> tuple[list[Packed], dict[Group, int], int] | None:
    """Return (a function for all sums over the same lanes, for each; where each group's begin; how many they are).

    None where sums are made of sums.
    """
    early, names = _part(program, {k: i for i, k in enumerate(numbers)}, len(numbers))
    stages: list[Packed] = []
    starts: dict[Group, int] = {}
    count = 0
    for operands, groups in _over_the_same_lanes(sums):
        given = operands[: groups[0].numbers]
        if any(k >= 0 and k not in names for k in given):
            return None
        before = None
        if list(given) != numbers:
            outputs = [names[k] if k >= 0 else early.constant(program.constants[~k]) for k in given]
            before = native(prune(early.program(outputs), raising=False))
        kind, own = joint(groups)
        starts |= {group: count + start for group, start in zip(groups, own, strict=True)}
        count += own[-1] + groups[-1].size
        stages.append(_stage(program, before, operands, groups[0], kind))
    return stages, starts, count


def _over_the_same_lanes(
    sums: Sequence[tuple[int, tuple[int, ...], LaneSum]],
) -> list[tuple[tuple[int, ...], list[Group]]]:
    """Return (operands, groups of sums) for each family of programs and its operands."""
    found: dict[tuple[int, tuple[int, ...]], list[Group]] = {}
    seen: set[tuple[int, int]] = set()  # so that operands, which may be many, are compared once for each group
    for _, operands, row in sums:
        if (id(operands), id(row.group)) not in seen:
            seen.add((id(operands), id(row.group)))
            known = found.setdefault((id(row.group.family), operands), [])
            known += [row.group] if row.group not in known else []
    return [(operands, groups) for (_, operands), groups in found.items()]


def _part(program: Program, given: Mapping[int, int], inputs: int) -> tuple[Builder, dict[int, int]]:
    """Return (the steps that can be made of what is given, as a program of so many inputs; their new names)."""
    made, names = Builder(inputs), dict(given)
    for place, step in enumerate(program.walk(), program.inputs):
        if not isinstance(step[0], LaneSum) and all(k < 0 or k in names for k in step.operands):
            operands = [names[k] if k >= 0 else made.constant(program.constants[~k]) for k in step.operands]
            names[place] = made.add(step._replace(operands=tuple(operands)))
    return made, names


def _stage(program: Program, before: Any, operands: tuple[int, ...], first: Group, kind: Sums) -> Packed:
    """Return the function to the sums of some groups over the same lanes."""
    lanes = operands[first.numbers :]

    def stage(numbers: "Array", arrays: Mapping[int, "Array"]) -> "Array | None":
        given: Any = numbers
        if before is not None:
            given = before.packed(numbers, {}) if hasattr(before, "packed") else None
        kernel = first.family.kernel(kind, 0, first.name)
        if given is None or not hasattr(kernel, "packed"):  # NumPy's has none
            return None
        found: Array | None = kernel.packed(given, [arrays[k] if k >= 0 else program.constants[~k] for k in lanes])
        return found

    return stage


def _joined(stages: Sequence[Packed], order: list[int]) -> Packed:
    """Return the function to all sums, in some other order if one is given."""
    import numpy as np

    def call(numbers: "Array", arrays: Mapping[int, "Array"]) -> "Array | None":
        parts = [part for stage in stages if (part := stage(numbers, arrays)) is not None]
        if len(parts) < len(stages):
            return None
        found = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return found[order] if order else found

    return call


def _followed(stages: Sequence[Packed], after: Any) -> Packed | None:
    """Return the function to what a program makes of the numbers and of all sums."""
    if not hasattr(after, "packed"):
        return None
    every = _joined([lambda numbers, arrays: numbers, *stages], [])

    def call(numbers: "Array", arrays: Mapping[int, "Array"]) -> "Array | None":
        found = every(numbers, arrays)
        return None if found is None else after.packed(found, {})

    return call
