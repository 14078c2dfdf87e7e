"""A contract of our own: from outside, a room is entered only by `rules`, `queries` or `commands`.

`site` assembles the house and may also take a room's `api` and `jobs`; `base.access.api` holds the gate that every
operation stands behind; the tables of `models` may be named by a room's own foreign keys only as text.
"""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

FACES = frozenset({"rules", "queries", "commands"})
GATE = "qianshao.base.access.api"


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return (
        ".".join(parts[:3]) if len(parts) >= 3 and parts[1] in {"base", "flow", "desks", "sectors"} else None
    )


def is_allowed(importer: str, imported: str) -> bool:
    """Whether `importer` may import `imported` under this contract."""
    target, source = room_of(imported), room_of(importer)
    if target is None or target == source:
        return True
    if ".tests" in importer:
        return True
    face = imported.split(".")[3] if imported.count(".") >= 3 else ""
    if importer.startswith("qianshao.site"):
        return face in FACES | {"api", "jobs"}
    return face in FACES or imported == GATE or (face == "models" and target.startswith("qianshao.base"))


class RoomsContract(Contract):
    type_name = "rooms"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        wrong = sorted(
            (importer, imported)
            for importer in graph.modules
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported.startswith("qianshao.") and not is_allowed(importer, imported)
        )
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["wrong"]:
            output.print_error(f"{importer} may not import {imported}", bold=False)
