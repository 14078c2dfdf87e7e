"""匿名访问放慢 how often one address may ask for what costs something; nobody is kept out for longer than a minute."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

MOST_ADDRESSES = 10_000


class Turnstile:
    """放慢: at most `most` passes of one address within `window`; remembers `MOST_ADDRESSES` addresses, the oldest go first."""

    def __init__(self, most: int, window: timedelta) -> None:
        self._most, self._window = most, window
        self._passes: dict[str, deque[datetime]] = {}

    def seconds_to_wait(self, address: str, now: datetime) -> int:
        """0 lets the address pass and notes it; else how long it waits."""
        passes = self._passes.pop(address, deque())
        while passes and passes[0] <= now - self._window:
            passes.popleft()
        self._passes[address] = passes
        if len(self._passes) > MOST_ADDRESSES:
            del self._passes[next(iter(self._passes))]
        if len(passes) >= self._most:
            return int((passes[0] + self._window - now).total_seconds()) + 1
        passes.append(now)
        return 0
