"""编组 pairs of inspectors for the month: every pair lawful, rare competences spread, nobody in two pairs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from qianshao.flow.planning.rules.model import Inspector, StationMonth


@dataclass(frozen=True, slots=True)
class Team:
    """检查组: its members and what they hold together."""

    number: int
    members: tuple[Inspector, ...]

    def competences_on(self, day: date) -> frozenset[str]:
        """What the team holds on a day; empty when fewer than all its members can work."""
        if not all(member.can_work(day) for member in self.members):
            return frozenset()
        return frozenset().union(*(member.competences for member in self.members))


def form_teams(month: StationMonth) -> list[Team]:
    """编组: pair the holder of the rarest competence with whoever adds most to it, until fewer than a team remain; the
    last ones join a team. Deterministic by the inspectors' order."""
    size = month.bounds.team_minimum
    free = [one for one in month.inspectors if any(one.can_work(day) for day in month.days)]
    rarity = Counter(competence for one in free for competence in one.competences)
    free.sort(key=lambda one: (min((rarity[name] for name in one.competences), default=99), one.id))
    teams: list[list[Inspector]] = []
    while len(free) >= size:
        team = [free.pop(0)]
        while len(team) < size:
            held = frozenset().union(*(one.competences for one in team))
            partner = max(
                free, key=lambda one: (sum(1 / rarity[name] for name in one.competences - held), -one.id)
            )
            free.remove(partner)
            team.append(partner)
        teams.append(team)
    for place, left_over in enumerate(free):
        if teams:
            teams[place % len(teams)].append(left_over)
    return [Team(number, tuple(members)) for number, members in enumerate(teams, start=1)]


def field_days(team: Team, month: StationMonth) -> list[int]:
    """外出日: the places in `days` on which the team goes out: so many days a week, shifted from team to team."""
    wanted = month.bounds.field_days_per_week
    return [
        place
        for place, day in enumerate(month.days)
        if (day.weekday() + team.number) % 5 < wanted and team.competences_on(day)
    ]
