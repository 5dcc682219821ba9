"""Answers: the faces of a photograph, each with its box and the person it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pippin.apps.faces.networks.faces import Face
from pippin.core.errors import PippinError
from pippin.core.values import Prediction

UNKNOWN = "unknown"


class FaceList(list[Any]):
    """The faces of a photograph as mappings `face`, `box`, `person`, `confidence`; as text the people's names."""

    def __str__(self) -> str:
        return ", ".join(face["person"] or UNKNOWN for face in self) or "no face"


@dataclass(frozen=True)
class FacePrediction(Prediction):
    """A prediction that still holds its largest face's vector, by which it is scored, and the cosine of one person."""

    vector: np.ndarray | None = field(default=None, compare=False)
    threshold: float = 0.0


def describe_face(number: int, face: Face, person: str | None, confidence: float) -> dict[str, Any]:
    """Return a face as an answer tells it; the box is left, top, width and height as fractions of the photograph."""
    box = [round(float(value), 4) for value in face.box]
    return {"face": number, "box": box, "person": person, "confidence": round(confidence, 4)}


def find_name(answer: Any) -> str | None:
    """Return the name that an answer gives to its first face, which is the largest."""
    if isinstance(answer, str):
        return answer
    return answer[0]["person"] if answer else None


def matches(answer: Any, target: Any) -> bool:
    """Return whether an answer names the person a target names."""
    return find_name(answer) == find_name(target)


def validate_name(target: Any) -> str:
    """Return a person's name as it is learned; the answer for a single known face stands for its name."""
    from pippin.apps.faces.people.actions import check_name

    if isinstance(target, list):
        if len(target) != 1 or not target[0].get("person"):
            raise PippinError("Say whose face it is: pippin faces teach PHOTO#NUMBER NAME.")
        target = target[0]["person"]
    return check_name(target)


def assign_people(probabilities: np.ndarray, sure: float) -> list[int | None]:
    """Return the person of each face [N,P] or None: the likeliest first, each person once in a photograph."""
    chosen: list[int | None] = [None] * len(probabilities)
    taken = set[int]()
    if not probabilities.size:
        return chosen
    for index in np.argsort(-probabilities, axis=None, kind="stable"):
        face, person = divmod(int(index), probabilities.shape[1])
        if probabilities[face, person] < sure:
            break
        if chosen[face] is None and person not in taken:
            chosen[face] = person
            taken.add(person)
    return chosen


def alternatives(probabilities: Sequence[float], names: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Return the likeliest people of one face."""
    order = np.argsort(-np.asarray(probabilities), kind="stable")[:5]
    return tuple((names[index], round(float(probabilities[index]), 4)) for index in order)
