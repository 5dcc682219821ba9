"""Public data sets: listed, fetched from a stand-in on this machine, checked and unpacked."""

from __future__ import annotations

import functools
import hashlib
import http.server
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from pippin.core import registry
from pippin.core.application_parts import PublicDataset
from pippin.core.errors import PippinError
from pippin.verbs.datasets import data, fetched

pytest.importorskip("pooch")


@pytest.fixture
def served(tmp_path):
    """A set of one archive on a server of this machine."""
    folder = tmp_path / "served"
    folder.mkdir()
    with zipfile.ZipFile(folder / "s1.zip", "w") as archive:
        archive.writestr("s1/bbaf2n.mpg", b"video")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.RequestHandlerClass.log_message = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    digest = hashlib.md5((folder / "s1.zip").read_bytes()).hexdigest()
    base = f"http://127.0.0.1:{server.server_port}/"
    known = PublicDataset(
        "small", "one clip", base, "ours", "1 kB", base, ("s1.zip",), "train FOLDER", {"s1.zip": f"md5:{digest}"}
    )
    yield known
    server.shutdown()
    server.server_close()


def test_a_set_is_fetched_checked_and_unpacked(served, tmp_path):
    (path,) = fetched(served, tmp_path / "here", ["s1.zip"])
    assert path.is_file()
    assert (tmp_path / "here/s1/bbaf2n.mpg").read_bytes() == b"video"


def test_what_is_damaged_is_refused_and_not_kept(served, tmp_path):
    wrong = replace(served, checksums={"s1.zip": "md5:" + "0" * 32})
    with pytest.raises(PippinError, match="damaged"):
        fetched(wrong, tmp_path / "here", ["s1.zip"])
    assert not list(Path(tmp_path / "here").glob("*.zip"))


def test_without_a_network_and_for_unknown_files_there_is_one_sentence(served, tmp_path):
    with pytest.raises(PippinError, match=r"no file 's9\.zip'"):
        fetched(served, tmp_path / "here", ["s9.zip"])
    with pytest.raises(PippinError, match="online"):
        fetched(replace(served, base="http://127.0.0.1:9/"), tmp_path / "there", ["s1.zip"])


def test_the_sets_are_listed_with_their_terms():
    report = data()
    names = [row[0] for row in report.tables[0].rows]
    assert names == [known.name for app in registry.all_applications() for known in app.data.public]
    assert "grid" in names
    with pytest.raises(PippinError, match="grid"):
        data("no-such-set")
