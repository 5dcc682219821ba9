"""How many files of Pippin a command enters: the length of the walk for who reads along.

    python benchmarks/files_entered.py

It predicts one image of the sample a second time, in a process of its own, and counts the files whose functions run
(by a profile hook; class bodies at import do not count).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from _results import Row, write

import pippin

ROOT = Path(pippin.__file__).parent
SAMPLE = ROOT / "apps" / "recognize" / "sample" / "apple" / "rendered_1.png"
AIM = 20
HOOK = f"""
import json, sys
from pippin.cli import main
entered = set()
def note(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith({str(ROOT)!r}) and code.co_flags & 1:  # not a class or module
        entered.add((code.co_filename, code.co_qualname))
sys.argv = ["pippin", "recognize", sys.argv[1]]
sys.setprofile(note)
try:
    main()
finally:
    sys.setprofile(None)
    print(json.dumps(sorted(entered)), file=sys.stderr)
"""


def enter(home: str) -> list[tuple[str, str]]:
    """Return file and function of all that a prediction enters."""
    environment = {**os.environ, "PIPPIN_HOME": home}
    done = subprocess.run(
        [sys.executable, "-c", HOOK, str(SAMPLE)], capture_output=True, text=True, check=True, env=environment
    )
    return [(file, function) for file, function in json.loads(done.stderr.splitlines()[-1])]


def main() -> None:
    """Count files and functions, and write them down."""
    with tempfile.TemporaryDirectory() as home:
        enter(home)
        entered = enter(home)
    files = {file for file, _ in entered}
    for file in sorted(files):
        print(Path(file).relative_to(ROOT))
    rows = [
        Row("`pippin recognize IMAGE`: files entered", len(files), "files", aim=f"at most {AIM}"),
        Row("`pippin recognize IMAGE`: functions entered", len(entered), "functions"),
    ]
    write("files_entered", "The walk through the code", rows)


if __name__ == "__main__":
    main()
