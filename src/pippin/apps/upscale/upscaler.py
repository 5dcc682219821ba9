"""The part of a learner that all methods of enlarging share: predictions, and how long their files take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pippin.apps.upscale.enlargement import ImageEnlarger
from pippin.apps.upscale.predictions import Answers
from pippin.apps.upscale.sizes import Size
from pippin.apps.upscale.timing import Making, seconds_for
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.formatting import duration, pluralize
from pippin.core.values import Prediction

MIN_SECONDS_TO_ANNOUNCE = 5  # seconds


class UpscaleBase(ImageEnlarger):
    """An upscaler as a learner."""

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Yield each image's new size; the result is made when its file is written."""
        answers = Answers(self)
        for item in inputs:
            try:
                yield answers.answer(item)
            except PippinError as problem:
                yield Prediction(None, known=False, error=problem.message)

    def foresee(self, answers: Sequence[Prediction]) -> str | None:
        """Estimate from one timed tile how long the files will take; None where that is short."""
        facts = [answer.evidence[0] for answer in answers if not answer.error]
        work = [file.content for answer in answers for file in answer.files if isinstance(file.content, Making)]
        seconds = seconds_for(work)
        if seconds < MIN_SECONDS_TO_ANNOUNCE:
            return None
        films = [one["frames"] for one in facts if "frames" in one]
        what = [pluralize(len(facts) - len(films), "image")] if len(films) < len(facts) else []
        what += [f"{pluralize(len(films), 'clip')} of {pluralize(sum(films), 'frame')}"] if films else []
        pixels = sum(one["width"] * one["height"] / one["scale"] ** 2 * one.get("frames", 1) for one in facts)
        time = f"{'at most ' if films else ''}{duration(seconds)}"
        return f"{', '.join(what)}, {pixels / 1e6:.1f} megapixels, {Size.of(self.config).words}: {time}."
