"""What a person says of faces counts at once, exactly, can be taken back, and is gone when it is forgotten."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pippin.apps.faces.album.database import album_path, open_album
from pippin.apps.faces.commands.boxes import draw_box, move_box
from pippin.apps.faces.commands.forgetting import forget
from pippin.apps.faces.commands.listing import people, search, suggest
from pippin.apps.faces.commands.naming import (
    confirm,
    hide,
    merge,
    name,
    never_suggest,
    reject,
    revert,
    split,
    unmerge,
)
from pippin.apps.faces.commands.page import person as show_person
from pippin.apps.faces.commands.page import photograph, thumbnails
from pippin.apps.faces.commands.privacy import stored, takeout
from pippin.apps.faces.commands.scanning import scan
from pippin.core.context import Context
from pippin.core.errors import PippinError

from .conftest import ColourReader, draw_photograph, vector_of


@pytest.fixture
def album(context: Context, folder: Path) -> Context:
    """The ten people, scanned."""
    scan(context, folder, consent=True)
    return context


def entries(context: Context) -> dict[str | None, dict]:
    return {entry["name"] or entry["id"]: entry for entry in people(context).payload["people"]}


def group_of(context: Context, person: int) -> str:
    """The group that holds a person's first photograph."""
    return next(
        entry["id"]
        for entry in people(context).payload["people"]
        if any(Path(face["photograph"]).name == f"{person:02d}-1.png" for face in entry["faces"])
    )


def face_in(context: Context, entry: str, photo: str) -> str:
    faces = entries(context)[entry]["faces"]
    return next(face["face"] for face in faces if Path(face["photograph"]).name == photo)


def test_groups_are_people_the_largest_first(album: Context) -> None:
    found = people(album).payload["people"]
    assert [len(entry["faces"]) for entry in found] == [7, 7, 6, 6, 5, 5, 5, 5, 5, 5]
    assert all(entry["name"] is None and entry["id"].startswith("g") for entry in found)
    assert not any(face["confirmed"] for entry in found for face in entry["faces"])


def test_three_of_ten_are_named_split_rejected_forgotten_and_counted(album: Context, folder: Path) -> None:
    for person, who in ((1, "Ada"), (2, "Bo"), (3, "Cy")):
        name(album, group_of(album, person), who)
    named = entries(album)
    assert [len(named[who]["faces"]) for who in ("Ada", "Bo", "Cy")] == [7, 7, 6]
    assert len([entry for entry in named.values() if entry["name"] is None]) == 7

    reject(album, face_in(album, "Ada", "01-5.png"))
    assert len(entries(album)["Ada"]["faces"]) == 6
    assert suggest(album).payload["suggestions"] == []  # it was rejected

    taken = split(album, "Bo", face_in(album, "Bo", "02-1.png")).payload["faces"]
    assert len(taken) == 1
    assert len(entries(album)["Bo"]["faces"]) == 6

    draw_photograph(folder / "new.png", [1, 2, 5], 9)
    scan(album, folder)
    found = suggest(album).payload["suggestions"]
    assert sorted(one["person"] for one in found) == ["Ada", "Bo"]
    confirm(album, *(one["face"] for one in found))
    assert [len(entries(album)[who]["faces"]) for who in ("Ada", "Bo")] == [7, 7]

    forget(album, "Ada", yes=True)
    left = entries(album)
    assert "Ada" not in left
    assert len(left["Bo"]["faces"]) == 7
    assert len(left["Cy"]["faces"]) == 6
    assert scan(album, folder).payload["read"] == 0
    assert "Ada" not in entries(album)


def test_answers_count_at_once(album: Context, folder: Path) -> None:
    ada = group_of(album, 1)
    name(album, ada, "Ada")
    draw_photograph(folder / "new.png", [1], 9)
    scan(album, folder)
    (suggestion,) = suggest(album).payload["suggestions"]
    assert suggestion["person"] == "Ada"
    assert suggestion["confidence"] > 0.5
    reject(album, suggestion["face"])
    assert suggest(album).payload["suggestions"] == []
    revert(album)
    assert suggest(album).payload["suggestions"] == [suggestion]
    confirm(album, suggestion["face"])
    assert suggest(album).payload["suggestions"] == []
    assert len(entries(album)["Ada"]["faces"]) == 8


