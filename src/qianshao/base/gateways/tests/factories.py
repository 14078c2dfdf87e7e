"""A small sample city for tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qianshao.base.gateways.rules.sample import SampleReport, write_sample

ROOT = Path(__file__).resolve().parents[5]
POLICY = ROOT / "policy"
SHARED = ROOT.parent / "shared" / "data"
TODAY = date(2026, 11, 23)


def small_city(out: Path, *, scale: float = 0.001, seed: int = 7) -> SampleReport:
    """The files of a city of 1,500 businesses (scale 0.001) in `out`."""
    return write_sample(out=out, policy=POLICY, scale=scale, seed=seed, today=TODAY)
