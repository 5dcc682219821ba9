"""What was sent for a run: where it lies, and what caches keep of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pippin.core.derived import digests_below, forget_derived
from pippin.core.errors import PippinError, writing
from pippin.core.files import read_json, write_json
from pippin.core.run_record import Request
from pippin.learn.zip_files import unpacked

SENT, NOTE = "sent", "sent.json"


def sent_data(home: Path, folder: Path) -> Path | None:
    """Return the folder below `home` of what was sent for a run to learn from; None if it learns from others."""
    request = Request.read(folder)
    data = request.arguments.get("data") if request else None
    if isinstance(data, str):
        with suppress(ValueError, IndexError):
            return home / "data" / Path(data).relative_to(home / "data").parts[0]
    return None


def drop_sent(folder: Path) -> None:
    """Remove what was sent for a run that has ended; a note stays of which files caches may keep something."""
    sent = folder / SENT
    if not sent.is_dir():
        return
    zips = _unpacked_from([sent])
    write_json(
        folder / NOTE, {"digests": sorted(digests_below([sent, *zips])), "unpacked": [str(path) for path in zips]}
    )
    shutil.rmtree(sent, ignore_errors=True)


def forget_sent(home: Path, folder: Path, data: Iterable[Path]) -> None:
    """Remove from caches what was made of what was sent for a run, and of `data`.

    Zip files that another run reads stay unpacked.
    """
    digests, zips = _noted(folder)
    own = [folder / SENT, *data]
    zips = {*zips, *_unpacked_from(own)}
    others = (one for one in folder.parent.glob("*/") if one != folder)
    kept = [path for one in others for path in (one / SENT, sent_data(home, one)) if path and path not in own]
    zips -= set(_unpacked_from(kept))
    forget_derived({*digests, *digests_below([*own, *zips])})
    for path in zips:
        with writing(path):
            shutil.rmtree(path, ignore_errors=True)


def digests_sent(folder: Path) -> set[str]:
    """Return the digests of what was sent for a run, of files that are gone already too."""
    return {*_noted(folder)[0], *digests_below([folder / SENT])}


def _noted(folder: Path) -> tuple[set[str], set[Path]]:
    with suppress(PippinError, KeyError, TypeError):
        note = read_json(folder / NOTE)
        return set(note["digests"]), {path for text in note["unpacked"] if (path := Path(text)).is_dir()}
    return set(), set()


def _unpacked_from(paths: Iterable[Path]) -> list[Path]:
    """Return the folders into which zip files below these paths are unpacked."""
    files = (file for path in paths for file in (path, *path.rglob("*")) if file.is_file())
    return [folder for file in files if (folder := unpacked(file)) is not None]
