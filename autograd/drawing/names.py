"""Names for Values that are not written in them: those of variables, and of a module's parameters."""

from collections.abc import Mapping, Sequence

from autograd.graph.value import Value
from autograd.tape.modules import live_modules
from autograd.tape.nodes import Parameterized, is_module

Names = Mapping[str, object] | Parameterized | None  # a dict of Values and lists of them, such as `locals()`; a module


def with_parameters(nodes: Sequence[Value], given: Mapping[int, str]) -> dict[int, str]:
    """Return names, and for the leaves without one the path in the module that holds them, the outermost one."""
    found = dict(given)
    without = {id(node) for node in nodes if not node.op and not node.name and id(node) not in found}
    paths: list[dict[int, str]] = []
    for module in list(live_modules.values()) if without else ():
        path = {id(value): path for path, value in module.named_parameters()}
        if not without.isdisjoint(path):
            paths.append(path)
    for path in sorted(paths, key=len):  # what a larger one says stands
        found |= {key: path[key] for key in without & path.keys()}
    return found


def named(names: Names) -> dict[int, str]:
    """Return names by the identity of Values, from a dict of Values and lists of them, or from a module."""
    if names is None:
        return {}
    if is_module(names):
        return {id(value): path for path, value in names.named_parameters()}
    if not isinstance(names, Mapping):
        raise TypeError(f"names is a {type(names).__name__}; give a dict such as locals(), or a module")
    found: dict[int, str] = {}
    for key, x in names.items():
        if isinstance(x, Value):
            found[id(x)] = str(key)
        elif isinstance(x, (list, tuple)):
            found |= {id(y): f"{key}[{i}]" for i, y in enumerate(x) if isinstance(y, Value)}
        elif is_module(x):
            found |= {id(y): path for path, y in x.named_parameters()}
    return found
