"""谁能看谁的数据 who may see whose data, and who may do what. Nobody else decides."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("city", "district", "station_head", "officer", "clerk", "steward", "auditor", "admin")


@dataclass(frozen=True, slots=True)
class Scope:
    """数据范围: the unit whose data, and that of every unit below it, may be seen.

    `prefix` is a division code: "4406" the city, six digits a district, nine a station.
    """

    prefix: str
    role: str
    account_id: int | None = None
    officer_id: int | None = None

    def covers(self, code: str) -> bool:
        """Whether a unit with this code lies in the scope."""
        return code.startswith(self.prefix)


EVERYTHING = Scope(prefix="4406", role="city")
"""Scope of the system's own work (jobs, command line)."""
