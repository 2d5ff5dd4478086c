"""Whatever a function looks at may change between its calls: every change is seen by the next call, or by the audit."""

import itertools

import pytest

pytest.importorskip("numpy")

from ..staleness import SOURCES, USES, verdict

EACH = list(zip(SOURCES, itertools.cycle(USES), itertools.cycle(["jit", "jit of grad", "vmap"]), strict=False))


@pytest.mark.parametrize(("name", "use", "way"), EACH, ids=[name for name, _, _ in EACH])
def test_no_change_is_never_found(name, use, way):
    found = verdict(name, use, way)
    assert found.calls > 0
    assert found.calls == 1 or found.kind == "out of sight"


@pytest.mark.long
@pytest.mark.parametrize("way", ["jit, python", "grad of jit", "hessian of jit", "jit"])
@pytest.mark.parametrize("use", USES)
def test_every_use_in_every_way(use, way):
    for name in SOURCES:
        found = verdict(name, use, way)
        assert found.calls == 1 or (found.kind == "out of sight" and found.calls > 0), found
