"""The map of the house, read from the contracts that the build checks."""

from __future__ import annotations

from configparser import ConfigParser

from qianshao.site.settings import ROOT


def house_map() -> dict[str, list[str]]:
    """Houses from top to bottom, each with its rooms in order (upper may import lower)."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    houses = _layers(contracts, "house")
    found = {}
    for house in houses:
        name = house.split(".")[-1]
        section = f"importlinter:contract:{name}"
        rooms = _layers(contracts, name) if contracts.has_section(section) else []
        found[name] = [room.split(".")[-1] for room in rooms]
    return found


def _layers(contracts: ConfigParser, name: str) -> list[str]:
    """The modules of a layers contract, without those that do not exist yet."""
    section = f"importlinter:contract:{name}"
    key = "layers" if contracts.has_option(section, "layers") else "modules"
    lines = contracts.get(section, key).split("\n")
    parts = [
        part.strip() for line in lines for part in line.replace("|", "\n").replace(":", "\n").split("\n")
    ]
    containers = contracts.get(section, "containers", fallback="").strip()
    prefix = f"{containers}." if containers else ""
    return [prefix + part for part in parts if part and not part.startswith("(")]
