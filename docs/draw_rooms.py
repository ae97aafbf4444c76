"""Draw the rooms and who imports whom, from the imports themselves, into rooms.md (`make rooms`).

A room is a package right under a top-level one. An arrow that follows from two others is left out, so that what
is left shows the order of the rooms.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import grimp

PACKAGES = ("web", "eval", "search_api", "indexer")
HIDDEN = ("web.pages", "web.service")
"""Found by name alone: grimp looks for no packages without `__init__.py` in one that has it."""
TARGET = Path(__file__).with_name("rooms.md")


def room_of(module: str) -> str:
    """The room that a module stands in; a module that lies in none stands for its package."""
    parts = module.split(".")
    depth = 3 if module.startswith("web.pages.") else 2
    return ".".join(parts[:depth]) if len(parts) > depth else ".".join(parts[: depth - 1])


def arrows(graph: grimp.ImportGraph) -> dict[str, set[str]]:
    """For each room, those that it imports."""
    found: dict[str, set[str]] = {}
    for module in sorted(graph.modules):
        rooms = found.setdefault(room_of(module), set())
        rooms.update(room_of(other) for other in graph.find_modules_directly_imported_by(module))
        rooms.discard(room_of(module))
    return found


def reached(rooms: Mapping[str, set[str]], start: str) -> set[str]:
    """Every room that `start` imports, or that those import."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for room in rooms[waiting.pop()] - seen:
            seen.add(room)
            waiting.append(room)
    return seen


def drawn(rooms: Mapping[str, set[str]], package: str) -> str:
    """A Mermaid graph of one package's rooms."""
    own = {room: {other for other in rooms[room] if other.startswith(f"{package}.")} for room in rooms}
    lines = ["```mermaid", "graph TD"]
    for room in sorted(own):
        if room.startswith(f"{package}."):
            lines.append(f"    {room.partition('.')[2]}")
            # Of rooms that import each other, none makes the other's arrow needless.
            needed = [
                o
                for o in own[room]
                if not any(o in reached(own, p) and p not in reached(own, o) for p in own[room] - {o})
            ]
            lines += [f"    {room.partition('.')[2]} --> {o.partition('.')[2]}" for o in sorted(needed)]
    return "\n".join([*lines, "```"])


def main() -> None:
    """Write the picture."""
    rooms = arrows(grimp.build_graph(*PACKAGES, *HIDDEN))
    text = [
        "# The rooms, drawn from the imports",
        "",
        "Written by `make rooms`: an arrow leads to what is imported.",
    ]
    text += [
        "",
        "```mermaid",
        "graph LR",
        "    web --> search_api",
        "    eval --> search_api",
        "    search_api --> indexer",
        "```",
    ]
    for package in reversed(PACKAGES):
        text += ["", f"## {package}", "", drawn(rooms, package)]
    TARGET.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