def test_merge_and_unmerge_restore_both(album: Context) -> None:
    name(album, group_of(album, 5), "Eve")
    name(album, group_of(album, 6), "Fay")
    before = entries(album)
    merge(album, "Eve", "Fay")
    assert len(entries(album)["Eve"]["faces"]) == 10
    assert "Fay" not in entries(album)
    unmerge(album, "Eve")
    assert entries(album) == before
    with pytest.raises(PippinError, match="No other person was merged"):
        unmerge(album, "Eve")


def test_a_person_is_once_in_a_photograph(album: Context) -> None:
    name(album, group_of(album, 1), "Ada")
    name(album, group_of(album, 2), "Bo")
    with pytest.raises(PippinError, match="a person is in it once"):
        merge(album, "Ada", "Bo")
    with pytest.raises(PippinError, match="a person is in it once"):
        confirm(album, face_in(album, "Bo", "together-1.png"), person="Ada")


def test_a_group_named_like_a_person_becomes_theirs(album: Context) -> None:
    name(album, group_of(album, 5), "Eve")
    name(album, group_of(album, 6), "eve")
    assert len(entries(album)["Eve"]["faces"]) == 10


def test_every_change_can_be_taken_back(album: Context) -> None:
    states = [entries(album)]
    name(album, group_of(album, 1), "Ada")
    states.append(entries(album))
    name(album, "Ada", "Adele")
    states.append(entries(album))
    reject(album, face_in(album, "Adele", "01-1.png"))
    states.append(entries(album))
    split(album, "Adele", face_in(album, "Adele", "01-2.png"))
    states.append(entries(album))
    merge(album, "Adele", group_of(album, 7))
    states.append(entries(album))
    hide(album, "Adele")
    states.append(entries(album))
    never_suggest(album, "Adele")
    for state in reversed(states):
        revert(album)
        assert entries(album) == state
    with pytest.raises(PippinError, match="Nothing is left"):
        revert(album)


def test_a_split_group_stays_apart(album: Context, folder: Path) -> None:
    group = group_of(album, 8)
    face = face_in(album, group, "08-5.png")
    split(album, group, face)
    scan(album, folder)
    assert len(entries(album)[group_of(album, 8)]["faces"]) == 4


def test_who_is_never_suggested_stays_so_through_scans(album: Context, folder: Path) -> None:
    name(album, group_of(album, 1), "Ada")
    never_suggest(album, "Ada")
    draw_photograph(folder / "new.png", [1], 9)
    scan(album, folder)
    assert suggest(album).payload["suggestions"] == []
    never_suggest(album, "Ada", again=True)
    assert len(suggest(album).payload["suggestions"]) == 1


def test_weak_faces_are_shown_but_not_learned_from(context: Context, folder: Path) -> None:
    draw_photograph(folder / "weak.png", [12], 230)
    scan(context, folder, consent=True)
    found = people(context, single=True).payload
    assert found["faces_not_compared"] == 1
    assert all(Path(face["photograph"]).name != "weak.png" for entry in found["people"] for face in entry["faces"])


def test_search_finds_photographs_of_all_named(album: Context) -> None:
    for person, who in ((1, "Ada"), (2, "Bo"), (4, "Di")):
        name(album, group_of(album, person), who)
    found = [Path(one["photograph"]).name for one in search(album, "Ada and Bo").payload["photographs"]]
    assert found == ["together-1.png", "together-2.png"]
    assert [Path(one["photograph"]).name for one in search(album, "Ada, Di").payload["photographs"]] == [
        "together-2.png"
    ]
    assert search(album, "Ada 1999").payload["photographs"] == []


def test_forget_leaves_no_trace_in_any_file(album: Context, tmp_path: Path) -> None:
    name(album, group_of(album, 1), "Ada Lovelace-Quux")
    reject(album, face_in(album, "Ada Lovelace-Quux", "01-5.png"))
    vectors = [vector_of(1, look).astype("<f4").tobytes() for look in (1, 2, 3, 4, 6, 7)]
    assert _files_with(tmp_path / "home", [b"Ada Lovelace-Quux", *vectors])
    preview = forget(album, "Ada Lovelace-Quux")
    assert preview.payload["forgotten"] is False
    assert "Ada Lovelace-Quux" in entries(album)
    forget(album, "Ada Lovelace-Quux", yes=True)
    assert _files_with(tmp_path / "home", [b"Ada Lovelace-Quux", *vectors]) == []
    with open_album(album.workspace) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def _files_with(folder: Path, marks: list[bytes]) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(mark in path.read_bytes() for mark in marks)]


