"""Write docs/results.md, the README's figures and the list of scripts; no number is typed by hand."""

from __future__ import annotations

import ast
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Headings of docs/results.md with the results below each, in reading order; a result that none names comes last.
SECTIONS = {
    "Images": (
        "few_examples",
        "corrections",
        "inspect_labels",
        "from_scratch_cifar",
        "from_scratch_fashion",
        "selfsupervised",
        "curve_cifar10",
        "curve_fashion",
    ),
    "Tables": (
        "table_reading",
        "table_regression",
        "table_classification",
        "table_tuning",
        "curve_digits",
        "curve_breast_cancer",
    ),
    "Photographs": (
        "upscale_clean",
        "upscale_auto_clean",
        "upscale_auto_blurred",
        "upscale_auto_degraded",
        "upscale_photo",
        "upscale_training",
        "upscale_curve",
        "upscale_runtime",
        "upscale_large",
    ),
    "Lips": (
        "lipread_person",
        "lipread_outside",
        "lipread_calibration",
        "lipread_silent",
        "lipread_strangers",
        "lipread_rendered",
        "lipread_speed",
        "lipread_training",
    ),
    "Faces": ("faces",),
    "Sentences": (
        "assistant_few",
        "assistant_clinc150",
        "assistant_snips",
        "assistant_voice",
        "assistant_talk",
        "assistant_fuzz",
    ),
    "Health": (
        "raredisease",
        "symptoms",
        "pathology_breast",
        "pathology_ensemble",
        "pathology_chest",
        "pathology_kinds",
        "pathology_slides",
        "pathology_khan",
    ),
    "Games": (
        "flappy_agents",
        "flappy_crashes",
        "flappy_rules",
        "flappy_changed",
        "flappy_environments",
        "flappy_real",
        "flappy_stable",
        "flappy_speed",
    ),
    "Studio": ("studio", "studio_load", "studio_load_silent", "lesson_class", "studio_crash_recovery"),
    "PyTorch and TensorFlow": ("frameworks", "framework_formats"),
    "Scale": ("scale_engine", "scale_batch", "scale_kills", "scale_nodes", "scale_ranks"),
    "Served to programs": ("serve",),
    "Speed and size": ("speed", "loop_overhead", "install"),
}
OTHERS = "Further"
UNBROKEN = "\u00a0"  # a space at which no line ends


@dataclass(frozen=True)
class Headline:
    """One line of the README: a row of a result, and the classical method beside it."""

    what: str
    result: str
    row: str
    classical: str
    classical_row: str | None = None
    """The row that holds the classical figure, where it is not the same one."""


HEADLINES = (
    Headline(
        "9 kinds of fruit and balls, 20 photographs each: accuracy",
        "few_examples",
        "9 fruits and balls, 20 of each label: accuracy",
        "HOG, logistic regression",
    ),
    Headline(
        "CIFAR-10, 19,990 images, trained from scratch: accuracy",
        "from_scratch_cifar",
        "CIFAR-10, 19,990 images: accuracy from nothing, width 24, 13 passes",
        "SVM",
    ),
    Headline(
        "CIFAR-10, 20,000 images without labels, then five labels of each: accuracy",
        "selfsupervised",
        "CIFAR-10, five labels of each, accuracy: without labels, 1 CPU minute",
        "HOG",
        "CIFAR-10, five labels of each, accuracy: HOG",
    ),
    Headline(
        "Both frameworks, CIFAR-10, one pass in TensorFlow: accuracy",
        "frameworks",
        "CIFAR-10 from nothing, TensorFlow",
        "the same in PyTorch",
        "CIFAR-10 from nothing, PyTorch",
    ),
    Headline(
        "Fashion-MNIST, 54,683 images, trained from scratch: accuracy",
        "from_scratch_fashion",
        "Fashion-MNIST, 54,683 images: accuracy from nothing, width 16, 10 passes",
        "SVM on 20,000 of them",
    ),
    Headline(
        "Fashion-MNIST, 12,000 images, pretrained features: accuracy",
        "curve_fashion",
        "Fashion-MNIST, 12,000 examples: pretrained features",
        "SVM",
    ),
    Headline(
        "Breast cancer, 455 rows: accuracy",
        "curve_breast_cancer",
        "breast cancer, 455 examples: network",
        "linear model",
    ),
    Headline(
        "8 tables: mean rank of four methods, 1 is best",
        "table_classification",
        "8 tables: mean rank of network",
        "random forest",
        "8 tables: mean rank of forest",
    ),
    Headline(
        "Set5 photographs, twice as wide: PSNR",
        "upscale_clean",
        "Set5 x2, `clean`: PSNR-Y",
        "edge filters, RAISR",
    ),
    Headline(
        "Lips of one man, 85 sentences: word error rate, 0 is best",
        "lipread_person",
        "speaker 1 of GRID, sentences never trained on: WER with grammar",
        "hidden Markov models",
    ),
    Headline(
        "Rendered lips, 60 sentences: word error rate, 0 is best",
        "lipread_rendered",
        "60 rendered mouths, sentences never trained on: WER with grammar",
        "hidden Markov models",
    ),
    Headline(
        "Faces of 21 people: true accepts at 1 false in 1,000",
        "faces",
        "true accepts at 1 false in 1,000, celeb5, bbt and azure",
        "LBP histograms",
        "true accepts at 1 false in 1,000, celeb5, bbt and azure, by LBP histograms",
    ),
    Headline(
        "Flappy Bird, 100 games of at most 1,000 pipes: mean pipes",
        "flappy_agents",
        "built-in agent, 28 million frames: mean pipes over 100 unseen games, cap 1,000",
        "tabular Q-learning, hand-made features",
    ),
)


