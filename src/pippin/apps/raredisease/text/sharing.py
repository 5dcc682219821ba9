"""Words that two findings share: "cleft lip or palate", "low-set, rotated ears", "hair is sparse and brittle"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pippin.learn.text.english_words import Token

JOINS = frozenset([",", "and", "or", "nor"])
MAX_OWN = 3  # words that a finding has for itself
Span = tuple[int, int, str]


def shared_spans(
    tokens: Sequence[Token],
    spans: Sequence[Span],
    names: dict[tuple[str, ...], str],
    carries: Callable[[Token], bool],
) -> Iterator[Span]:
    """Yield findings whose words are their own and one of those of the neighbour they are joined to."""
    taken = {index for start, end, _ in spans for index in range(start, end)}
    for start, end, id in spans:
        before = _own(tokens, range(start - 1, -1, -1), taken, carries)
        after = _own(tokens, range(end, len(tokens)), taken, carries)
        stems = [token.stem for token in tokens[start:end] if carries(token)]
        for own, candidates in ((before[::-1], stems[-1:]), (after, stems)):
            found = _first(own, [tokens[index].stem for index in own], candidates, names)
            if found is not None and found[2] != id:
                yield found


def _own(tokens: Sequence[Token], places: range, taken: set[int], carries: Callable[[Token], bool]) -> list[int]:
    """Return the places of words beyond a join, up to the next join or finding; none where nothing joins."""
    found: list[int] = []
    joined = False
    for index in places:
        if tokens[index].text in JOINS:
            if found:
                break
            joined = True
        elif index in taken or not joined:
            return []
        elif carries(tokens[index]):
            found.append(index)
            if len(found) > MAX_OWN:
                return []
    return found


def _first(own: list[int], stems: list[str], candidates: list[str], names: dict[tuple[str, ...], str]) -> Span | None:
    """Return the longest finding made of the own words nearest to the join and one shared word."""
    for count in range(len(own), 0, -1):
        for shared in candidates:
            id = names.get(tuple(sorted([*stems[:count], shared])))
            if id is not None and shared not in stems[:count]:
                return own[0], own[count - 1] + 1, id
    return None
