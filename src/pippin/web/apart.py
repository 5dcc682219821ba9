"""Commands that last, each in a process of its own: it can be ended, and takes no time from others' answers."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json
from pippin.core.workspace import Workspace
from pippin.verbs.runs import places

LONGEST = 2 * 3600.0  # seconds


async def carried_out(space: Workspace, order: dict[str, Any], folder: Path, kept: Path) -> dict[str, Any]:
    """Have another process carry out an order; it is ended when whoever waits for it goes away."""
    write_json(folder / "order.json", {**order, "kept": str(kept)})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "pippin.web.apart",
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, **places(space)},
    )
    try:
        await asyncio.wait_for(process.wait(), LONGEST)
    except TimeoutError as problem:
        raise PippinError("This took more than two hours; ask for less.") from problem
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    done: dict[str, Any] = read_json(folder / "done.json")
    if "error" in done:
        raise PippinError(done["error"])
    return done


def main(folder: Path) -> None:
    """Carry out the order that lies in a folder, and write what came of it beside it."""
    from pippin.core import registry
    from pippin.verbs.commands import command
    from pippin.web.answers import answer
    from pippin.web.kept import Kept

    order = read_json(folder / "order.json")
    out, kept = Path(order["out"]), Kept(Path(order["kept"]))
    values = {
        name: Path(v["path"]) if isinstance(v, dict) and "path" in v else v for name, v in order["values"].items()
    }
    try:
        report = command(registry.get(order["application"]), order["command"])(values)
        write_json(folder / "done.json", answer(report, kept, out, order["hidden"]))
    except PippinError as problem:
        write_json(folder / "done.json", {"error": problem.message})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
