"""The card of a model: what it was trained on and under which terms, how well it does, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def card(facts: Mapping[str, Any]) -> str:
    """Return README.md for an artifact, in the layout model hubs read (front matter, then Markdown)."""
    data = facts["data"]
    lines = [
        "---",
        "library_name: pippin",
        f"tags: [pippin, {facts['application']}]",
        "---",
        f"# {facts['application']} ({facts['variant']})",
        "",
        f"Trained on {data['name']}: {data['examples']:,} {data.get('unit', 'examples')}, "
        f"fingerprint `{data['fingerprint']}`. " + data.get("terms", "Terms: those of the data it was trained on."),
        *(f"\n{note}" for note in facts.get("about", ())),
        "",
        *_scores(facts),
        "## How it was made",
        "",
        "```",
        facts.get("command", ""),
        "```",
        "",
        *_requires(facts),
        "```json",
        json.dumps(
            {
                key: facts[key]
                for key in ("config", "seed", "threads", "framework", "versions", "history", "parent", "created")
                if key in facts
            },
            indent=2,
        ),
        "```",
        "",
    ]
    return "\n".join(lines)


def _scores(facts: Mapping[str, Any]) -> list[str]:
    if not facts.get("scores"):
        return []
    baseline = (facts.get("baseline") or {}).get("scores") or {}
    rows = [f"| {name} | {_score(score)} | {_score(baseline.get(name))} |" for name, score in facts["scores"].items()]
    title = (facts.get("baseline") or {}).get("name") or "no baseline"
    return [
        "## Scores",
        "",
        f"On examples it never saw ({facts.get('scored_on', 'the test part')}); 95 % intervals.",
        *(["Scored before the last fit: after that, the model was fitted on all rows."] if facts.get("refit") else []),
        "",
        f"| metric | this model | {title} |",
        "|---|---|---|",
        *rows,
        "",
    ]


def _score(score: Mapping[str, float] | None) -> str:
    return f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]" if score else "-"


def _requires(facts: Mapping[str, Any]) -> list[str]:
    return [
        f"Needs {need['package']} {need['version']} ({need['file']}, SHA-256 `{need['sha256']}`).\n"
        for need in facts.get("requires", ())
    ]
