"""How near the built-in networks for clean images come to Set5, over the CPU hours they learned: read, not measured.

The hours are those in the models' manifests (of all trainings they went through), the decibels those of `upscale.py`.
"""

from __future__ import annotations

import json
import re

from _results import RESULTS, Row, write

from pippin.apps.upscale import application
from pippin.core.artifact import read_artifact

AIMS = {("2", "clean"): 37.6, ("3", "clean"): 33.7, ("4", "clean"): 31.5, ("2", "best"): 37.75}


def main() -> None:
    """Write a row for each network that results exist of."""
    measured = [row for name in ("upscale_clean", "upscale_large") for row in _rows(name)]
    rows = []
    for (scale, preset), aim in AIMS.items():
        start = f"Set5 x{scale}, `{preset}`: PSNR-Y"
        value = next(row["value"] for row in measured if re.match(re.escape(start), row["what"]))
        config = application.configure({"scale": int(scale), "preset": preset})
        facts = read_artifact(application.builtin_for(application.model.variant(config))).facts
        hours = sum(part["seconds"] for part in facts["history"]) / 3600
        rows.append(Row(f"Set5 x{scale}, `{preset}`, after {hours:.2f} CPU hours", value, "dB", aim=f"at least {aim}"))
    write("upscale_curve", "Learning to enlarge: decibels by CPU hours", sorted(rows, key=lambda row: row.what))


def _rows(name: str) -> list[dict[str, object]]:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text())["rows"] if path.exists() else []


if __name__ == "__main__":
    main()
