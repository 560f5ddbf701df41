"""A canvas put together from given tokens and slots to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from medscribe_core.sampling.canvas import Canvas
from medscribe_core.sampling.denoise import Denoised
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.tokenizer import ClinicalTokenizer

#: Denoises a canvas (one note).
Fill = Callable[[Canvas], Denoised]


@dataclass(frozen=True)
class Segment:
    """Consecutive positions of one section: given ``ids``, or ``slots`` positions to be written."""

    ids: tuple[int, ...] = ()
    slots: int = 0


def lay_out(
    tokenizer: ClinicalTokenizer, segments: Mapping[Section, Sequence[Segment]]
) -> tuple[Canvas, dict[Section, list[slice]]]:
    """The canvas of the five sections, and where in it each segment lies."""
    ids: list[int] = []
    sections: list[int] = []
    editable: list[bool] = []
    places: dict[Section, list[slice]] = {}
    for section in NOTE_SECTIONS:
        ids.append(tokenizer.header_ids[section])
        editable.append(False)
        places[section] = []
        for segment in segments.get(section, ()):
            start = len(ids)
            ids += [*segment.ids, *[tokenizer.mask_id] * segment.slots]
            editable += [False] * len(segment.ids) + [True] * segment.slots
            places[section].append(slice(start, len(ids)))
        sections += [section.index] * (len(ids) - len(sections))
    return Canvas(ids, sections, editable), places


def written_text(tokenizer: ClinicalTokenizer, denoised: Denoised, place: slice) -> str:
    """What was written into a segment, on one line; empty if it is all [PAD]."""
    return " ".join(tokenizer.decode(denoised.ids[0, place].tolist()).split())


def mean_confidence(denoised: Denoised, place: slice) -> float:
    """Mean confidence of a segment's tokens when they were committed."""
    return float(denoised.confidence[0, place].float().mean())
