"""What a row to answer lacks, and what it brings that was not learned from: sentences that name the columns."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

MAX_NAMED = 4


def check_row(present: Collection[str], learned: Sequence[str], others: Collection[str] = ()) -> tuple[str, ...]:
    """Return notes on unknown and missing columns of a row; `others` are columns left out on purpose."""
    unknown = [name for name in present if name not in learned and name not in others]
    missing = [name for name in learned if name not in present]
    said = [_unknown(name, missing) for name in unknown[:MAX_NAMED]]
    if len(unknown) > MAX_NAMED:
        said.append(f"{len(unknown) - MAX_NAMED} more names are unknown, too")
    if missing:
        what = "1 column is" if len(missing) == 1 else f"{len(missing)} columns are"
        said.append(f"{what} missing ({_named(missing)})")
    return tuple(said)


def _unknown(name: str, missing: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, missing, n=1, cutoff=0.75)
    return f"{name} was not among the columns learned" + (f" (did you mean {near[0]}?)" if near else "")


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:MAX_NAMED]) + (", ..." if len(names) > MAX_NAMED else "")
