"""From a filled canvas to the note and to the record of how it came about: the same for every task and model."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from medscribe_core.checks.certainty import Withheld, statement_units, withhold
from medscribe_core.generated import Trajectory, TrajectoryToken
from medscribe_core.note_lists import list_at
from medscribe_core.sampling.canvas import Canvas
from medscribe_core.sampling.denoise import Denoised
from medscribe_core.sampling.segments import Fill
from medscribe_core.sampling.support import Place
from medscribe_core.sampling.text import tidy
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote
from medscribe_core.tokenizer import ClinicalTokenizer


@dataclass(frozen=True)
class Reading:
    """What a filled canvas says.

    Attributes:
        texts: of the sections that were written.
        places: their statements.
        shown: the trajectory and the mean confidence of every section.
    """

    texts: dict[Section, str]
    places: list[Place]
    shown: tuple[Trajectory, dict[Section, float]]

    def note(
        self, given: Mapping[Section, str], sure: Sequence[float], threshold: float
    ) -> tuple[SoapNote, list[Withheld]]:
        """The note with its ``given`` sections byte for byte, and the statements withheld for want of certainty.

        ``sure``: of each of ``places``, 0 to 1.
        """
        texts = {section.value: text for section, text in given.items()}
        left_out: list[Withheld] = []
        for section, text in self.texts.items():
            own = {p.unit: s for p, s in zip(self.places, sure, strict=True) if p.section is section}
            kept, unsure = withhold(section, text, own, threshold)
            texts[section.value] = tidy(kept, section)
            left_out += unsure
        return SoapNote(**texts), left_out

    def trajectory(
        self, given: Collection[Section], sure: Sequence[float], threshold: float
    ) -> tuple[Trajectory, dict[Section, float]]:
        """When each token was written, whether it was withheld or not, and the mean confidence of every section."""
        return self.shown


def read_canvas(
    tokenizer: ClinicalTokenizer, canvas: Canvas, denoised: Denoised, given: Collection[Section] = ()
) -> Reading:
    """The text and the statements of the sections that are not ``given``."""
    ids = denoised.ids[0].tolist()
    texts: dict[Section, str] = {}
    places: list[Place] = []
    for section in NOTE_SECTIONS:
        if section in given:
            continue
        slots = [i for i, s in enumerate(canvas.sections) if s == section.index][1:]
        text, sources = tokenizer.decode_with_sources([ids[i] for i in slots])
        texts[section] = text
        for unit in itertools.chain.from_iterable(statement_units(section, text)):
            positions = sorted({slots[source] for source in sources[unit.start : unit.end]})
            index = list_at(section, text, unit.start)
            places.append(Place(section, unit, text[unit.start : unit.end], tuple(positions), index))
    return Reading(texts, places, read_trajectory(tokenizer, canvas, denoised, given))


def least_confidence(places: Sequence[Place], denoised: Denoised) -> list[float]:
    """Of each place the least probability of its tokens when they were committed."""
    confidence = denoised.confidence[0].tolist()
    return [min((confidence[i] for i in place.positions), default=1.0) for place in places]


def read_trajectory(
    tokenizer: ClinicalTokenizer, canvas: Canvas, denoised: Denoised, given: Collection[Section] = ()
) -> tuple[Trajectory, dict[Section, float]]:
    """When each token was written, and the mean confidence of every section's tokens, 1 for ``given`` ones."""
    tokens: list[TrajectoryToken] = []
    chances: dict[Section, list[float]] = {section: [] for section in NOTE_SECTIONS}
    rows = zip(
        denoised.ids[0].tolist(),
        canvas.sections,
        denoised.step_of[0].tolist(),
        denoised.confidence[0].tolist(),
        strict=False,  # a denoised canvas is padded
    )
    for token_id, index, step, confidence in rows:
        if token_id in tokenizer.special_ids:
            continue
        section = NOTE_SECTIONS[index]
        tokens.append(TrajectoryToken(section.value, tokenizer.surface(token_id), step, confidence))
        chances[section].append(confidence)
    means = {
        section: 1.0 if section in given or not values else sum(values) / len(values)
        for section, values in chances.items()
    }
    # Steps that only turned left-over slots into [PAD], or ended a section, have nothing to show.
    return Trajectory(tokens, max((token.step for token in tokens), default=0)), means


class RecordedFill:
    """Fills a canvas that somebody else lays out, and records how.

    Attributes:
        trajectory: of the last canvas that was filled; None before.
        confidence: mean confidence of each section's tokens; 1 where nothing was written.
    """

    def __init__(self, tokenizer: ClinicalTokenizer, fill: Fill, given: Collection[Section] = ()):
        self._tokenizer, self._fill, self._given = tokenizer, fill, given
        self.trajectory: Trajectory | None = None
        self.confidence: dict[Section, float] = dict.fromkeys(NOTE_SECTIONS, 1.0)

    def __call__(self, canvas: Canvas) -> Denoised:
        denoised = self._fill(canvas)
        self.trajectory, self.confidence = read_trajectory(self._tokenizer, canvas, denoised, self._given)
        return denoised
