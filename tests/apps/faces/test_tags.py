"""Names beside and in photographs are read back, by other programs too, and gone when a person is forgotten."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pippin.apps.faces.commands.forgetting import forget
from pippin.apps.faces.commands.listing import people
from pippin.apps.faces.commands.naming import name, reject, revert
from pippin.apps.faces.commands.scanning import scan
from pippin.apps.faces.commands.tags import read_tags, write_tags
from pippin.apps.faces.metadata import read_regions
from pippin.apps.faces.people import import_tags
from pippin.core.context import Context
from pippin.core.workspace import Workspace

from .conftest import ColourReader, draw_photograph


@pytest.fixture
def named(context: Context, folder: Path) -> Context:
    """An album in which the two people of most photographs have a name."""
    scan(context, folder, consent=True)
    for who, entry in zip(("Ada & Söhne", "Bo"), people(context).payload["people"], strict=False):
        name(context, entry["id"], who)
    return context


def elsewhere(context: Context, folder: Path) -> Context:
    """The same photographs in an album without names."""
    other = Context(context.application, Workspace(folder.parent / "other"), context.verbs)
    scan(other, folder, consent=True)
    return other


def names(context: Context) -> dict[str | None, int]:
    return {one["name"]: len(one["faces"]) for one in people(context).payload["people"] if one["name"]}


def test_sidecars_bring_names_into_another_album(named: Context, folder: Path) -> None:
    before = (folder / "together-1.png").read_bytes()
    assert len(write_tags(named).payload["written"]) == 12
    assert (folder / "together-1.png").read_bytes() == before
    other = elsewhere(named, folder)
    found = read_tags(other).payload
    assert (found["names"], found["faces"], found["drawn"], found["skipped"]) == (2, 14, 0, [])
    assert names(other) == names(named) == {"Ada & Söhne": 7, "Bo": 7}
    assert read_tags(other).payload["kept"] == 14
    revert(other)
    assert names(other) == {}


def test_other_programs_read_them(named: Context, folder: Path) -> None:
    if not shutil.which("exiftool"):
        pytest.skip("exiftool is not installed")
    write_tags(named)
    told = subprocess.run(
        ["exiftool", "-j", "-struct", "-RegionInfo", str(folder / "together-1.png.xmp")],
        capture_output=True,
        check=True,
    )
    regions = json.loads(told.stdout)[0]["RegionInfo"]["RegionList"]
    assert sorted(region["Name"] for region in regions) == ["Ada & Söhne", "Bo"]
    assert sorted(round(float(region["Area"]["X"]), 2) for region in regions) == [0.17, 0.5]


def test_into_the_file_itself_on_request_alone(named: Context, folder: Path) -> None:
    write_tags(named, embed=True)
    assert not list(folder.glob("*.xmp"))
    assert {region.name for region in read_regions(folder / "together-1.png")} == {"Ada & Söhne", "Bo"}
    scan(named, folder)
    assert names(named) == {"Ada & Söhne": 7, "Bo": 7}


def test_forget_takes_names_out_of_sidecars(named: Context, folder: Path) -> None:
    write_tags(named)
    forget(named, "Ada & Söhne", yes=True)
    assert not [path for path in folder.rglob("*") if path.is_file() and "Söhne".encode() in path.read_bytes()]
    assert {region.name for region in read_regions(folder / "together-1.png")} == {"Bo"}


def test_a_sidecar_that_is_no_xml_is_told_and_stays(named: Context, folder: Path) -> None:
    (folder / "together-1.png.xmp").write_text("no XML at all")
    found = write_tags(named).payload
    (skipped,) = found["skipped"]
    assert skipped["input"].endswith("together-1.png")
    assert len(found["written"]) == 11
    assert (folder / "together-1.png.xmp").read_text() == "no XML at all"
    assert len(read_tags(named).payload["skipped"]) == 1


def test_a_name_where_no_face_was_found_marks_one(context: Context, folder: Path, monkeypatch) -> None:
    from pippin.apps.faces.metadata import Region, write_sidecar

    draw_photograph(folder / "empty.png", [])
    write_sidecar(folder / "empty.png", [Region("Zoe", 0.5, 0.5, 0.4, 0.6)])
    scan(context, folder, consent=True)
    monkeypatch.setattr(import_tags, "shared_reader", ColourReader)
    found = read_tags(context).payload
    assert (found["names"], found["drawn"]) == (1, 1)
    assert names(context) == {"Zoe": 1}


def test_names_that_no_longer_hold_are_taken_out(named: Context, folder: Path) -> None:
    write_tags(named)
    name(named, "Bo", "Bob")
    write_tags(named)
    assert {region.name for region in read_regions(folder / "together-1.png")} == {"Ada & Söhne", "Bob"}
    forget(named, "Bob", yes=True)
    assert not [path for path in folder.rglob("*.xmp") if b"Bo" in path.read_bytes()]


def test_forget_finds_names_beside_photographs_that_moved(named: Context, folder: Path) -> None:
    write_tags(named)
    moved = folder.rename(folder.with_name("moved"))
    scan(named, moved, consent=True)
    forget(named, "Ada & Söhne", yes=True)
    assert not [path for path in moved.rglob("*.xmp") if "Söhne" in path.read_text()]


def test_a_no_of_yours_stands_against_tags(named: Context, folder: Path) -> None:
    write_tags(named)
    face = next(
        face["face"]
        for one in people(named).payload["people"]
        for face in one["faces"]
        if one["name"] == "Bo" and "together-1" in face["photograph"]
    )
    reject(named, face)
    assert read_tags(named).payload["faces"] == 0
    assert names(named)["Bo"] == 6


def test_tags_put_a_person_into_a_photograph_once(context: Context, folder: Path) -> None:
    from pippin.apps.faces.metadata import Region, write_sidecar

    thirds = [Region("Ada", (place + 0.5) / 3, 0.5, 1 / 3, 0.8) for place in range(3)]
    write_sidecar(folder / "together-1.png", thirds)
    scan(context, folder, consent=True)
    found = read_tags(context).payload
    assert (found["faces"], found["kept"]) == (1, 2)
