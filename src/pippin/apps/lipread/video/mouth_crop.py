"""From a video to a mouth: the face is found and followed, and the mouth cut out upright, at one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
from PIL import Image

from pippin.apps.lipread.video.face_mesh import LEFT_EYE, RIGHT_EYE, Faces, Square, around
from pippin.apps.lipread.video.frames import RATE, Frames
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.formatting import pluralize

Array = np.ndarray
WIDTH, HEIGHT = 64, 40
WIDE = 0.8  # of what is cut out, in distances between the outer corners of the eyes
CORNERS = (61, 291)  # of the mouth
STEADY = 3.0  # frames, the deviation of the bell by which positions are smoothed
LOOK = 3  # the mesh looks at each so many-th frame
BRIDGED = RATE // LOOK  # looks without a face that are bridged at most
UNSEEN = [np.nan] * 4
RETRY = 2  # looks until a face is looked for again after none was found


@dataclass(frozen=True)
class Mouth:
    """A mouth as uint8 [T,40,64], grey, 25 frames a second; `notes` say what was odd about the video.

    `partial` says that it is not to be seen from the video's beginning to its end.
    """

    frames: Array
    notes: tuple[str, ...] = ()
    partial: bool = False


def mouth_of(clip: Input, face: int = 0) -> Mouth:
    """Return the mouth of a video's `face` (1 is the largest; 0 the largest, and it is said that there are others).

    PippinError where there is no face, or none of that number.
    """
    frames = Frames(clip)
    positions, faces = _followed(frames, face)
    if not faces and _turned(frames):
        positions, faces = _followed(frames, face)
        frames.notes.append("The video lies on its side; it was turned.")
    if positions is None:
        if face > faces > 0:
            seen = f"{pluralize(faces, 'face')} can be seen in {clip.name}; --face-index goes up to {faces}."
            raise PippinError(seen, input=clip.name)
        raise PippinError(f"No face can be followed in {clip.name}.", input=clip.name)
    notes = list(frames.notes)
    if faces > 1 and not face:
        notes.append(f"{faces} faces: the largest one was read; --face-index 2 reads the next.")
    begin, end, bridged = _usable(positions)
    if bridged:
        notes.append(f"The face is missing in about {bridged * LOOK} frames; they were bridged.")
    partial = (begin, end) != (0, len(positions))
    if partial:
        seen = f"{begin * LOOK / RATE:.1f} s to {end * LOOK / RATE:.1f} s"
        notes.append(f"Read from {seen}: elsewhere no face is to be seen.")
    steady = _smoothed(_filled(positions[begin:end]))
    used = islice(frames, begin * LOOK, end * LOOK)
    cut = [_cut(frame.grey(), index) for frame, index in zip(used, steady, strict=False)]
    return Mouth(np.stack(cut), tuple(notes), partial)


@cache
def finder() -> Faces:
    """Return the face detector, opened once."""
    return Faces()


def _followed(frames: Frames, wanted: int) -> tuple[Array | None, int]:
    """Return where the mouth was at each look [looks,4] (centre, and the vector between the eyes), NaN where unseen.

    And how many faces there are.
    """
    model, places = finder(), []
    square: Square | None = None
    last: Square | None = None
    faces, wait = 0, 0
    for number, frame in enumerate(frames):
        if number % LOOK:
            continue
        image = frame.rgb()
        points = model.points(image, square) if square else None
        if points is None and wait == 0:
            found = model.find(image)
            faces = max(faces, len(found))
            square = _chosen(found, last, wanted)
            points = model.points(image, square) if square else None
            wait = 0 if points is not None else RETRY
        wait = max(0, wait - 1)
        if points is None:
            square = None
            places.append(UNSEEN)
            continue
        square = last = around(points)
        across = points[LEFT_EYE] - points[RIGHT_EYE]
        places.append([*points[list(CORNERS)].mean(0), *across])
    positions = np.array(places)
    return (positions if last is not None else None), faces


def _chosen(found: Sequence[Square], last: Square | None, wanted: int) -> Square | None:
    """Return the face to follow: the wanted one at first, then the one nearest to where it was."""
    if last is None:
        number = max(wanted, 1)
        return found[number - 1] if len(found) >= number else None
    near = [face for face in found if np.hypot(face.x - last.x, face.y - last.y) < last.side]
    return min(near, key=lambda face: np.hypot(face.x - last.x, face.y - last.y), default=None)


def _turned(frames: Frames) -> bool:
    """Turn the frames so that a face is to be seen in the first second; whether that could be done."""
    faces = finder()
    for turn in (1, 3, 2):
        frames.turn = turn
        for number, frame in enumerate(frames):
            if number % LOOK == 0 and faces.find(frame.rgb()):
                return True
            if number >= RATE:
                break
    frames.turn = 0
    return False


def _usable(positions: Array) -> tuple[int, int, int]:
    """Return the longest stretch (begin, end) without too long a gap, and how many of its frames are bridged."""
    seen = np.flatnonzero(~np.isnan(positions[:, 0]))
    breaks = np.flatnonzero(np.diff(seen) > BRIDGED)
    stretches = np.split(seen, breaks + 1)
    best = max(stretches, key=lambda stretch: stretch[-1] - stretch[0])
    begin, end = int(best[0]), int(best[-1]) + 1
    if begin <= BRIDGED and best is stretches[0]:
        begin = 0
    if len(positions) - end <= BRIDGED and best is stretches[-1]:
        end = len(positions)
    return begin, end, end - begin - len(best)


def _filled(positions: Array) -> Array:
    """Fill in every frame: linearly between positions that were seen, before and after as at the nearest."""
    if len(positions) > 1:  # what moves goes on moving until the frames after the last look
        positions = np.vstack([positions, 2 * positions[-1] - positions[-2]])
    times = np.arange(len(positions) * LOOK)
    seen = ~np.isnan(positions[:, 0])
    return np.stack([np.interp(times, times[::LOOK][seen], column[seen]) for column in positions.T], axis=1)


def _smoothed(positions: Array) -> Array:
    """Smooth over time by a bell, so that the mouth moves and not the cut."""
    reach = round(3 * STEADY)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / STEADY) ** 2)
    # Mirrored at its ends so that what moves evenly stays where it is.
    padded = np.pad(positions, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return np.stack([np.convolve(column, bell / bell.sum(), mode="valid") for column in padded.T], axis=1)


def _cut(grey: Image.Image, place: Array) -> Array:
    """Return the mouth [40,64] of a frame, the eyes level."""
    x, y, across, down = place
    a, d = WIDE * across / WIDTH, WIDE * down / WIDTH
    matrix = (a, -d, x - a * WIDTH / 2 + d * HEIGHT / 2, d, a, y - d * WIDTH / 2 - a * HEIGHT / 2)
    return np.asarray(grey.transform((WIDTH, HEIGHT), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC))