NAMING = """
import sys
from pathlib import Path
from pippin.apps.faces.commands.listing import people
from pippin.apps.faces.commands.naming import name
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context
from pippin.apps.faces import application
context = open_context(application, Workspace(Path(sys.argv[1])))
for number, entry in enumerate(people(context).payload["people"]):
    name(context, entry["id"], f"Person {number}")
    print(f"Person {number}", flush=True)
"""


def test_names_that_were_acknowledged_survive_a_kill(album: Context) -> None:
    arguments = [sys.executable, "-c", NAMING, str(album.workspace.home)]
    killed = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert killed.stdout
    acknowledged = [killed.stdout.readline().strip() for _ in range(4)]
    killed.kill()
    rest, _ = killed.communicate()
    acknowledged += [line for line in rest.splitlines() if line.startswith("Person ")]
    with open_album(album.workspace) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    found = entries(album)
    assert set(acknowledged) <= found.keys()
    assert sum(len(entry["faces"]) for entry in found.values()) == 56


def test_forget_takes_what_was_taught_and_trained_too(
    album: Context, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pippin.apps.faces.photograph_inputs.shared_reader", ColourReader)
    for person in (1, 2, 3):
        for look in range(10, 18):
            draw_photograph(tmp_path / "people" / f"Quuxine {person}" / f"{look}.png", [person], look)
    album.run("train", str(tmp_path / "people"))
    album.run("teach", str(tmp_path / "people" / "Quuxine 2" / "11.png"), "Quuxine 1")
    assert _files_with(tmp_path / "home", [b"Quuxine 1", vector_of(1, 12).tobytes()])
    name(album, group_of(album, 1), "Quuxine 1")
    forgotten = forget(album, "Quuxine 1", yes=True).payload
    assert forgotten["corrections"] == 1
    assert forgotten["models"]
    assert _files_with(tmp_path / "home", [b"Quuxine 1", vector_of(1, 12).tobytes()]) == []


def test_takeout_writes_what_is_kept_and_no_folder_twice(album: Context, tmp_path: Path) -> None:
    name(album, group_of(album, 1), "Ada")
    takeout(album, tmp_path / "out")
    content = json.loads((tmp_path / "out" / "album.json").read_text())
    assert len(content["vectors"]) == 56
    assert len(content["photographs"]) == 52
    assert next(one for one in content["people"] if one["name"] == "Ada")["faces"]
    assert len(list((tmp_path / "out" / "faces").glob("*.jpg"))) == 56
    with pytest.raises(PippinError, match="there already"):
        takeout(album, tmp_path / "out")


def test_stored_tells_folders_and_withdraws_consent(album: Context, folder: Path) -> None:
    name(album, group_of(album, 1), "Ada")
    found = stored(album).payload
    assert found["counts"]["faces"] == 56
    assert found["folders"][0]["folder"] == str(folder)
    left = stored(album, withdraw=str(folder)).payload
    assert (left["counts"]["faces"], left["counts"]["people"], left["folders"]) == (0, 0, [])
    with pytest.raises(PippinError, match="--consent"):
        scan(album, folder)


def test_erase_takes_the_album_away(album: Context) -> None:
    album.run("erase", yes=True)
    assert not album_path(album.workspace).exists()
    with pytest.raises(PippinError, match="album is empty"):
        people(album)


@pytest.mark.parametrize("bad", ["", "   ", "x" * 10_000, "a\x00b", "p3", "g17"])
def test_what_is_no_name_is_refused_and_leaves_nothing(album: Context, bad: str) -> None:
    with pytest.raises(PippinError):
        name(album, group_of(album, 1), bad)
    assert stored(album).payload["counts"]["people"] == 0


@pytest.mark.parametrize("bad", ["f999999", "12", "", "x" * 300, "f"])
def test_what_is_no_face_is_refused(album: Context, bad: str) -> None:
    with pytest.raises(PippinError, match="There is no face"):
        confirm(album, bad)


def test_the_page_gets_a_photograph_with_boxes_and_a_person_in_time(album: Context) -> None:
    name(album, group_of(album, 1), "Ada")
    face = face_in(album, "Ada", "together-1.png")
    shown = photograph(album, face)
    assert len(shown.payload["faces"]) == 3
    assert shown.figures[0].content[:3] == b"\xff\xd8\xff"
    assert [one["person"] for one in shown.payload["faces"]].count("Ada") == 1
    assert len(show_person(album, "p1").payload["person"]["faces"]) == 7
    assert len(thumbnails(album, face, face).figures) == 2


def test_withdrawing_one_folder_leaves_what_was_said_of_others(context: Context, folder: Path, tmp_path: Path) -> None:
    for look in (11, 12, 13):
        draw_photograph(tmp_path / "other" / f"{look}.png", [11], look)
    scan(context, folder, consent=True)
    scan(context, tmp_path / "other", consent=True)
    name(context, group_of(context, 1), "Ada")
    name(context, next(one["id"] for one in people(context).payload["people"] if "11.png" in str(one["faces"])), "Cem")
    never_suggest(context, "Cem")
    merge(context, "Ada", "Cem")
    stored(context, withdraw=f"{folder}/")
    assert len(entries(context)["Ada"]["faces"]) == 3
    unmerge(context, "Ada")
    assert entries(context)["Cem"]["never_suggest"]


def test_forgetting_who_is_never_suggested_takes_all_their_faces(album: Context, folder: Path) -> None:
    name(album, group_of(album, 8), "Kim")
    split(album, "Kim", face_in(album, "Kim", "08-1.png"))
    revert(album)
    for look in (2, 3, 4, 5):
        reject(album, face_in(album, "Kim", f"08-{look}.png"))
        revert(album)
    never_suggest(album, "Kim")
    draw_photograph(folder / "new.png", [8], 9)
    scan(album, folder)
    assert forget(album, "Kim", yes=True).payload["faces"] == 6
    assert not any("new.png" in str(one["faces"]) for one in people(album, single=True).payload["people"])


def test_a_forgotten_face_stays_away_when_its_photograph_is_edited(album: Context, folder: Path) -> None:
    name(album, group_of(album, 8), "Kim")
    forget(album, "Kim", yes=True)
    for path in folder.glob("08-*.png"):
        image = Image.open(path)
        image.putpixel((0, 0), (3, 2, 1))
        image.save(path)
    assert scan(album, folder).payload["read"] == 5
    assert not any("08-" in str(one["faces"]) for one in people(album, single=True).payload["people"])


def test_a_short_name_takes_no_other_models_along(
    album: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pippin.apps.faces.photograph_inputs.shared_reader", ColourReader)
    for person in (1, 2):
        for look in range(10, 16):
            draw_photograph(tmp_path / "people" / f"Person {person}" / f"{look}.png", [person], look)
    album.run("train", str(tmp_path / "people"))
    name(album, group_of(album, 8), "e")
    assert forget(album, "e", yes=True).payload["models"] == []


def test_a_name_with_and_in_it_is_searched_whole(album: Context) -> None:
    name(album, group_of(album, 1), "Tom and Jerry")
    assert len(search(album, "Tom and Jerry").payload["photographs"]) == 7


def test_a_box_that_was_moved_or_drawn_is_taken_back(
    album: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = ColourReader()
    monkeypatch.setattr("pippin.apps.faces.commands.boxes.shared_reader", lambda: reader)
    before = entries(album)
    draw_box(album, str(folder / "01-1.png"), x=0.0, y=0.0, width=0.2, height=0.2)
    move_box(album, "f1", x=0.5, y=0.5, width=0.2, height=0.2)
    assert entries(album) != before
    revert(album)
    revert(album)
    assert entries(album) == before


def test_what_is_reverted_takes_its_entry_of_the_log_back(album: Context) -> None:
    from pippin.lessons.events import read_events
    from pippin.verbs.activity import log

    def run(command, *arguments: object) -> None:
        log(command(album, *arguments), album.application, command.__name__, album.workspace)

    def done() -> list[str]:
        return [event.verb for event in read_events(album.workspace) if event.verb != "revert"]

    run(name, group_of(album, 1), "Ada")
    run(name, group_of(album, 2), "Bob")
    assert done() == ["name", "name"]
    run(revert)
    assert done() == ["name"]
    run(name, group_of(album, 2), "Bea")
    run(reject, face_in(album, "Bea", "02-1.png"))
    assert done() == ["name", "name", "reject"]
    for left in (["name", "name"], ["name"], []):
        run(revert)
        assert done() == left
    facts = [entry.facts for entry in album.workspace.activity.entries()]
    assert not any(word in json.dumps(facts) for word in ("Ada", "Bob", "Bea"))
