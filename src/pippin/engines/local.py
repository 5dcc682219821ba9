"""The engine of this process: one job after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pippin.engines.map import Item, Outcome


def local(
    function: Callable[[Item], Outcome],
    items: Iterable[Item],
    *,
    on_outcome: Callable[[Item, Outcome], None] | None = None,
    on_lost: Callable[[Item, str], Outcome] | None = None,
) -> Iterator[Outcome]:
    """Run one after the other, in this process, where no worker can be lost."""
    for item in items:
        outcome = function(item)
        if on_outcome is not None:
            on_outcome(item, outcome)
        yield outcome
