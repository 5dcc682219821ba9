"""How long work is expected to take, from how long such work took before."""

from __future__ import annotations

from dataclasses import dataclass, field

LATEST = 0.3  # the weight of the latest duration in the running mean


@dataclass(frozen=True)
class Kind:
    """What kind of work it is: a command of an application, and its size as a power of two (of pixels, or inputs)."""

    application: str
    command: str
    size: int = 0
    slow: bool = False

    @property
    def name(self) -> tuple[str, str]:
        """Return application and command, without the size."""
        return self.application, self.command


@dataclass
class Durations:
    """Running means of seconds by kind of work."""

    means: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)

    def add(self, kind: Kind, seconds: float) -> None:
        """Note that work took so long."""
        sizes = self.means.setdefault(kind.name, {})
        before = sizes.get(kind.size, seconds)
        sizes[kind.size] = before + LATEST * (seconds - before)

    def expected(self, kind: Kind) -> float:
        """Return the seconds to expect; of a size that is new, the nearest one's, doubled for each power of two."""
        sizes = self.means.get(kind.name)
        if not sizes:
            return 2.0 if kind.slow else 0.1
        nearest = min(sizes, key=lambda size: abs(size - kind.size))
        return float(sizes[nearest] * 2.0 ** max(0, kind.size - nearest))
