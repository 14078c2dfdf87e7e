"""少进门的比例 how far below a baseline the entries stay, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

_Z95 = 1.959964
_FEWEST_DOORS = 30


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over doors: `entries` E, `baseline` B (entries that the baseline would have made), their squares and product."""

    doors: int
    entries: float
    baseline: float
    entries_squared: float
    baseline_squared: float
    product: float


@dataclass(frozen=True, slots=True)
class Reduction:
    """减少比例: share of the baseline's entries that were not made, with its 95% interval where enough doors are known; None
    before the first entry."""

    entries: int
    baseline: int
    avoided: int
    share: float | None
    low: float | None
    high: float | None


def reduction(sums: Sums) -> Reduction:
    """减少比例 1 − ΣE/ΣB. The interval is that of a ratio estimator with doors as clusters (Cochran, Sampling Techniques, 3rd ed.
    1977, §6.3): var = D/(D−1) · Σ(E − R·B)² / (ΣB)². None below 30 doors, where it would say nothing. Before the first entry, and
    without a baseline, there is no percentage: where nobody has been out, nothing was saved by going out less."""
    entries, baseline = round(sums.entries), round(sums.baseline)
    if not entries or not baseline:
        return Reduction(entries, baseline, baseline - entries, None, None, None)
    ratio = sums.entries / sums.baseline
    share = round(1 - ratio, 6)
    if sums.doors < _FEWEST_DOORS:
        return Reduction(entries, baseline, baseline - entries, share, None, None)
    squares = sums.entries_squared - 2 * ratio * sums.product + ratio**2 * sums.baseline_squared
    spread = _Z95 * sqrt(max(0.0, squares) * sums.doors / (sums.doors - 1)) / sums.baseline
    return Reduction(
        entries,
        baseline,
        baseline - entries,
        share,
        round(max(0.0, share - spread), 6),
        round(min(1.0, share + spread), 6),
    )
