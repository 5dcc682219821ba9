"""Why a face is taken for a person's: what the match rests on, which faces are nearest, what speaks against it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from pippin.apps.faces.learner import FacesLearner
from pippin.apps.faces.networks.faces import Face, shared_reader
from pippin.apps.faces.people.head import FEATURES, PeopleHead, Person
from pippin.apps.faces.photograph_inputs import choose_faces
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.learn.plots.image_grids import grid, overlay_heatmap, png

Array = np.ndarray
PATCH, STEP = 24, 11
SHOWN_SIDE = 336
MAX_NEAREST, MAX_PEOPLE = 5, 12


def explain(learner: FacesLearner, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain whom a photograph shows, or how alike the known people are to it."""
    return _explain_model(learner) if input is None else _explain_photograph(learner, input)


def _explain_photograph(learner: FacesLearner, item: Any) -> Report:
    faces = choose_faces(item)
    if not faces:
        raise PippinError(f"No face was found in {item.name}; give a photograph that shows one.", input=item.name)
    head = PeopleHead(learner.known_people())
    sections = [_explain_face(number, face, head, learner.config.sure) for number, face in faces]
    first, *others = sections
    return Report(
        title=f"{item.name}: {pluralize(len(faces), 'face')}",
        summary="Orange parts of a face speak for the person: covered, it is less alike; blue parts speak against it.",
        tables=first.tables,
        figures=first.figures,
        notes=first.notes,
        sections=tuple(others),
        payload={"input": item.name, "faces": [section.payload for section in sections]},
    )


def _explain_face(number: int, face: Face, head: PeopleHead, sure: float) -> Report:
    image = Image.fromarray(face.image).resize((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.BICUBIC)
    if not head.people:
        figure = Figure(f"Face {number}", png(image), "image/png", "No person is known yet.")
        return Report(title=f"Face {number}", figures=(figure,), payload={"face": number, "person": None})
    probabilities = head.probabilities(face.vector[None], np.array([math.nan]))[0]
    index = int(probabilities.argmax())
    person = head.people[index]
    known = bool(probabilities[index] >= sure)
    heat = occlude(face, person)
    shown = grid([image, overlay_heatmap(image, heat)], 2, SHOWN_SIDE)
    values = head.features(index, face.vector[None], np.array([math.nan]))[0]
    nearest = np.sort(person.confirmed @ face.vector)[::-1][:MAX_NEAREST]
    title = f"Face {number}: {person.name if known else f'not known (nearest: {person.name})'}"
    return Report(
        title=title,
        tables=(
            Table(
                ("what counts", "value"), tuple(zip(FEATURES, map(_rounded, values), strict=True)), f"For {person.name}"
            ),
            Table(
                ("confirmed face", "cosine"),
                tuple(
                    (f"number {index} of {len(person.confirmed)}, by likeness", _rounded(value))
                    for index, value in enumerate(nearest, 1)
                ),
                "Nearest confirmed faces",
            ),
            Table(("person", "probability"), _others(head, probabilities), "Whom else it could show"),
        ),
        figures=(
            Figure(
                title, png(shown), "image/png", "Left the face as the network looks at it, right what counts in it."
            ),
        ),
        notes=_against(person, face, values),
        payload={
            "face": number,
            "person": person.name if known else None,
            "probability": float(probabilities[index]),
            "features": {name: float(value) for name, value in zip(FEATURES, values, strict=True)},
            "nearest": [float(value) for value in nearest],
        },
    )


def _others(head: PeopleHead, probabilities: Array) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-probabilities, kind="stable")[:MAX_NEAREST]
    return tuple((head.people[index].name, _rounded(probabilities[index])) for index in order)


def _against(person: Person, face: Face, values: Array) -> tuple[str, ...]:
    """Return the evidence against a match, in sentences."""
    notes = []
    if values[2] < 0.1:
        notes.append("Another person, or a face that was rejected, is nearly as alike.")
    if len(person.rejected) and float((person.rejected @ face.vector).max()) > float(values[1]):
        notes.append(f"A face that was rejected as {person.name} is nearer than the confirmed ones.")
    if not face.is_good:
        notes.append("The face is small, blurred, half hidden or turned away, so that it tells little.")
    return tuple(notes)


def occlude(face: Face, person: Person) -> Array:
    """Return how much each part of a face adds to the cosine with a person's mean, from -1 to 1 [336,336]."""
    side = face.image.shape[0]
    places = [(row, column) for row in range(0, side - PATCH + 1, STEP) for column in range(0, side - PATCH + 1, STEP)]
    covered = np.repeat(face.image[None], len(places), axis=0).copy()
    for image, (row, column) in zip(covered, places, strict=True):
        image[row : row + PATCH, column : column + PATCH] = image.mean((0, 1)).astype(np.uint8)
    drops = float(face.vector @ person.mean) - shared_reader().embed(covered) @ person.mean
    heat, count = np.zeros((side, side)), np.full((side, side), 1e-9)
    for drop, (row, column) in zip(drops, places, strict=True):
        heat[row : row + PATCH, column : column + PATCH] += drop
        count[row : row + PATCH, column : column + PATCH] += 1
    shown = np.kron(heat / count, np.ones((SHOWN_SIDE // side, SHOWN_SIDE // side)))
    return shown / max(float(np.abs(shown).max()), 1e-9)


def _explain_model(learner: FacesLearner) -> Report:
    """Show the known people and how alike their faces are: within a person, and between two."""
    people = learner.known_people()
    if not people:
        raise PippinError("No person is known yet: pippin faces teach PHOTO NAME, or name people of your album.")
    means = np.stack([person.mean for person in people])
    alike = means @ means.T
    np.fill_diagonal(alike, -1)
    rows = []
    for index, person in enumerate(people):
        nearest = int(alike[index].argmax()) if len(people) > 1 else index
        within = float((person.confirmed @ person.mean).mean())
        other = people[nearest].name if len(people) > 1 else None
        rows.append(
            (
                person.name,
                len(person.confirmed),
                _rounded(within),
                other,
                _rounded(alike[index].max()) if other else None,
            )
        )
    return Report(
        title=f"{pluralize(len(people), 'person')} known" if len(people) == 1 else f"{len(people)} people known",
        summary="A person's faces should be far more alike than any two people's.",
        tables=(Table(("person", "faces", "alike within", "nearest other", "alike with it"), tuple(rows)),),
        figures=(_draw_matrix(people[:MAX_PEOPLE]),),
        payload={
            "people": [dict(zip(("person", "faces", "within", "nearest", "between"), row, strict=True)) for row in rows]
        },
    )


def _draw_matrix(people: list[Person]) -> Figure:
    """Draw the cosines between the means of people."""
    means = np.stack([person.mean for person in people])
    cosines = np.clip(means @ means.T, 0, 1)
    cell = max(24, SHOWN_SIDE // len(people))
    levels = np.kron(255 - (cosines * 200).astype(np.uint8), np.ones((cell, cell), np.uint8))
    image = Image.fromarray(np.stack([levels, np.maximum(levels, 90), levels], axis=-1))
    caption = "Dark: alike. In order: " + ", ".join(person.name for person in people) + "."
    return Figure("How alike the people's mean faces are", png(image), "image/png", caption)


def _rounded(value: Any) -> float:
    return round(float(value), 3)
