"""编组 pairs of inspectors for the month: every pair lawful, rare competences spread, nobody in two pairs.

Teams stay together for the month. On a day when a team is short of people, those who are left form teams of that day;
one who is left over joins the team that lacks most of what he holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product

from qianshao.flow.scheduling.rules.model import Inspector, StationMonth

_ROUNDS = 6
_USUAL_WEEK = 5

Needs = Mapping[frozenset[str], int]


@dataclass(frozen=True, slots=True)
class Crew:
    """检查组 of one day: `place` is the day, `number` stays with a team for the month."""

    place: int
    number: int
    members: tuple[Inspector, ...]

    @property
    def held(self) -> frozenset[str]:
        """What the members hold together."""
        return together(self.members)


def together(members: Iterable[Inspector]) -> frozenset[str]:
    """Competences that some member holds."""
    return frozenset().union(*(one.competences for one in members))


def crews_of(month: StationMonth, needs: Needs) -> list[Crew]:
    """检查组 of every day, by day and number."""
    teams = form_teams(month, needs)
    return [crew for place, day in enumerate(month.days) for crew in _crews_on(day, place, teams, month)]


def form_teams(month: StationMonth, needs: Needs) -> list[tuple[Inspector, ...]]:
    """固定编组: pair the holder of the rarest competence with whoever adds most to it, then swap partners as long as more of
    the month's entries find a team; those left over join the first teams. `needs` counts entries by what they ask for."""
    free = [one for one in month.inspectors if any(one.can_work(day) for day in month.days)]
    teams, rest = paired(free, month.bounds.team_minimum)
    _swap_partners(teams, needs, len(month.days) * month.bounds.doors_per_team_day)
    for place, left_over in enumerate(rest):
        if teams:
            teams[place % len(teams)].append(left_over)
    return [tuple(sorted(members, key=lambda one: one.id)) for members in teams]


def paired(people: list[Inspector], size: int) -> tuple[list[list[Inspector]], list[Inspector]]:
    """Teams of exactly `size`, the rarest competences spread, and the people left over."""
    rarity = Counter(name for one in people for name in one.competences)
    free = sorted(
        people, key=lambda one: (min((rarity[name] for name in one.competences), default=99), one.id)
    )
    teams: list[list[Inspector]] = []
    while len(free) >= size:
        team = [free.pop(0)]
        while len(team) < size:
            held = together(team)
            gains = [(sum(1 / rarity[name] for name in sorted(one.competences - held)), one) for one in free]
            partner = max(gains, key=lambda pair: (round(pair[0], 9), -pair[1].id))[1]
            free.remove(partner)
            team.append(partner)
        teams.append(team)
    return teams, free


def _swap_partners(teams: list[list[Inspector]], needs: Needs, entries_per_team: int) -> None:
    """Swap members of two teams as long as that serves more entries: those that find a team with all they ask for, counted
    up to what such teams can enter in the month."""
    sets = sorted(needs, key=lambda names: (-needs[names], sorted(names)))
    fits = [[names <= together(team) for names in sets] for team in teams]
    covering = [sum(row[place] for row in fits) for place in range(len(sets))]

    def served(count: int, place: int) -> int:
        return min(needs[sets[place]], count * entries_per_team)

    def gain(first: int, second: int, new: tuple[list[bool], list[bool]]) -> int:
        total = 0
        for place in range(len(sets)):
            change = new[0][place] + new[1][place] - fits[first][place] - fits[second][place]
            if change:
                total += served(covering[place] + change, place) - served(covering[place], place)
        return total

    for _ in range(_ROUNDS):
        better = False
        for first, second in combinations(range(len(teams)), 2):
            for one, other in product(range(len(teams[first])), range(len(teams[second]))):
                left, right = list(teams[first]), list(teams[second])
                left[one], right[other] = right[other], left[one]
                held = together(left), together(right)
                new = [names <= held[0] for names in sets], [names <= held[1] for names in sets]
                if gain(first, second, new) > 0:
                    for place in range(len(sets)):
                        covering[place] += (
                            new[0][place] + new[1][place] - fits[first][place] - fits[second][place]
                        )
                    teams[first], teams[second], fits[first], fits[second] = left, right, *new
                    better = True
        if not better:
            return


def _crews_on(day: date, place: int, teams: list[tuple[Inspector, ...]], month: StationMonth) -> list[Crew]:
    size = month.bounds.team_minimum
    whole: dict[int, list[Inspector]] = {}
    apart: list[Inspector] = []
    for number, team in enumerate(teams, start=1):
        present = [one for one in team if one.can_work(day)]
        if len(present) >= size:
            whole[number] = present
        else:
            apart += present
    formed, rest = paired(apart, size)
    whole |= dict(enumerate(formed, start=len(teams) + 1))
    for left_over in rest:
        if whole:
            number = max(
                whole, key=lambda one: (len(left_over.competences - together(whole[one])), -len(whole[one]))
            )
            whole[number].append(left_over)
    return [Crew(place, number, tuple(members)) for number, members in whole.items()]


Week = tuple[int, int, int]


def week_of(day: date) -> Week:
    """周 as the plan counts it: year, month and ISO week. A week over the end of a month is two, each with its share of field
    days, so that months planned apart and months planned together keep to the same."""
    return day.year, day.month, day.isocalendar()[1]


def weekly_quota(month: StationMonth) -> dict[Week, int]:
    """每周外出天数 by week: the setting for a week of five working days, in proportion for a shorter one, at least 1."""
    days: dict[Week, int] = defaultdict(int)
    for day in month.days:
        days[week_of(day)] += 1
    wanted = month.bounds.field_days_per_week
    return {
        week: max(1, min(wanted, (2 * wanted * count + _USUAL_WEEK) // (2 * _USUAL_WEEK)))
        for week, count in days.items()
    }
