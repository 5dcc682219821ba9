"""The pages carry the licence notices of all packages built into them."""

from __future__ import annotations

import re
from pathlib import Path

import onnxruntime
import pytest
from starlette.testclient import TestClient

from pippin.web.static_pages import STATIC

STUDIO = Path(__file__).parents[2] / "studio"
IMPORTED = re.compile(r"""(?:from|import)\s*\(?\s*['"]((?:@[\w.-]+/)?[a-z][\w.-]*)(?:/[^'"]*)?['"]""")

pytestmark = pytest.mark.skipif(not (STATIC / "licences.txt").exists(), reason="the pages are not built")


# Of MIT and Apache licences, and of BSD ones.
DISCLAIMERS = "WITHOUT WARRANTY OF ANY KIND", "EXPRESS OR IMPLIED WARRANTIES"


def packages() -> set[str]:
    """Return what the pages import, tests aside, and svelte, which is part of each component."""
    sources = [path for kind in ("ts", "svelte") for path in (STUDIO / "src").rglob(f"*.{kind}")]
    found = {name for path in sources if ".test." not in path.name for name in IMPORTED.findall(path.read_text())}
    return {"svelte", *found}


def test_every_package_in_the_pages_is_named_with_its_licence(client: TestClient) -> None:
    answer = client.get("/licences.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    parts = {part.split(" ")[0]: part for part in re.split(r"\n-{80}\n\n", answer.text)}
    assert {"svelte", "uplot", "onnxruntime-web"} <= packages()
    for name in packages() | {"onnxruntime-common"}:
        assert "copyright (c)" in parts[name].lower(), name
        assert any(words in parts[name] for words in DISCLAIMERS), name


def test_what_the_machine_code_is_made_of_is_told_where_the_notice_says() -> None:
    assert "ThirdPartyNotices.txt" in (STATIC / "licences.txt").read_text()
    assert (Path(onnxruntime.__file__).parent / "ThirdPartyNotices.txt").exists()
