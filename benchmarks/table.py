"""Write the README's tables of results from benchmarks/results/*.json; numbers are never typed by hand."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ORDER = (
    "few_examples",
    "corrections",
    "inspect_labels",
    "table_reading",
    "table_regression",
    "table_classification",
    "table_tuning",
    "from_scratch_cifar",
    "from_scratch_fashion",
    "curve_cifar10",
    "curve_fashion",
    "curve_digits",
    "curve_breast_cancer",
    "flappy_agents",
    "flappy_changed",
    "flappy_real",
    "flappy_stable",
    "flappy_speed",
    "upscale_clean",
    "upscale_photo",
    "upscale_training",
    "upscale_runtime",
    "upscale_large",
    "lipread_person",
    "lipread_outside",
    "lipread_speed",
    "lipread_training",
    "lipread_silent",
    "lipread_strangers",
    "lipread_rendered",
    "studio",
    "speed",
    "loop_overhead",
    "install",
)


def results() -> list[dict[str, Any]]:
    """All results that have rows for the table, in reading order."""
    found = {path.stem: json.loads(path.read_text()) for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    names = [name for name in ORDER if name in found] + sorted(set(found) - set(ORDER))
    return [found[name] for name in names if found[name].get("rows")]


def table(found: list[dict[str, Any]]) -> str:
    """The Markdown table of all results."""
    lines = ["| what | measured (95 % interval) | classical | aim |", "|---|---|---|---|"]
    for result in found:
        lines.append(f"| **{result['title']}** (`{result['command']}`) | | | |")
        lines += [
            f"| {row['what']} | {_measured(row)} | {_number(row['classical'], row['unit'])} | {row['aim']} |"
            for row in result["rows"]
        ]
    return "\n".join(lines)


def _measured(row: dict[str, Any]) -> str:
    interval = f" [{_bound(row, 'low')}, {_bound(row, 'high')}]" if row["low"] is not None else ""
    return f"{_number(row['value'], row['unit'])}{interval}{' ' + row['note'] if row['note'] else ''}"


def _bound(row: dict[str, Any], which: str) -> str:
    return _number(row[which], row["unit"] if row["unit"] == "dB" else "").removesuffix(" dB")


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "dB":
        return f"{value:.2f} dB"
    digits = f"{value:.3f}" if abs(value) < 2 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
    return f"{digits} {unit}".strip()


def written(text: str, content: str) -> str:
    """`text` with what stands between the markers replaced by `content`."""
    pattern = r"(<!-- results -->\n).*?(\n<!-- end of results -->)"
    if not re.search(pattern, text, re.DOTALL):
        sys.exit("README.md has no markers for the table of results.")
    return re.sub(pattern, lambda match: match[1] + content + match[2], text, flags=re.DOTALL)


def main() -> None:
    """Rewrite README.md in place."""
    readme = ROOT / "README.md"
    readme.write_text(written(readme.read_text(), table(results())))
    print(f"README.md: {len(results())} results")


if __name__ == "__main__":
    main()
