"""One visit as tensors' raw material: context ids and windows, clean canvas, evidence."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medscribe_core.context import ContextTokens, Window, build_context
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote
from medscribe_core.tokenizer import ClinicalTokenizer


@dataclass(frozen=True)
class Example:
    """A visit ready for batching.

    Attributes:
        context_ids: context token ids (Lc).
        windows: encoder windows over them.
        note_ids: clean canvas (L) with headers and trailing [PAD] slack in every section.
        sections: section index of every canvas position (L).
        header: True at header positions (L), which are never masked.
        lengths: tokens of each of the five sections, without header and slack.
        evidence: for every canvas position the index of its evidence span, -1 without (L).
        spans: evidence spans as context token ranges.
    """

    context_ids: list[int]
    windows: list[Window]
    note_ids: list[int]
    sections: list[int]
    header: list[bool]
    lengths: list[int]
    evidence: list[int]
    spans: list[list[tuple[int, int]]]

    @property
    def cost(self) -> int:
        """Rough cost in positions: what batches are cut by."""
        return len(self.context_ids) + 3 * len(self.note_ids)


def slack(length: int, rng: random.Random) -> int:
    """Extra slots of a section: often few, sometimes none, as the length head over-provisions at inference."""
    return 0 if rng.random() < 0.15 else rng.randint(1, max(2, length // 5))


def make_example(
    tokenizer: ClinicalTokenizer,
    encounter: Encounter,
    note: SoapNote,
    evidence: Sequence[tuple[Section, str, int, int]],
    rng: random.Random,
    max_note_tokens: int = 512,
) -> Example | None:
    """Tokens of a visit and its note; None if the note does not fit the canvas.

    Args:
        evidence: (section, statement, start, end): the statement rests on these characters of the transcript.
    """
    context = build_context(encounter, tokenizer)
    note_ids: list[int] = []
    sections: list[int] = []
    header: list[bool] = []
    lengths: list[int] = []
    evidence_of: list[int] = []
    spans: list[list[tuple[int, int]]] = []
    for section in NOTE_SECTIONS:
        ids, offsets = tokenizer.encode_with_offsets(note[section])
        statements = _statement_spans(note[section], [e for e in evidence if e[0] == section], context)
        marks = [-1] * len(ids)
        for start, end, token_ranges in statements:
            spans.append(token_ranges)
            for i, (a, b) in enumerate(offsets):
                if a < end and b > start:
                    marks[i] = len(spans) - 1
        extra = slack(len(ids), rng)
        note_ids += [tokenizer.header_ids[section], *ids, *[tokenizer.pad_id] * extra]
        count = 1 + len(ids) + extra
        sections += [section.index] * count
        header += [True] + [False] * (count - 1)
        evidence_of += [-1, *marks, *[-1] * extra]
        lengths.append(len(ids))
    if len(note_ids) > max_note_tokens:
        return None
    return Example(context.ids, context.windows, note_ids, sections, header, lengths, evidence_of, spans)


def _statement_spans(
    text: str, evidence: Sequence[tuple[Section, str, int, int]], context: ContextTokens
) -> list[tuple[int, int, list[tuple[int, int]]]]:
    """(start, end) of each statement in the section's text with the context tokens of its evidence."""
    by_statement: dict[str, list[tuple[int, int]]] = {}
    for _, statement, start, end in evidence:
        a, b = context.normalised.normalised_span(start, end)
        token_range = _token_range(context.offsets, a, b)
        if token_range:
            by_statement.setdefault(statement, []).append(token_range)
    found = []
    for statement, ranges in by_statement.items():
        at = text.find(statement)
        if at >= 0:
            found.append((at, at + len(statement), ranges))
    # Longer statements first, so that a detail's own evidence overrides the sentence's.
    return sorted(found, key=lambda item: item[0] - item[1])


def _token_range(offsets: list[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    inside = [i for i, (a, b) in enumerate(offsets) if a < end and b > start and a >= 0]
    return (inside[0], inside[-1] + 1) if inside else None


def evidence_matrix(example: Example, positions: np.ndarray, width: int) -> np.ndarray:
    """(len(positions), width) bool: context tokens that the note positions rest on."""
    matrix = np.zeros((len(positions), width), dtype=bool)
    for row, position in enumerate(positions):
        index = example.evidence[position]
        if index >= 0:
            for start, end in example.spans[index]:
                matrix[row, start:end] = True
    return matrix
