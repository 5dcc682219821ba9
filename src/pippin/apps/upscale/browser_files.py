"""What the lesson's pages need to enlarge without a server: the network for clean images twice as wide, and scenes."""

from __future__ import annotations

import io
from pathlib import Path

from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.export import export
from pippin.apps.upscale.learner import UpscaleLearner
from pippin.apps.upscale.sample import scene
from pippin.core.artifact import read_artifact
from pippin.core.files import write_bytes, write_json

MODEL = Path(__file__).parent / "model" / "x2-clean"
SCENES, SIDE = 5, 144


def write_browser_files(folder: Path) -> list[str]:
    """Write the network (needs onnx) and scenes to try it on; return the verbs that they are for."""
    artifact = read_artifact(MODEL)
    learner = UpscaleLearner(UpscaleConfig.read(artifact.facts["config"]))
    learner.load(artifact.part("model"))
    export(learner, folder)
    names = [f"scene-{seed}.png" for seed in range(SCENES)]
    for seed, name in enumerate(names):
        content = io.BytesIO()
        scene(seed, SIDE).save(content, "PNG", optimize=True)
        write_bytes(folder / name, content.getvalue())
    write_json(folder / "scenes.json", names)
    return ["explain", "predict"]
