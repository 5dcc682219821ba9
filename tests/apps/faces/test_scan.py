"""Scans: consent first, nothing read or counted twice, nothing lost by moves, edits, kills and odd files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from pippin.apps.faces.album import scan as scan_module
from pippin.apps.faces.album.database import album_path, open_album
from pippin.apps.faces.album.scan import scan_folder
from pippin.apps.faces.commands.boxes import draw_box, remove_box
from pippin.apps.faces.commands.listing import people
from pippin.apps.faces.commands.naming import confirm, name, revert
from pippin.apps.faces.commands.scanning import scan
from pippin.core.context import Context
from pippin.core.errors import PippinError

from .conftest import ColourReader, draw_photograph


def test_without_consent_nothing_is_read_or_kept(context: Context, folder: Path) -> None:
    with pytest.raises(PippinError, match="--consent"):
        scan(context, folder)
    assert not context.workspace.home.exists() or not album_path(context.workspace).exists()


def test_consent_holds_for_folders_below_and_no_others(context: Context, folder: Path, tmp_path: Path) -> None:
    scan(context, folder, consent=True)
    draw_photograph(folder / "below" / "new.png", [11])
    assert scan(context, folder / "below").payload["photographs"] == 1
    draw_photograph(tmp_path / "album2" / "other.png", [12])
    with pytest.raises(PippinError, match="--consent"):
        scan(context, tmp_path / "album2")


def test_a_scan_counts_photographs_faces_and_copies(context: Context, folder: Path) -> None:
    shutil.copy(folder / "01-1.png", folder / "copy.png")
    found = scan(context, folder, consent=True).payload
    assert (found["photographs"], found["faces"], found["copies"], found["read"]) == (52, 56, 1, 52)
    assert found["skipped"] == []


def test_nothing_new_reads_nothing(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    again = scan(context, folder).payload
    assert (again["read"], again["photographs"], again["faces"]) == (0, 52, 56)


def test_moved_photographs_keep_their_names(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    first = people(context).payload["people"][0]
    name(context, first["id"], "Ada")
    (folder / "moved").mkdir()
    for file in folder.glob("*.png"):
        file.rename(folder / "moved" / file.name)
    assert scan(context, folder).payload["read"] == 0
    ada = people(context).payload["people"][0]
    assert ada["name"] == "Ada"
    assert len(ada["faces"]) == len(first["faces"])
    assert all("moved" in face["photograph"] for face in ada["faces"])


def test_an_edited_photograph_keeps_the_names_of_its_faces(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    name(context, people(context).payload["people"][0]["id"], "Ada")
    count = len(people(context).payload["people"][0]["faces"])
    image = Image.open(folder / "01-1.png")
    image.putpixel((0, 0), (1, 2, 3))
    image.save(folder / "01-1.png")
    assert scan(context, folder).payload["read"] == 1
    assert len(people(context).payload["people"][0]["faces"]) == count


def test_a_photograph_that_is_gone_is_told_and_leaves_with_its_unnamed_faces(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    (folder / "10-5.png").unlink()
    found = scan(context, folder).payload
    assert (found["gone"], found["photographs"]) == (1, 51)
    with open_album(context.workspace) as album:
        assert album.execute("SELECT count(*) FROM faces").fetchone()[0] == 55


def test_other_networks_read_again_and_names_stay(context: Context, folder: Path, monkeypatch) -> None:
    scan(context, folder, consent=True)
    name(context, people(context).payload["people"][0]["id"], "Ada")
    before = people(context).payload["people"]
    monkeypatch.setattr(scan_module, "NETWORKS", "others/2")
    monkeypatch.setattr("pippin.apps.faces.album.photographs.NETWORKS", "others/2")
    assert scan(context, folder).payload["read"] == 52
    assert people(context).payload["people"] == before


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff\xe0 half", b"no image at all", bytes(range(256)) * 40],
    ids=["empty", "cut", "text", "noise"],
)
def test_an_odd_file_is_told_and_ends_no_scan(context: Context, folder: Path, content: bytes) -> None:
    (folder / "odd.jpg").write_bytes(content)
    found = scan(context, folder, consent=True).payload
    assert found["photographs"] == 52
    (skipped,) = found["skipped"]
    assert skipped["input"].endswith("odd.jpg")
    assert skipped["why"]
    assert scan(context, folder).payload["skipped"] == found["skipped"]


def test_a_name_that_is_no_text_is_told(context: Context, folder: Path) -> None:
    try:
        shutil.copy(folder / "01-1.png", os.fsdecode(os.fsencode(folder) + b"/a\xff.png"))
    except OSError:
        pytest.skip("this file system takes names of text alone")
    found = scan(context, folder, consent=True).payload
    assert found["photographs"] == 52
    assert "rename" in found["skipped"][0]["why"]


def test_an_error_of_a_library_is_one_photographs_error(context: Context, folder: Path, monkeypatch) -> None:
    right = scan_module.read_photograph

    def fail(file, reader):
        if file.path.name == "05-3.png":
            raise ZeroDivisionError("inside a library")
        return right(file, reader)

    monkeypatch.setattr(scan_module, "read_photograph", fail)
    found = scan(context, folder, consent=True).payload
    assert (found["photographs"], len(found["skipped"])) == (51, 1)


def test_a_folder_that_vanishes_is_a_sentence(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    name(context, people(context).payload["people"][0]["id"], "Ada")
    shutil.rmtree(folder)
    with pytest.raises(PippinError, match="Cannot read the folder"):
        scan(context, folder)
    assert people(context).payload["people"][0]["name"] == "Ada"


def test_photographs_that_vanish_in_mid_scan_are_left_out(context: Context, folder: Path, monkeypatch) -> None:
    right = scan_module.read_photograph

    def vanish(file, reader):
        reading = right(file, reader)
        for left in sorted(folder.glob("*.png"))[10:]:
            left.unlink()
        return reading

    monkeypatch.setattr(scan_module, "read_photograph", vanish)
    assert scan(context, folder, consent=True).payload["photographs"] == 10


def test_a_full_disk_is_a_sentence_and_keeps_what_was_read(context: Context, folder: Path, monkeypatch) -> None:
    scan(context, folder, consent=True)
    draw_photograph(folder / "new.png", [11])

    def fail(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(scan_module, "keep_reading", fail)
    with pytest.raises(PippinError, match="disk is full"):
        scan(context, folder)
    monkeypatch.undo()
    with open_album(context.workspace) as album:
        assert album.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_second_scan_waits_for_no_one(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    with context.workspace.lock("faces-scan"), pytest.raises(PippinError, match="Another scan is running"):
        scan(context, folder)


def test_only_the_owner_can_read_the_album(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    path = album_path(context.workspace)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


KILLED = """
import sys, time
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from tests.apps.faces.conftest import ColourReader
from pippin.apps.faces.album import scan as module
from pippin.core.workspace import Workspace
reader = ColourReader()
module.shared_reader = lambda: reader
right = module.read_photograph
def slowly(file, reader):
    time.sleep(0.02)
    print(file.path.name, flush=True)
    return right(file, reader)
