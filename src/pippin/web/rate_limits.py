"""Rate limits: how many requests each caller may make."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

MAX_CALLERS = 10_000


@dataclass
class TokenBucket:
    """A token bucket for each caller: `rate` requests a second, `burst` at once."""

    rate: float
    burst: float
    left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, caller: str) -> bool:
        """Take one token if there is one, and return whether there was."""
        now = time.monotonic()
        amount = self._amount(caller, now)
        if len(self.left) > MAX_CALLERS:
            self._forget(now)
        self.left[caller] = (max(0.0, amount - 1), now)
        return amount >= 1

    def _amount(self, caller: str, now: float) -> float:
        amount, last = self.left.get(caller, (self.burst, now))
        return min(self.burst, amount + (now - last) * self.rate)

    def _forget(self, now: float) -> None:
        """Forget callers whose bucket is full again, and the longest unseen where these are too few."""
        full = [caller for caller in self.left if self._amount(caller, now) >= self.burst]
        oldest = sorted(self.left, key=lambda caller: self.left[caller][1])[: MAX_CALLERS // 2]
        for caller in full or oldest:
            del self.left[caller]
