"""`python -m tests.house`: the rooms of the package, floor by floor, and which room imports from which.

`python -m tests.house rooms.svg` (or .dot) draws them too, where the extra `draw` is installed.
"""

import sys
import tomllib
from collections import Counter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]


def floors() -> list[list[str]]:
    """Return the rooms by floor, the ground floor first, as the contract in pyproject.toml has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[room.strip() for room in layer.replace(":", "|").split("|")] for layer in reversed(layers)]


def arrows(rooms: list[str]) -> Counter[tuple[str, str]]:
    """Return how many imports lead from each room to each other one."""
    graph = grimp.build_graph("autograd", "nn")
    home = {module: room for module in graph.modules for room in rooms if f"{module}.".startswith(f"{room}.")}
    return Counter(
        (home[module], home[imported])
        for module in home
        for imported in graph.find_modules_directly_imported_by(module)
        if imported in home and home[imported] != home[module]
    )


def draw(path: str, levels: list[list[str]], imports: Counter[tuple[str, str]]) -> None:
    """Write a picture of the rooms, in the layout that the drawings of graphs have."""
    import graphviz

    from autograd.drawing import layout
    from autograd.drawing.digraph import EDGE, NODE

    picture = graphviz.Digraph("rooms", node_attr=NODE, edge_attr=EDGE, graph_attr={"rankdir": "BT"})
    for level in levels:
        with picture.subgraph() as floor:
            floor.attr(rank="same")
            for room in level:
                floor.node(room.replace(".", "_"), room)
    for (room, other), count in sorted(imports.items()):
        picture.edge(other.replace(".", "_"), room.replace(".", "_"), str(count), dir="back")
    file = Path(path)
    if file.suffix == ".dot":
        file.write_text(picture.source, "utf-8")
    elif file.suffix == ".svg":
        file.write_text(layout.svg(picture.source), "utf-8")
    else:
        raise ValueError(f"{path}: give a name that ends in .dot or .svg")


def main(arguments: list[str]) -> None:
    """Print the floors, from the top, and draw them if a file is named."""
    levels = floors()
    imports = arrows([room for level in levels for room in level])
    for number in range(len(levels), 0, -1):
        for room in levels[number - 1]:
            below = ", ".join(f"{other} {count}" for (own, other), count in sorted(imports.items()) if own == room)
            print(f"{number:2}  {room:20} imports from {below or 'no room'}")
    print(f"{sum(map(len, levels))} rooms on {len(levels)} floors; {len(imports)} arrows between rooms")
    for path in arguments:
        draw(path, levels, imports)


if __name__ == "__main__":
    main(sys.argv[1:])