module.read_photograph = slowly
module.scan_folder(Workspace(Path(sys.argv[1])), Path(sys.argv[2]), consent=True)
"""


def test_a_scan_that_is_killed_goes_on_and_counts_nothing_twice(context: Context, folder: Path) -> None:
    root = Path(__file__).parents[3]
    arguments = [sys.executable, "-c", KILLED, str(context.workspace.home), str(folder), str(root)]
    killed = subprocess.Popen(arguments, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)})
    assert killed.stdout
    for _ in range(15):
        assert killed.stdout.readline()
    killed.kill()
    killed.communicate()
    with open_album(context.workspace) as album:
        assert album.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        known = album.execute("SELECT count(*) FROM photographs").fetchone()[0]
    assert 13 <= known < 52
    found = scan_folder(context.workspace, folder)
    assert (found.read, found.photographs, found.faces) == (52 - known, 52, 56)


def test_a_changed_time_alone_reads_no_content_again(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    os.utime(folder / "01-1.png", (time.time(), time.time()))
    assert scan(context, folder).payload["read"] == 0


def test_another_face_in_the_same_place_is_not_the_same_person(context: Context, folder: Path) -> None:
    scan(context, folder, consent=True)
    first = people(context).payload["people"][0]
    name(context, first["id"], "Ada")
    draw_photograph(folder / "01-1.png", [9], 8)
    scan(context, folder)
    named = next(one for one in people(context).payload["people"] if one["name"] == "Ada")
    assert len(named["faces"]) == len(first["faces"]) - 1


def test_an_edit_keeps_drawn_and_removed_boxes_and_what_can_be_taken_back(
    context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = ColourReader()
    monkeypatch.setattr("pippin.apps.faces.commands.boxes.shared_reader", lambda: reader)
    scan(context, folder, consent=True)
    name(context, people(context).payload["people"][0]["id"], "Ada")
    drawn = draw_box(context, str(folder / "10-1.png"), x=0.0, y=0.0, width=0.2, height=0.05).payload["face"]
    confirm(context, drawn, person="Ada")
    removed = next(
        face["face"]
        for one in people(context).payload["people"]
        for face in one["faces"]
        if "10-2" in face["photograph"]
    )
    remove_box(context, removed)
    faces = len(people(context).payload["people"][0]["faces"])
    for path in (folder / "10-1.png", folder / "10-2.png"):
        image = Image.open(path)
        image.putpixel((0, 119), (1, 2, 3))
        image.save(path)
    assert scan(context, folder).payload["read"] == 2
    found = people(context, single=True).payload["people"]
    assert len(found[0]["faces"]) == faces
    assert not any("10-2" in face["photograph"] for one in found for face in one["faces"])
    for _ in range(4):
        revert(context)
    assert not any(one["name"] for one in people(context).payload["people"])


def test_photographs_of_one_name_sent_twice_are_two(context: Context, tmp_path: Path) -> None:
    for person, sending in ((1, "one"), (2, "two")):
        for look in (1, 2, 3):
            draw_photograph(context.workspace.home / "sent" / sending / f"IMG_{look}.png", [person], look)
        scan(context, context.workspace.home / "sent" / sending, consent=True)
        shutil.rmtree(context.workspace.home / "sent")
    assert [len(one["faces"]) for one in people(context).payload["people"]] == [3, 3]
    with pytest.raises(PippinError, match="No consent"):
        scan(context, draw_photograph(context.workspace.home / "sent" / "x" / "1.png", [3]).parent)
    assert not (context.workspace.home / "sent" / "x").exists()


def test_a_lock_is_told_as_a_lock(context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(context, folder, consent=True)
    right = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: right(path, timeout=0.1))
    holder = right(album_path(context.workspace))
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(PippinError, match="another process is using it"):
        name(context, "g1", "Ada")
    holder.close()
