"""`faces` outside Pippin: both networks as ONNX, and the confirmed faces with how they are compared, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.faces.album.decoding import decode_input
from pippin.apps.faces.learner import FacesLearner, answer_faces
from pippin.apps.faces.networks.alignment import TEMPLATE
from pippin.apps.faces.networks.embedder import THRESHOLD
from pippin.apps.faces.networks.faces import FaceReader
from pippin.apps.faces.networks.weights import DETECTOR, EMBEDDER, find_network
from pippin.apps.faces.people.head import PeopleHead, Person
from pippin.apps.faces.photograph_inputs import MAX_SIDE
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input

FILES = {"detector.onnx": DETECTOR, "embedder.onnx": EMBEDDER}
PEOPLE = "people.json"
USE = (
    "`detector.onnx` takes BGR pixels from 0 to 255, [1,3,H,W], sides multiples of 32, and gives boxes and points of "
    "three grids (YuNet); `embedder.onnx` takes RGB faces [N,3,112,112] from 0 to 255 whose five points lie where "
    "ArcFace has them, and gives 128 numbers each (SFace): divide them by their length, add those of the mirror "
    "image. Two faces are one person's from a cosine of about `threshold` on."
)


def export(learner: FacesLearner, folder: Path) -> list[Path]:
    """Write both networks and the people's vectors; names travel with them."""
    if not learner.names:
        raise PippinError("No person was learned yet, so there is nothing to export.")
    for name, network in FILES.items():
        write_bytes(folder / name, find_network(network).read_bytes())
    people = {
        "names": learner.names,
        "vectors": learner.vectors.astype(float).tolist(),
        "template": TEMPLATE.tolist(),
        "threshold": THRESHOLD,
        "sure": learner.config.sure,
        "use": USE,
    }
    write_json(folder / PEOPLE, people)
    return [*(folder / name for name in FILES), folder / PEOPLE]


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[Any]]:
    """Return a function from photographs to answers that uses the exported files alone."""
    people = read_json(folder / PEOPLE)
    detector, embedder = (folder / name for name in FILES)
    reader = FaceReader(detector=detector, embedder=embedder)
    names, vectors = np.array(people["names"]), np.array(people["vectors"], np.float32)
    head = PeopleHead(
        [
            Person(str(name), vectors[names == name], np.full(int((names == name).sum()), np.nan))
            for name in sorted(set(people["names"]))
        ]
    )

    def answer(item: Any) -> Any:
        faces = reader.read(decode_input(item, MAX_SIDE).pixels)
        return answer_faces(list(enumerate(faces, 1)), head, people["sure"]).answer

    return lambda inputs: [answer(item) for item in inputs]
