"""One visit as tensors' raw material: context ids and windows, clean canvas, evidence."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from medscribe_core.checks.certainty import statement_units
from medscribe_core.context import ContextTokens, Window, build_context
from medscribe_core.corpora.alignment import align
from medscribe_core.model.config import STATEMENT_BUCKETS
from medscribe_core.normalise import normalise
from medscribe_core.note_lists import NOTE_LISTS, list_at
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote
from medscribe_core.tokenizer import ClinicalTokenizer


@dataclass(frozen=True)
class View:
    """What of a note is to be written where not every position can be masked on its own.

    Attributes:
        units: of every canvas position the unit with which it is hidden, in some copies; -1 without (L).
        hidden: True at positions that are hidden in every copy (L). Positions without a unit otherwise always stand.
        sources: of every position the context token at which its slot's fact begins, -1 without (L); given of a
            scaffold, whose units are all hidden from some position on.
    """

    units: list[int]
    hidden: list[bool]
    sources: list[int] | None = None


@dataclass(frozen=True)
class PlannedFact:
    """One statement of the note.

    Attributes:
        list: its list, an index in NOTE_LISTS.
        start, length: its tokens, from the first token after its section's header on.
        source: the context token at which what it rests on begins, -1 where that is not known.
        guessed: the context tokens that it seems to rest on where no evidence says so.
    """

    section: Section
    list: int
    start: int
    length: int
    source: int
    guessed: tuple[int, int] | None = None


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
        lists: of every span the index of its list in NOTE_LISTS.
        facts: the statements of the note, in order.
        view: of an edited note; None where any position can be masked.
    """

    context_ids: list[int]
    windows: list[Window]
    note_ids: list[int]
    sections: list[int]
    header: list[bool]
    lengths: list[int]
    evidence: list[int]
    spans: list[list[tuple[int, int]]]
    lists: list[int]
    facts: list[PlannedFact]
    view: View | None = None

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
    charted: Sequence[tuple[Section, str]] = (),
    guess_sources: bool = False,
) -> Example | None:
    """Tokens of a visit and its note; None if the note does not fit the canvas.

    Args:
        evidence: (section, statement, start, end): the statement rests on these characters of the transcript.
        charted: statements that rest on the patient context alone, in its words.
        guess_sources: for statements without evidence the sentence that shares most words stands in (see ``align``).
    """
    context = build_context(encounter, tokenizer)
    chart = _chart_spans(tokenizer, encounter, context, charted)
    note_ids: list[int] = []
    sections: list[int] = []
    header: list[bool] = []
    lengths: list[int] = []
    evidence_of: list[int] = []
    spans: list[list[tuple[int, int]]] = []
    lists: list[int] = []
    facts: list[PlannedFact] = []
    for section in NOTE_SECTIONS:
        ids, offsets = tokenizer.encode_with_offsets(note[section])
        statements = _statement_spans(note[section], [e for e in evidence if e[0] == section], context)
        statements += [(at, at + len(text), found) for text, found in chart if (at := note[section].find(text)) >= 0]
        marks = [-1] * len(ids)
        for start, end, token_ranges in statements:
            spans.append(token_ranges)
            lists.append(list_at(section, note[section], start))
            for i, (a, b) in enumerate(offsets):
                if a < end and b > start:
                    marks[i] = len(spans) - 1
        facts += _planned(section, note[section], offsets, marks, spans)
        extra = slack(len(ids), rng)
        note_ids += [tokenizer.header_ids[section], *ids, *[tokenizer.pad_id] * extra]
        count = 1 + len(ids) + extra
        sections += [section.index] * count
        header += [True] + [False] * (count - 1)
        evidence_of += [-1, *marks, *[-1] * extra]
        lengths.append(len(ids))
    if len(note_ids) > max_note_tokens:
        return None
    if guess_sources:
        facts = _guessed(facts, note_ids, sections, tokenizer, context)
    return Example(context.ids, context.windows, note_ids, sections, header, lengths, evidence_of, spans, lists, facts)


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


def _planned(
    section: Section,
    text: str,
    offsets: Sequence[tuple[int, int]],
    marks: Sequence[int],
    spans: Sequence[list[tuple[int, int]]],
) -> list[PlannedFact]:
    if text == section.empty_text:
        return []
    facts = []
    for unit in itertools.chain.from_iterable(statement_units(section, text)):
        own = [i for i, (a, b) in enumerate(offsets) if a < unit.end and b > unit.start]
        mark = next((marks[i] for i in own if marks[i] >= 0), None)
        source = -1 if mark is None else min(start for start, _ in spans[mark])
        if own:
            facts.append(PlannedFact(section, list_at(section, text, unit.start), own[0], len(own), source))
    return facts


def _guessed(
    facts: list[PlannedFact],
    note_ids: list[int],
    sections: list[int],
    tokenizer: ClinicalTokenizer,
    context: ContextTokens,
) -> list[PlannedFact]:
    """The facts, those without a source with one where a sentence of the transcript shares enough with them."""
    open_facts = [i for i, fact in enumerate(facts) if fact.source < 0]
    texts = []
    for i in open_facts:
        first = sections.index(facts[i].section.index) + 1 + facts[i].start
        texts.append(tokenizer.decode(note_ids[first : first + facts[i].length]))
    found = list(facts)
    for i, span in zip(open_facts, align(texts, context.normalised.text), strict=True):
        tokens = _token_range(context.offsets, *span) if span else None
        if tokens:
            found[i] = replace(facts[i], source=tokens[0], guessed=tokens)
    return found


def _chart_spans(
    tokenizer: ClinicalTokenizer, encounter: Encounter, context: ContextTokens, charted: Sequence[tuple[Section, str]]
) -> list[tuple[str, list[tuple[int, int]]]]:
    """Each statement that the context line has, with its tokens there (after the line's mark)."""
    line = normalise(encounter.patient_context.as_line()).text
    _, offsets = tokenizer.encode_with_offsets(line)
    spans = []
    for _, statement in charted:
        at = line.lower().find(statement.lower())
        inside = [1 + i for i, (a, b) in enumerate(offsets) if at >= 0 and a < at + len(statement) and b > at]
        if inside and context.offsets[inside[-1]] == (-1, -1):
            spans.append((statement, [(inside[0], inside[-1] + 1)]))
    return spans


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


def content_plan(example: Example, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Where facts begin and what they rest on, and how long their statements are.

    Returns:
        (width, 2 len(NOTE_LISTS)) bool: context tokens at which a fact of each list begins, and those it rests on;
        (width,) int64: bucket of the length of the statement of the fact that begins there, -100 elsewhere.
    """
    plan = np.zeros((width, 2 * len(NOTE_LISTS)), dtype=bool)
    lengths = np.full(width, -100, dtype=np.int64)
    for fact in example.facts:
        if fact.source >= 0:
            plan[fact.source, fact.list] = True
            lengths[fact.source] = max(lengths[fact.source], statement_bucket(fact.length))
        if fact.guessed:
            plan[slice(*fact.guessed), len(NOTE_LISTS) + fact.list] = True
    for ranges, index in zip(example.spans, example.lists, strict=True):
        for start, end in ranges:
            plan[start:end, len(NOTE_LISTS) + index] = True
    return plan, lengths


def statement_bucket(length: int) -> int:
    """Index of the bucket of a statement of ``length`` tokens (the last one holds everything longer)."""
    return next((i for i, upper in enumerate(STATEMENT_BUCKETS) if length <= upper), len(STATEMENT_BUCKETS) - 1)
