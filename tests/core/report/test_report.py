"""Reports: nothing in them can harm a page or a terminal, and each form says what was measured."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from pippin.core.errors import PippinError
from pippin.core.report.cells import Figure, ImageCell, Table
from pippin.core.report.formatting import duration, format_bytes, format_number, sanitize
from pippin.core.report.report import Report
from pippin.core.values import Score

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==")
VOID = {"meta", "link", "img", "br", "rect", "wbr"}
# What people name files and labels, and what they should not: markup, control codes, bytes that are not text.
ANY_TEXT = st.one_of(
    st.text(st.characters(), max_size=40),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "`</code><b>`",
            "\x1b[2J",
            "\u202egpj.exe",
            "\udcff",
        ]
    ),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


class Page(HTMLParser):
    """What a browser would see: tags, attributes and text, with every tag closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def everything(words: str = "apple") -> Report:
    """A report with every part there is, `words` in each place that takes text."""
    table = Table(
        (words, "label", "accuracy", "seconds", "note"),
        (
            (ImageCell(PIXEL, "image/gif", alt=words), words, Score(0.912, 0.903, 0.921), 0.4, None),
            (ImageCell(PIXEL, "image/gif"), words, Score(0.5, 0.4, 0.6), 12.0, words),
        ),
        title=words,
    )
    figure = Figure(words, PIXEL, "image/gif", caption=words)
    part = Report(words, tables=(table,), figures=(figure,), notes=(words,), next=words, summary=words)
    return Report(words, (table,), (figure,), (words,), {"answer": words}, next=words, summary=words, sections=(part,))


