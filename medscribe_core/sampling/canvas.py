"""The note canvas: five sections in order, a header token each, slots to be written, slack that becomes [PAD]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.tokenizer import ClinicalTokenizer

MAX_NOTE_TOKENS = 512


@dataclass(frozen=True)
class Canvas:
    """A note as token positions.

    Attributes:
        ids: token ids; [MASK] at slots that are to be written.
        sections: section index of every position.
        editable: True at slots that the model may write; False at headers and given text.
    """

    ids: list[int]
    sections: list[int]
    editable: list[bool]

    def section_ids(self, section: Section) -> list[int]:
        """Ids of one section without its header."""
        positions = [i for i, s in enumerate(self.sections) if s == section.index]
        return [self.ids[i] for i in positions[1:]]


def build_canvas(
    tokenizer: ClinicalTokenizer, given: Mapping[Section, list[int]], slots: Mapping[Section, int]
) -> Canvas:
    """A canvas with the ``given`` sections' ids in place and ``slots`` masks for every other section.

    Sections to be written are shortened in proportion if the whole would pass MAX_NOTE_TOKENS.
    """
    fixed = len(NOTE_SECTIONS) + sum(len(ids) for ids in given.values())
    wanted = sum(slots[s] for s in NOTE_SECTIONS if s not in given)
    scale = min(1.0, (MAX_NOTE_TOKENS - fixed) / wanted) if wanted else 1.0
    ids: list[int] = []
    sections: list[int] = []
    editable: list[bool] = []
    for section in NOTE_SECTIONS:
        body = given.get(section)
        count = max(1, int(slots[section] * scale)) if body is None else 0
        ids += [tokenizer.header_ids[section], *(body if body is not None else [tokenizer.mask_id] * count)]
        length = 1 + (len(body) if body is not None else count)
        sections += [section.index] * length
        editable += [False] + [body is None] * (length - 1)
    return Canvas(ids, sections, editable)
