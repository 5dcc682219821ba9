"""The space of settings: what a user may write, and trials that lie in it, each once and the same by seed."""

from __future__ import annotations

import math
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.config import LOCAL, Config
from pippin.core.errors import PippinError
from pippin.tuning.space import draw_trials, read_space


@dataclass(frozen=True)
class Settings(Config):
    """One setting of each type."""

    width: Annotated[int, "whole"] = 8
    rate: Annotated[float, "real"] = 0.1
    is_deep: Annotated[bool, "switch"] = True
    optimizer: Annotated[Literal["adamw", "sgd"], "choice"] = "adamw"
    words: Annotated[str, "text"] = ""
    code: Annotated[int, "of this machine", LOCAL] = 0

    @classmethod
    def check_given(cls, given: Any) -> None:
        """Refuse the one pair that contradicts itself."""
        if given.get("optimizer") == "sgd" and given.get("is_deep"):
            raise PippinError("A deep network is not learned by sgd.")


@pytest.fixture(scope="module")
def app() -> Application:
    from dataclasses import replace

    return replace(registry.get("tables"), config=Settings)


def trials(app: Application, count: int, *space: str, seed: int = 0) -> list[dict[str, Any]]:
    return draw_trials(app, read_space(app, space, {}), count, seed)


def test_a_small_space_is_tried_whole_and_once(app: Application) -> None:
    found = trials(app, 30, "width=16,24,32", "optimizer=adamw,sgd", "is-deep=true,no")
    assert len(found) == 3 * 3, "of four pairs, one contradicts itself"
    assert not any(one["optimizer"] == "sgd" and one["is_deep"] for one in found)
    assert len(trials(app, 4, "width=16,24,32", "is_deep=true,false")) == 4
    assert [one["width"] for one in sorted(trials(app, 9, "width=1..3"), key=lambda one: one["width"])] == [1, 2, 3]


@given(count=st.integers(1, 40), seed=st.integers(0, 10**6))
def test_trials_lie_in_the_space_and_are_the_same_by_seed(app: Application, count: int, seed: int) -> None:
    space = ("width=4..4000", "rate=log:1e-3..3e-2", "optimizer=adamw")
    found = trials(app, count, *space, seed=seed)
    assert found == trials(app, count, *space, seed=seed)
    assert len(found) == count
    for one in found:
        assert isinstance(one["width"], int)
        assert 4 <= one["width"] <= 4000
        assert 1e-3 <= one["rate"] <= 3e-2


def test_a_logarithmic_range_is_even_in_its_logarithm(app: Application) -> None:
    (dimension,) = read_space(app, ["rate=log:1e-4..1"], {})
    rng = random.Random(3)
    drawn = [math.log10(dimension.draw(rng)) for _ in range(4000)]
    for decade in range(-4, 0):
        assert 850 < sum(decade <= one < decade + 1 for one in drawn) < 1150  # 1000 expected, 5 sigma is 137
    (whole,) = read_space(app, ["width=log:1..1000"], {})
    assert 1200 < sum(whole.draw(rng) <= 10 for _ in range(4000)) < 1500  # log(10.5) / log(1000), 0.34


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        ((), "Say with --space what to search"),
        (("width",), "has no values; write NAME=16,24,32"),
        (("width=",), "has no values"),
        (("depth=1,2",), "has no setting 'depth' to search. It may be: width, rate, is_deep, optimizer"),
        (("code=1,2",), "has no setting 'code' to search"),
        (("words=a,b",), "words is free text"),
        (("width=a,b",), "--width must be a whole number, not 'a'"),
        (("width=1.5,2",), "--width must be a whole number, not '1.5'"),
        (("width=1..x",), "--width must be a whole number, not 'x'"),
        (("width=9..1",), "from a lower number to a higher one"),
        (("rate=log:0..1",), "must begin above 0"),
        (("rate=nan..1",), "--rate must be a number"),
        (("optimizer=adam",), "--optimizer must be one of adamw, sgd, not 'adam'"),
        (("optimizer=a..b",), "optimizer is no number; list its values"),
        (("is_deep=maybe",), "--is-deep must be true or false"),
        (("width=1,2", "width=3"), "names width twice"),
        (("width=,",), "lists 0 values"),
        (("optimizer=sgd is_deep=true",), "not learned by sgd"),
    ],
)
def test_what_cannot_be_searched_is_one_sentence(app: Application, space: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(PippinError) as caught:
        trials(app, 5, *space)
    assert sentence in caught.value.message


def test_a_setting_is_fixed_or_searched(app: Application) -> None:
    with pytest.raises(PippinError, match="width is searched by --space"):
        read_space(app, ["width=1,2"], {"width": 3})


@given(st.text(max_size=30))
def test_any_text_is_a_space_or_one_sentence(app: Application, text: str) -> None:
    with suppress(PippinError):
        assert trials(app, 3, text, "width=1,2")