@given(ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_text_never_becomes_markup(words: str) -> None:
    plain, strange = Page(everything().to_html()), Page(everything(words).to_html())
    without_optional = [tag for tag in plain.tags if tag in strange.tags]
    assert set(strange.tags) - {"code", "wbr"} <= set(plain.tags)  # what the page itself adds to words
    assert "script" not in strange.tags
    assert not [name for name, _ in strange.attributes if name.startswith("on")]
    assert without_optional.count("img") == strange.tags.count("img")


@given(ANY_TEXT, st.integers(20, 160))
@settings(max_examples=60, deadline=None)
def test_terminal_text_fits_and_steers_nothing(words: str, width: int) -> None:
    shown = everything(words).show(width=width, color=False)
    assert all(cell_len(line) <= width for line in shown.split("\n"))
    assert shown == "\n".join(map(sanitize, shown.split("\n")))
    shown.encode("utf-8")


@given(st.dictionaries(ANY_TEXT, JSON_VALUES, max_size=4))
def test_json_is_one_line_that_reads_back(payload: dict[str, object]) -> None:
    line = Report("title", payload=payload).to_json()
    assert len(line.splitlines()) == 1
    assert json.loads(line.encode("utf-8")) == finite(payload)


def finite(value: object) -> object:
    """`value` with None for each number that JSON has no form for."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def test_json_takes_the_values_that_numerical_code_hands_over() -> None:
    payload = {
        "scalar": np.float32(0.5),
        "flag": np.bool_(True),
        "array": np.array([[1.0, np.nan]]),
        "score": Score(np.float64(0.9), 0.8, 1.0),
        "path": Path("äpfel") / "1.jpg",
        "labels": ("apple", "ball"),
        7: "key",
    }
    assert json.loads(Report("title", payload=payload).to_json()) == {
        "scalar": 0.5,
        "flag": True,
        "array": [[1.0, None]],
        "score": {"value": 0.9, "low": 0.8, "high": 1.0},
        "path": str(Path("äpfel") / "1.jpg"),
        "labels": ["apple", "ball"],
        "7": "key",
    }


def test_json_keeps_non_ascii_and_refuses_pixels() -> None:
    assert Report("title", payload={"label": "Äpfel 🍏"}).to_json() == '{"label": "Äpfel 🍏"}'
    with pytest.raises(TypeError, match="bytes"):
        Report("title", payload={"pixels": PIXEL}).to_json()


def test_page_is_whole_accessible_and_asks_no_host() -> None:
    html = everything().to_html()
    page = Page(html)
    assert html.startswith("<!doctype html>")
    assert page.values("lang") == ["en"]
    assert set(page.values("scope")) == {"col", "row"}
    assert page.tags.count("caption") == page.tags.count("figcaption") == 2
    assert page.tags.count("img") == len(page.values("alt")) == 6
    assert all(source.startswith("data:image/") for source in page.values("src") + page.values("href"))
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", html)


def test_policy_admits_the_page_own_styles_and_nothing_else() -> None:
    html = everything().to_html()
    policy = next(value for value in Page(html).values("content") if "default-src" in value)
    style = html.split("<style>")[1].split("</style>")[0]
    checksum = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{checksum}'" in policy
    assert "unsafe" not in policy
    assert not Page(html).values("style")


def test_notebook_gets_a_fragment_whose_styles_stay_within() -> None:
    html = everything()._repr_html_()
    assert not {"html", "head", "body", "main", "meta"} & set(Page(html).tags)
    style = re.sub(r"/\*.*?\*/", "", html.split("<style>")[1].split("</style>")[0], flags=re.DOTALL)
    selectors = [part for rule in re.findall(r"([^{}]+)\{", style) for part in rule.split(",")]
    assert all(".pippin" in part or part.strip().startswith("@media") for part in selectors)


def test_sections_nest_one_heading_lower() -> None:
    inner = Report("inner", sections=(Report("innermost"),))
    html = Report("outer", sections=(inner,)).to_html()
    assert re.findall(r"<h(\d)>(\w+)", html) == [("1", "outer"), ("2", "inner"), ("3", "innermost")]
    shown = Report("outer", sections=(inner,)).show(width=80, color=False)
    assert shown.index("outer") < shown.index("inner\n") < shown.index("innermost")


def test_backticks_mark_code() -> None:
    report = Report("title", next="Correct it: `pippin recognize teach <file> apple`")
    assert "<code>pippin recognize teach &lt;file&gt; apple</code>" in report.to_html()
    assert "Next: Correct it: pippin recognize teach <file> apple\n" in report.show(width=80, color=False)


@pytest.mark.parametrize("width", [80, 120])
def test_terminal_table_keeps_numbers_whole(width: int) -> None:
    folder = "a-rather-long-folder-name/with/another/inside/"
    rows = tuple((f"{folder}{at:05}.jpg", "tennis_ball", Score(0.912, 0.903, 0.921), "2 min 3 s") for at in range(3))
    shown = Report("title", (Table(("input", "answer", "accuracy", "time"), rows),)).show(width=width, color=False)
    lines = [line for line in shown.split("\n") if "tennis_ball" in line]
    assert len(lines) == 3
    for at, line in enumerate(lines):
        assert f"{at:05}.jpg  tennis_ball  0.912 [0.903, 0.921]  2 min 3 s" in line


def test_terminal_table_too_wide_for_the_window_becomes_records() -> None:
    columns = tuple(f"metric {at}" for at in range(9))
    table = Table(columns, (tuple(Score(0.5, 0.4, 0.6) for _ in columns),))
    shown = Report("title", (table,)).show(width=80, color=False)
    assert [line for line in shown.split("\n") if "metric" in line] == [
        f"  {column}  0.500 [0.400, 0.600]" for column in columns
    ]


def test_terminal_leaves_out_images_that_need_no_words() -> None:
    table = Table(("picture", "label"), ((ImageCell(PIXEL, "image/gif"), "apple"),))
    assert "picture" not in Report("title", (table,)).show(width=80, color=False)


def test_colour_only_where_it_is_asked_for() -> None:
    assert "\x1b[" in everything().show(width=80, color=True)
    assert "\x1b[" not in everything().show(width=80, color=False)
    assert "\x1b[" not in everything().show()


def test_an_empty_report_has_every_form() -> None:
    report = Report("title", (Table(("label", "count"), ()), Table((), ())))
    assert report.to_json() == "{}"
    assert "title" in Page(report.to_html()).text
    assert "label" in report.show(width=80, color=False)


def test_scores_show_their_interval_and_a_bar_where_they_are_shares() -> None:
    table = Table(("share", "psnr_y"), ((Score(0.9119, 0.903, 0.921), Score(28.412, 28.1, 28.7)),))
    page = Page(Report("title", (table,)).to_html())
    assert "0.912 [0.903, 0.921]" in page.text
    assert "28.41 [28.10, 28.70]" in page.text
    assert page.values("class").count("bar") == 1


def test_figures_are_written_in_order_under_names_of_their_titles(tmp_path: Path) -> None:
    part = Report("part", figures=(Figure("../../etc/passwd", b"<svg/>", "image/svg+xml"),))
    report = Report("title", figures=(Figure("Wo schaut es hin? Äpfel!", PIXEL, "image/gif"),), sections=(part,))
    paths = report.save_figures(tmp_path / "new")
    assert [path.name for path in paths] == ["01-wo-schaut-es-hin-äpfel.gif", "02-etc-passwd.svg"]
    assert [path.read_bytes() for path in paths] == [PIXEL, b"<svg/>"]
    assert sorted(tmp_path.rglob("*.*")) == sorted(paths)
    shown = report.show(width=80, color=False)
    assert "02-etc-passwd.svg" in shown
    assert "--html FILE" in shown
    assert "--out DIR" in shown


def test_two_images_stand_under_one_line() -> None:
    page = Report("r", figures=(Figure("f", b"after", "image/png", before=b"before"),)).to_html()
    assert page.count("<img") == 2
    assert page.index(base64.b64encode(b"after").decode()) < page.index(base64.b64encode(b"before").decode())
    assert "slider" not in Report("r", figures=(Figure("f", b"after", "image/png"),)).to_html().split("</style>")[1]


def test_a_image_no_browser_shows_is_refused() -> None:
    with pytest.raises(PippinError, match="not image/heic"):
        ImageCell(PIXEL, "image/heic")
    with pytest.raises(PippinError, match="of unknown type"):
        Figure("title", PIXEL, "")


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="Row 2 has 1 cells under 2 columns"):
        Table(("a", "b"), ((1, 2), (3,)))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"), (0.00021, "0.21 ms"), (0.0124, "12 ms"), (0.0996, "0.1 s"), (0.4, "0.4 s"),
        (9.96, "10 s"), (59.4, "59 s"), (59.7, "1 min 0 s"), (123, "2 min 3 s"), (3599.6, "1 h 0 min"),
        (3840, "1 h 4 min"), (math.nan, "–"), (math.inf, "–"),
    ],
)  # fmt: skip
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_620_000, "1.6 MB"), (9_960_000, "10 MB"),
        (999_900, "1.0 MB"), (700e6, "700 MB"), (3e15, "3000 TB"),
    ],
)  # fmt: skip
def test_size(amount: float, words: str) -> None:
    assert format_bytes(amount) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.9119, "0.912"), (0.0, "0.000"), (28.412, "28.41"), (123.45, "123.5"), (12345.6, "12,346"),
        (2013, "2013"), (12345, "12,345"), (0.000213, "0.00021"), (-0.5, "-0.500"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_number(value: float, words: str) -> None:
    assert format_number(value) == words


def test_a_long_path_in_a_table_of_a_page_can_break_after_its_slashes() -> None:
    rows = (("fruit/Training Set/a_b/1.png", "a/b"), ("</td><b>/" + "x" * 20, ""))
    page = Report("copies", (Table(("name", "of"), rows),)).to_html()
    assert "fruit/<wbr>Training Set/<wbr>a_<wbr>b/<wbr>1.png" in page
    assert ">a/b<" in page
    assert "</td><b>/" not in page
