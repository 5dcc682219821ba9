"""The programs written beside an export: each runs in a fresh process with no more than it says it needs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pippin
from pippin.core import registry
from pippin.core.inputs import KINDS
from pippin.verbs.export import NO_JAVASCRIPT, USAGE

pytest.importorskip("onnx", reason="exporting needs the extra train")

ROOT = Path(__file__).parents[2]
WEB = ROOT / "studio" / "node_modules" / "onnxruntime-web"
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
APPLICATIONS = [name for name in registry.names() if (registry.get(name).folder / USAGE).is_dir()]
# Runs a program with nothing but the standard library and the packages named.
ALONE = """
import importlib.abc, runpy, sys
allowed = set(sys.argv[1].split(",")) | set(sys.stdlib_module_names)
class Refusing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if path is None and name not in allowed and not name.startswith("_"):
            raise ModuleNotFoundError(f"{name} was not promised")
sys.meta_path.insert(0, Refusing())
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The built-in model of an application as files, exported once."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp(name)
            if not registry.get(name).builtins:
                pippin.train(name, epochs=1, threads=1, progress=False, **registry.get(name).tiny)
            pippin.export(name, made[name])
        return made[name]

    return folder


def run_alone(packages: str, program: Path, *arguments: Path | str) -> list[list[str]]:
    """Run a program with these packages alone; the words of each line it prints."""
    command = [sys.executable, "-c", ALONE, packages, str(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [line.split() for line in done.stdout.splitlines()]


def run_node(folder: Path, script: str) -> Any:
    """Run a module script beside the exported files; what it prints, as JSON."""
    if not NODE or not WEB.is_dir():
        pytest.skip("needs node and the pages' packages (npm ci in studio)")
    (folder / "node_modules").symlink_to(WEB.parent)
    try:
        (folder / "try.mjs").write_text(script)
        done = subprocess.run([NODE, "try.mjs"], cwd=folder, capture_output=True, text=True, check=False)
    finally:
        (folder / "node_modules").unlink()
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def sample_images(name: str, folder: Path, count: int) -> list[Path]:
    """A few images of an application's sample that it did not learn from, as PNG files."""
    app = registry.get(name)
    examples = app.load_data(None, app.defaults).test[:count]
    paths = []
    for number, example in enumerate(examples):
        paths.append(folder / f"{number}.png")
        paths[-1].write_bytes(example.input.read())
        Image.open(paths[-1]).convert("RGB").save(paths[-1])
    return paths


def flat(values: np.ndarray) -> str:
    """Numbers as the text of a JavaScript array."""
    return json.dumps(values.ravel().tolist())


GRAPHS = {"upscale": 3, "faces": 2}  # networks that a program chooses between; elsewhere there is one


@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_application_comes_with_a_program_of_about_ten_lines_a_network(name: str) -> None:
    program = registry.get(name).folder / USAGE / "use.py"
    lines = [line for line in program.read_text().partition('"""\n\n')[2].splitlines() if line.strip()]
    assert len(lines) <= 22 * GRAPHS.get(name, 1)  # ten, besides the imports and what puts the answer out
    compile(program.read_text(), str(program), "exec")


def test_every_application_that_exports_has_a_program() -> None:
    own = [name for name in registry.names() if name in registry._scanned()]
    assert [name for name in own if "export" not in registry.get(name).unsupported] == APPLICATIONS


def test_recognize_names_images_without_pippin(exported: Callable[[str], Path], tmp_path: Path) -> None:
    images, folder = sample_images("recognize", tmp_path, 4), exported("recognize")
    ours = pippin.predict("recognize", *images).payload["results"]
    theirs = run_alone("numpy,onnxruntime,PIL,ml_dtypes", folder / "use.py", *images)
    assert [" ".join(words[1:-1]) for words in theirs] == [one["answer"] for one in ours]
    assert [float(words[-1]) for words in theirs] == pytest.approx([one["confidence"] for one in ours], abs=0.02)


def test_pathology_labels_images_without_pippin(exported: Callable[[str], Path], tmp_path: Path) -> None:
    images, folder = sample_images("pathology", tmp_path, 4), exported("pathology")
    assert "not a medical device" in (folder / "card.md").read_text()
    ours = pippin.predict("pathology", *images).payload["results"]
    theirs = run_alone("numpy,onnxruntime,PIL,ml_dtypes", folder / "use.py", *images)
    for words, one in zip(theirs, ours, strict=True):
        name, _, found = " ".join(words[1:]).partition(" set: ")
        answer, _, share = name.rpartition(" ")
        assert answer == one["answer"]
        assert float(share) == pytest.approx(one["confidence"], abs=0.002)
        sets = [part["doubt"]["set"] for part in one["evidence"] if isinstance(part, dict)]
        assert not one["known"] or set(found.split(", ")) == set(sets[0])


def test_faces_names_people_without_pippin(exported: Callable[[str], Path], tmp_path: Path) -> None:
    images, folder = sample_images("faces", tmp_path, 4), exported("faces")
    ours = pippin.predict("faces", *images).payload["results"]
    theirs = run_alone("numpy,onnxruntime,PIL,ml_dtypes", folder / "use.py", *images)
    assert [words[1] for words in theirs] == [one["answer"][0]["person"] for one in ours]


def test_recognize_names_images_in_javascript(exported: Callable[[str], Path], tmp_path: Path) -> None:
    (image,), folder = sample_images("recognize", tmp_path, 1), exported("recognize")
    facts = json.loads((folder / "recognize.json").read_text())
    square = Image.open(image).resize((facts["side"],) * 2, Image.Resampling.BILINEAR).convert("RGBA")
    answer = run_node(
        folder,
        "import { readFileSync } from 'node:fs'\nimport { load, predict } from './use.mjs'\n"
        "const model = await load(readFileSync('recognize.onnx'), JSON.parse(readFileSync('recognize.json')))\n"
        f"console.log(JSON.stringify(await predict(model, {{ data: {flat(np.asarray(square))} }})))",
    )
    ours = pippin.predict("recognize", image).payload["results"][0]
    assert answer["label"] == ours["answer"]
    assert answer["probability"] == pytest.approx(ours["confidence"], abs=0.02)


def enlarged_by_pippin(image: Path, folder: Path, **settings: float) -> np.ndarray:
    """What the model in use makes of an image: 8-bit levels [H,W,3]."""
    report = pippin.predict("upscale", image, out=folder, format="png", **settings)
    return np.asarray(Image.open(report.payload["results"][0]["files"][0]["path"]).convert("RGB")).astype(int)


@pytest.fixture(autouse=True)
def _keep_local_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the correction of local means, as the exported programs do and say."""
    monkeypatch.setattr("pippin.apps.upscale.back_projection.TOLERANCE", 1.0)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small image with edges and a gradient, wider than high."""
    rows, columns = np.mgrid[:20, :31]
    levels = np.stack([rows * 12, columns * 8, (rows // 5 + columns // 5) % 2 * 200], axis=2)
    Image.fromarray(levels.astype(np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture(params=["photo", "both", "clean"])
def deciding(
    request: pytest.FixtureRequest,
    exported: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Path:
    """The exported upscale model, which takes every image for degraded, for clean, or is not sure."""
    folder = tmp_path / "decides"
    shutil.copytree(exported("upscale"), folder)
    facts = json.loads((folder / "upscale.json").read_text())
    limit = 1e6 if request.param == "clean" else 1e-6
    facts |= {"limits": [limit] * len(facts["conditions"]), "jpeg_limit": limit}
    facts["sure"] = [1e12 if request.param == "both" else 1.0] * len(facts["conditions"])
    (folder / "upscale.json").write_text(json.dumps(facts))
    for name in ("limits", "jpeg_limit", "sure"):
        monkeypatch.setattr(f"pippin.apps.upscale.estimation.{name.upper()}", facts[name])
    return folder


@pytest.mark.slow
def test_upscale_enlarges_without_pippin(deciding: Path, photo: Path, tmp_path: Path) -> None:
    folder, photos = deciding, [photo, tmp_path / "sent.jpg"]
    Image.open(photo).resize((72, 53), Image.Resampling.BICUBIC).save(photos[1], quality=60)
    written = run_alone("numpy,onnxruntime,PIL,ml_dtypes", folder / "use.py", *photos)
    for image, (_, result) in zip(photos, written, strict=True):
        ours, theirs = enlarged_by_pippin(image, tmp_path / "ours"), np.asarray(Image.open(result)).astype(int)
        assert theirs.shape == ours.shape
        assert abs(theirs - ours).max() <= 1


def enlarged_in_javascript(folder: Path, photo: Path) -> np.ndarray:
    """What use.mjs makes of an image: 8-bit levels [H,W,3]."""
    pixels = np.asarray(Image.open(photo).convert("RGBA"))
    answer = run_node(
        folder,
        "import { readFileSync } from 'node:fs'\nimport { load, enlarge } from './use.mjs'\n"
        "const model = await load(name => readFileSync(name), JSON.parse(readFileSync('upscale.json')))\n"
        f"const made = await enlarge(model, {{ data: {flat(pixels)}, width: {pixels.shape[1]}, "
        f"height: {pixels.shape[0]} }})\n"
        "console.log(JSON.stringify({ ...made, data: [...made.data] }))",
    )
    return np.array(answer["data"]).reshape(answer["height"], answer["width"], 4)[..., :3]


def test_upscale_enlarges_in_javascript(deciding: Path, photo: Path, tmp_path: Path) -> None:
    ours, theirs = enlarged_by_pippin(photo, tmp_path / "ours"), enlarged_in_javascript(deciding, photo)
    assert theirs.shape == ours.shape
    assert abs(theirs - ours).max() <= 1


SETTINGS: list[dict[str, float]] = [{"strength": 0.4}, {"denoise": 0.6}, {"strength": 0.5, "denoise": 0.0}]


@pytest.mark.slow
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_upscale_keeps_strength_and_denoising_without_pippin(
    settings: dict[str, float], photo: Path, tmp_path: Path
) -> None:
    sent = tmp_path / "sent.jpg"
    Image.open(photo).resize((72, 53), Image.Resampling.BICUBIC).save(sent, quality=60)
    usual = enlarged_by_pippin(sent, tmp_path / "usual")
    pippin.export("upscale", tmp_path / "files", **settings)
    ((_, result),) = run_alone("numpy,onnxruntime,PIL,ml_dtypes", tmp_path / "files" / "use.py", sent)
    ours, theirs = enlarged_by_pippin(sent, tmp_path / "ours", **settings), np.asarray(Image.open(result)).astype(int)
    assert abs(theirs - ours).max() <= 1
    assert abs(theirs - usual).max() > 3
    (made,) = registry.get("upscale").export.load(tmp_path / "files")([KINDS["image"].of(sent)])
    (tmp_path / "made.jpg").write_bytes(made)
    assert abs(np.asarray(Image.open(tmp_path / "made.jpg")).astype(int) - ours).mean() < 3  # as JPEG


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_upscale_keeps_strength_and_denoising_in_javascript(
    settings: dict[str, float], photo: Path, tmp_path: Path
) -> None:
    pippin.export("upscale", tmp_path / "files", **settings)
    ours = enlarged_by_pippin(photo, tmp_path / "ours", **settings)
    theirs = enlarged_in_javascript(tmp_path / "files", photo)
    assert abs(theirs - ours).max() <= 1


@pytest.fixture
def observations(exported: Callable[[str], Path]) -> np.ndarray:
    """What an agent may see: random, of the shape that its graph takes."""
    import onnxruntime

    taken = onnxruntime.InferenceSession(exported("flappy") / "policy.onnx").get_inputs()[0]
    assert taken.type == "tensor(uint8)"
    return np.random.default_rng(3).integers(0, 256, (5, *taken.shape[1:]), np.uint8)


def decisions(folder: Path, observations: np.ndarray) -> list[int]:
    """What the exported graph prefers."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "policy.onnx")
    return [int(action) for action in session.run(["logits"], {"seen": observations})[0].argmax(1)]


def test_flappy_decides_without_pippin(
    exported: Callable[[str], Path], observations: np.ndarray, tmp_path: Path
) -> None:
    folder = exported("flappy")
    np.save(tmp_path / "seen.npy", observations)
    theirs = run_alone("numpy,onnxruntime,ml_dtypes", folder / "use.py", tmp_path / "seen.npy")
    assert [int(action) for _, action in theirs] == decisions(folder, observations)


def test_flappy_decides_in_javascript(exported: Callable[[str], Path], observations: np.ndarray) -> None:
    folder = exported("flappy")
    shape = json.dumps([1, *observations.shape[1:]])
    answer = run_node(
        folder,
        "import { readFileSync } from 'node:fs'\nimport * as ort from 'onnxruntime-web'\n"
        "import { decide, load } from './use.mjs'\nconst agent = await load(readFileSync('policy.onnx'))\n"
        f"const all = {json.dumps([one.ravel().tolist() for one in observations])}, made = []\n"
        f"const seen = one => new ort.Tensor('uint8', Uint8Array.from(one), {shape})\n"
        "for (const one of all) made.push(await decide(agent, seen(one)))\n"
        "console.log(JSON.stringify(made))",
    )
    assert answer == decisions(folder, observations)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tables", "lipread"])
def test_what_needs_pippin_beside_it_says_so_and_answers_the_same(
    name: str, exported: Callable[[str], Path], tmp_path: Path
) -> None:
    folder, app = exported(name), registry.get(name)
    assert "needs pippin" in (folder / "use.py").read_text()
    assert not (folder / "use.mjs").exists()
    inputs = [example.input for example in app.load_data(None, app.preset("demo")).test[:3]]
    expected = app.export.load(folder)(inputs)
    given: list[Path] = []
    if name == "tables":
        import csv

        rows = [json.loads(item.read()) for item in inputs]
        with (tmp_path / "rows.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        given.append(tmp_path / "rows.csv")
    else:
        for number, item in enumerate(inputs):
            given.append(tmp_path / f"{number}{item.path.suffix if item.path else '.y4m'}")
            given[-1].write_bytes(item.read())
    command = [sys.executable, str(folder / "use.py"), *map(str, given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert [line.split(" ", 1)[1] for line in done.stdout.splitlines()] == [str(answer) for answer in expected]


def test_a_program_that_was_changed_is_left_alone(miniature: str, tmp_path: Path, monkeypatch: Any) -> None:
    import miniature as package

    (tmp_path / "app" / USAGE).mkdir(parents=True)
    (tmp_path / "app" / USAGE / "use.py").write_text("print('as it came')\n")
    monkeypatch.setattr(type(package.application), "folder", property(lambda self: tmp_path / "app"))
    pippin.train(miniature, epochs=1, progress=False)
    first = pippin.export(miniature, tmp_path / "out")
    assert (tmp_path / "out" / "use.py").read_text() == "print('as it came')\n"
    assert NO_JAVASCRIPT in first.notes
    (tmp_path / "out" / "use.py").write_text("print('mine')\n")
    report = pippin.export(miniature, tmp_path / "out")
    assert (tmp_path / "out" / "use.py").read_text() == "print('mine')\n"
    assert any("left as it is" in note for note in report.notes)


def test_the_kinds_that_programs_use_exist() -> None:
    assert {"record", "video"} <= set(KINDS)
