"""Catalogues of diseases in the annotations, and diseases of the same name in another catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# Prefixes of ids by the name of a catalogue.
CATALOGUES = {"OMIM": ("OMIM:",), "ORPHA": ("ORPHA:",), "all": ("OMIM:", "ORPHA:", "DECIPHER:")}
_WORD = re.compile(r"[a-z0-9]+")


def key_of_name(name: str) -> str:
    """Return the words of a disease's name in alphabetical order, "type" left out."""
    return " ".join(sorted(set(_WORD.findall(name.lower())) - {"type"}))


def find_namesakes(ids: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return for ids of diseases the id of a disease of another catalogue that has the same words in its name.

    `names` are those of all diseases; ORPHA ids are found for others, OMIM ids for ORPHA ones. A name that two
    diseases of a catalogue share is no namesake.
    """
    by_key: dict[tuple[str, str], list[str]] = {}
    for id, name in names.items():
        by_key.setdefault((id.partition(":")[0], key_of_name(name)), []).append(id)
    found = {}
    for id in ids:
        own, other = id.partition(":")[0], "OMIM" if id.startswith("ORPHA:") else "ORPHA"
        key = key_of_name(names[id])
        matches = by_key.get((other, key), [])
        if key and len(matches) == 1 and len(by_key[own, key]) == 1:
            found[id] = matches[0]
    return found