def results() -> dict[str, dict[str, Any]]:
    """Return all results that have rows, by name."""
    loaded = {path.stem: json.loads(path.read_text()) for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    return {name: loaded[name] for name in sorted(loaded) if loaded[name].get("rows")}


def tables(found: dict[str, dict[str, Any]]) -> str:
    """Return the Markdown of all results: a heading for each section and each result, a table below."""
    named = {name for names in SECTIONS.values() for name in names}
    sections = {**SECTIONS, OTHERS: tuple(name for name in found if name not in named)}
    lines: list[str] = []
    for title, names in sections.items():
        present = [found[name] for name in names if name in found]
        if present:
            lines += [f"## {title}", ""]
        for result in present:
            lines += [f"### {result['title']}", "", f"`{result['command']}`", "", *_table(result["rows"]), ""]
    return "\n".join(lines).rstrip()


def headlines(found: dict[str, dict[str, Any]]) -> str:
    """Return the README's table: deep and classical beside each other."""
    lines = ["| what | deep [95 % interval] | classical |", "|---|---|---|"]
    for line in HEADLINES:
        row = _row(found, line.result, line.row)
        value = _row(found, line.result, line.classical_row)["value"] if line.classical_row else row["classical"]
        deep = f"{_number(row['value'], row['unit'])}{_interval(row)}"
        lines.append(f"| {line.what} | {deep} | {_number(value, row['unit'])} ({line.classical}) |")
    return "\n".join(lines)


def _row(found: dict[str, dict[str, Any]], result: str, what: str) -> dict[str, Any]:
    return next(row for row in found[result]["rows"] if row["what"] == what)


def _table(rows: list[dict[str, Any]]) -> list[str]:
    """The lines of one result's table; columns that no row fills are left out."""
    columns = {
        "what": [_what(row) for row in rows],
        "measured [95 % interval]": [_number(row["value"], row["unit"]) + _interval(row) for row in rows],
        "classical": [_number(row["classical"], row["unit"]) for row in rows],
        "aim": [row["aim"].replace(" ", UNBROKEN) for row in rows],
    }
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    lines = [_line(shown), "|---" * len(shown) + "|"]
    return lines + [_line(cells) for cells in zip(*shown.values(), strict=True)]


def _what(row: dict[str, Any]) -> str:
    note = row["note"]
    if note.startswith("(") and note.endswith(")"):
        note = note[1:-1]
    return f"{row['what']} ({note})" if note else str(row["what"])


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _interval(row: dict[str, Any]) -> str:
    return f" [{_bound(row, 'low')},{UNBROKEN}{_bound(row, 'high')}]" if row["low"] is not None else ""


def _bound(row: dict[str, Any], which: str) -> str:
    return _number(row[which], row["unit"] if row["unit"] == "dB" else "").removesuffix(" dB")


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "dB":
        return f"{value:.2f} dB"
    digits = f"{value:.3f}" if abs(value) < 2 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
    return f"{digits} {unit}".strip()


def scripts() -> str:
    """List the scripts with the first sentence of each."""
    paths = sorted(path for path in (ROOT / "benchmarks").glob("[a-z]*.py"))
    rows = [(f"[{path.name}]({path.name})", _first_sentence(path)) for path in paths]
    return "\n".join([_line(("script", "what it measures")), "|---|---|", *map(_line, rows)])


def _first_sentence(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def written(text: str, name: str, content: str) -> str:
    """Return `text` with what stands between the markers of that name replaced by `content`."""
    pattern = rf"(<!-- {name} -->\n).*?(\n<!-- end of {name} -->)"
    if not re.search(pattern, text, re.DOTALL):
        sys.exit(f"No markers <!-- {name} --> and <!-- end of {name} --> for the figures.")
    return re.sub(pattern, lambda match: match[1] + content + match[2], text, flags=re.DOTALL)


def pages() -> dict[Path, str]:
    """Return each file as the results and the scripts give it."""
    found, readme, page = results(), ROOT / "README.md", ROOT / "docs" / "results.md"
    index = ROOT / "benchmarks" / "README.md"
    return {
        index: written(index.read_text(encoding="utf-8"), "scripts", f"\n{scripts()}\n"),
        readme: written(readme.read_text(encoding="utf-8"), "headlines", headlines(found)),
        page: written(page.read_text(encoding="utf-8"), "results", f"\n{tables(found)}\n"),
    }


def main() -> None:
    """Rewrite the files in place."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
