"""What the lesson's pages need to play without a server: the built-in agent at its ages, and what it sees."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from safetensors.numpy import save

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.export import export
from pippin.apps.flappy.learner import Agent
from pippin.apps.flappy.sprite_tables import backdrop
from pippin.apps.flappy.sprites import PACKAGE, sprites
from pippin.core.artifact import read_artifact
from pippin.core.files import write_bytes, write_json

MODEL = Path(__file__).parent / "model"


def write_browser_files(folder: Path) -> list[str]:
    """Write the agent, its younger selves and the images it sees; return the verbs that they are for."""
    artifact = read_artifact(MODEL)
    agent = Agent(FlappyConfig.read(artifact.facts["config"]))
    agent.load(artifact.part("model"))
    images = sprites()
    background, ground = backdrop(images)
    paths = export(agent, folder)
    seen = {"background": background, "ground": ground, "pipe": images.pipe, "bird": images.bird}
    write_bytes(folder / "sight.safetensors", save(seen))
    write_bytes(folder / "licence.txt", _licence().encode())
    write_json(folder / "sizes.json", {path.name: path.stat().st_size for path in paths})
    return ["watch", "winnable"]


def _licence() -> str:
    """Return whose images `sight.safetensors` is made of, and under which terms."""
    text = f"sight.safetensors is made of images in {PACKAGE.name} {PACKAGE.version}, under the MIT licence.\n"
    try:
        own = [path for path in distribution(PACKAGE.name).files or () if path.name.upper().startswith("LICEN")]
    except PackageNotFoundError:
        own = []
    return text + "".join(f"\n{path.read_text()}" for path in own[:1])
