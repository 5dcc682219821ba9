"""Record how far games can be won at all, for the studio's tests: python tests/apps/flappy/record_reach.py"""

from __future__ import annotations

import json
from pathlib import Path

from pippin.apps.flappy.reachability import reachable_pipes
from pippin.apps.flappy.rules import Rules

OUT = Path(__file__).parents[3] / "studio/src/apps/flappy/reach.json"
CASES = ((1.0, 100, 4.0, 3, 8), (0.7, 90, 4.0, 3, 8), (1.5, 70, 4.0, 3, 8), (1.3, 75, 5.0, 6, 8), (1.0, 60, 4.0, 3, 6))


def main() -> None:
    """Write the pipes that can be reached in three games of each case."""
    cases = []
    for gravity, gap, speed, skip, pipes in CASES:
        reached = [reachable_pipes(Rules(gravity, gap, speed), skip, 1, pipes, seed) for seed in range(3)]
        cases.append({"gravity": gravity, "gap": gap, "speed": speed, "skip": skip, "pipes": pipes, "reached": reached})
    OUT.write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
    print(OUT.read_text())


if __name__ == "__main__":
    main()
