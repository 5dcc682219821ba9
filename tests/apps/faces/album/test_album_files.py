"""Which files of a folder are photographs of an album, and each shot once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pippin.apps.faces.album import album_files
from pippin.apps.faces.album.album_files import MARKER, AlbumFile, list_album_files
from pippin.core.data import Skipped
from pippin.core.errors import PippinError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names_in(folder: Path) -> list[str]:
    return [file.path.relative_to(folder).as_posix() for file in list_album_files(folder)]


def originals_in(folder: Path) -> dict[str, str | None]:
    return {file.path.name: file.original and file.original.name for file in list_album_files(folder)}


def test_kinds_are_told_by_the_ending_in_any_case(tmp_path: Path) -> None:
    touch(
        tmp_path, "a.JPG", "b.jpeg", "c.png", "d.webp", "e.HEIC", "f.heif", "g.tif", "h.NEF", "notes.txt", "a.xmp", "j"
    )
    assert list(list_album_files(tmp_path)) == [
        *(AlbumFile(tmp_path / name, "image") for name in ("a.JPG", "b.jpeg", "c.png", "d.webp", "e.HEIC", "f.heif")),
        AlbumFile(tmp_path / "g.tif", "image"),
        AlbumFile(tmp_path / "h.NEF", "raw"),
    ]


def test_folders_below_are_entered_and_hidden_ones_are_not(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "2024/May/a.jpg",
        ".trash/b.jpg",
        "@eaDir/c.jpg",
        "2024/.d.jpg",
        "Previews.lrdata/e.jpg",
        "f.jpg/g.jpg",
    )
    assert names_in(tmp_path) == ["2024/May/a.jpg", "f.jpg/g.jpg"]


def test_of_a_library_of_apple_only_the_originals_are_photographs(tmp_path: Path) -> None:
    touch(tmp_path, "My.photoslibrary/originals/0/a.heic", "My.photoslibrary/resources/derivatives/a.jpg")
    assert names_in(tmp_path) == ["My.photoslibrary/originals/0/a.heic"]


@pytest.mark.parametrize(
    ("original", "edited"),
    [
        ("IMG_1.jpg", "IMG_1-edited.jpg"),
        ("IMG_1.HEIC", "IMG_1-edited.JPG"),
        ("IMG_1(2).jpg", "IMG_1-edited(2).jpg"),
        ("Übung.jpg", "Übung-bearbeitet.jpg"),
        ("IMG_1234.HEIC", "IMG_E1234.JPG"),
        ("IMG_1234.HEIC", "IMG_1234_edited.jpeg"),
        ("a_name_as_long_as_those_that_google_cuts_off.jpg", "a_name_as_long_as_those_that_google_cuts_off-edi.jpg"),
        ("DSC_1.NEF", "DSC_1.JPG"),
        ("DSC_1.NEF", "DSC_1-edited.JPG"),
    ],
)
def test_an_edited_copy_stands_for_its_original(tmp_path: Path, original: str, edited: str) -> None:
    touch(tmp_path, original, edited)
    assert originals_in(tmp_path) == {edited: original}


@pytest.mark.parametrize(
    "names",
    [("IMG_1-edited.jpg",), ("IMG_E1234.JPG", "IMG_1235.JPG"), ("credited.jpg", "cr.jpg"), ("a.jpg", "a(1).jpg")],
)
def test_what_only_looks_like_a_copy_is_a_photograph(tmp_path: Path, names: tuple[str, ...]) -> None:
    touch(tmp_path, *names)
    assert originals_in(tmp_path) == dict.fromkeys(names)


def test_copies_are_looked_for_in_their_own_folder(tmp_path: Path) -> None:
    touch(tmp_path, "one/IMG_1.jpg", "two/IMG_1-edited.jpg")
    assert len(names_in(tmp_path)) == 2


def test_a_raw_photograph_an_edited_jpeg_and_the_camera_s_count_once(tmp_path: Path) -> None:
    touch(tmp_path, "DSC_1.NEF", "DSC_1.JPG", "DSC_1-edited.JPG")
    assert originals_in(tmp_path) == {"DSC_1-edited.JPG": "DSC_1.JPG"}


def test_a_live_photo_counts_once(tmp_path: Path) -> None:
    pytest.importorskip("av")
    touch(
        tmp_path,
        "IMG_1.HEIC",
        "IMG_1.MOV",
        "IMG_2.heic",
        "IMG_2_HEVC.mov",
        "IMG_3.JPG",
        "IMG_3.mp4",
        "IMG_4.MOV",
        "IMG_1.AAE",
    )
    assert names_in(tmp_path) == ["IMG_1.HEIC", "IMG_2.heic", "IMG_3.JPG", "IMG_4.MOV"]


def test_a_long_video_with_a_photograph_s_name_is_another_shot(tmp_path: Path) -> None:
    pytest.importorskip("av")
    touch(tmp_path, "C1.JPG", "C1.MP4")
    os.truncate(tmp_path / "C1.MP4", 200_000_000)
    assert names_in(tmp_path) == ["C1.JPG", "C1.MP4"]


def test_videos_are_left_out_without_pyav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.mov")
    monkeypatch.setattr(album_files, "find_spec", lambda name: None)
    assert names_in(tmp_path) == []


def test_links_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path, "album/a.jpg", "elsewhere/b.jpg")
    album = tmp_path / "album"
    (album / "loop").symlink_to(album)
    (album / "up").symlink_to(tmp_path)
    (album / "other").symlink_to(tmp_path / "elsewhere")
    (album / "gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    assert sorted(Path(name).name for name in names_in(album)) == ["a.jpg", "b.jpg", "gone.jpg"]


def test_what_pippin_wrote_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "workspace"))
    touch(tmp_path, "a.jpg", "workspace/thumbnails/b.jpg", f"takeout/{MARKER}", "takeout/c.jpg", "no/d.jpg")
    found = [file.path.name for file in list_album_files(tmp_path, leave_out=[tmp_path / "no"])]
    assert found == ["a.jpg"]


def test_a_folder_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    for path in (tmp_path / "missing", tmp_path / "a.jpg", tmp_path / "nul\0"):
        with pytest.raises(PippinError, match=r"^Cannot read the folder .*give a folder with photographs\.$"):
            list(list_album_files(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_locked_folder_below_is_noted_and_ends_nothing(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "locked/b.jpg")
    (tmp_path / "locked").chmod(0)
    skipped = list[Skipped]()
    try:
        assert [file.path.name for file in list_album_files(tmp_path, skipped)] == ["a.jpg"]
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert [left.name for left in skipped] == [str(tmp_path / "locked")]


def test_a_name_that_is_no_text_is_listed(tmp_path: Path) -> None:
    touch(tmp_path, os.fsdecode(b"caf\xe9.jpg"))
    assert len(names_in(tmp_path)) == 1
