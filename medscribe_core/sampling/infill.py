"""Infilling: what is given of a note stays byte for byte, what is missing is written to agree with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from medscribe_core.editing.revision import Span
from medscribe_core.editing.templates import (
    OPEN_ITEM,
    Blank,
    BlankSize,
    blanks_to_fill,
    has_given_text,
    is_half_written,
)
from medscribe_core.errors import InputError
from medscribe_core.facts import read_wording
from medscribe_core.facts.statements import statements
from medscribe_core.generated import GeneratedNote, Trajectory
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS
from medscribe_core.sampling.denoise import Denoised
from medscribe_core.sampling.segments import Fill, Segment, lay_out, mean_confidence, written_text
from medscribe_core.sampling.text import drop_repeats, renumber, section_text
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS, Section, SoapNote
from medscribe_core.tokenizer import ClinicalTokenizer

#: Positions of a blank; a section's are predicted from the context.
NUMBER_TOKENS, PHRASE_TOKENS = 6, 16
#: Least positions that a section, or its second half, gets.
MIN_SECTION_TOKENS = 8
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ITEM_NUMBER = re.compile(r"\d{1,2}\.\s")


@dataclass(frozen=True)
class WrittenSpan:
    """Characters of a section's text that the model wrote, and its mean confidence (0 to 1)."""

    start: int
    end: int
    confidence: float


@dataclass(frozen=True)
class InfilledNote:
    """A note completed from what was given.

    Attributes:
        written: what the model wrote, by section; everything else was given.
        unfilled: blanks of each section that nothing was found for; they stand as they were given.
        inferred: there was no transcript, so that what was written follows from the given text alone.
        confidence: mean confidence of the written tokens of each section; 1 for given sections.
        timings: milliseconds by stage and in ``total``.
        steps: denoising steps used.
    """

    note: SoapNote
    written: dict[Section, list[WrittenSpan]]
    unfilled: dict[Section, int]
    inferred: bool
    confidence: dict[Section, float] = field(default_factory=dict)
    trajectory: Trajectory | None = None
    timings: dict[str, float] = field(default_factory=dict)
    steps: int = 0
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, generated: GeneratedNote) -> InfilledNote:
        """A note of which whole sections were written beside those that were given."""
        return cls(
            generated.note,
            {
                section: [WrittenSpan(0, len(generated.note[section]), generated.confidence[section])]
                for section in NOTE_SECTIONS
                if section not in generated.given
            },
            {},
            inferred=False,
            confidence=generated.confidence,
            trajectory=generated.trajectory,
            timings=generated.timings,
            steps=generated.steps,
            warnings=generated.all_warnings,
        )

    def to_response(self) -> dict[str, object]:
        """The response object of CLI and API."""
        return {
            "sections": {section.value: text for section, text in self.note.sections().items()},
            "written": {
                section.value: [
                    {"start": span.start, "end": span.end, "confidence": round(span.confidence, 4)} for span in spans
                ]
                for section, spans in self.written.items()
            },
            "unfilled": {section.value: count for section, count in self.unfilled.items()},
            "inferred": self.inferred,
            "confidence_scores": {section.value: round(c, 4) for section, c in self.confidence.items()},
            "generation_time_ms": round(self.timings.get("total", 0.0), 1),
            "timings": {stage: round(ms, 1) for stage, ms in self.timings.items()},
            "denoising_steps_used": self.steps,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Infilling:
    """A checked request: the ``given`` texts by section and the ``blanks`` in them. Other sections are to be written.

    ``sources`` is what may be asserted from when there is no transcript; None when there is one.
    """

    given: dict[Section, str]
    blanks: dict[Section, list[Blank]]
    sources: str | None = None

    @property
    def by_sections(self) -> bool:
        """Whole sections are to be written from a transcript, nothing inside those that are given."""
        return self.sources is None and not any(self.blanks.values())

    @property
    def complete_sections(self) -> frozenset[Section]:
        """Sections in which nothing is to be written."""
        return frozenset(section for section in self.given if not self.blanks[section])


def check_infilling(
    given: Mapping[Section, str],
    *,
    rewrite: Mapping[Section, Sequence[Span]] | None = None,
    complete: Collection[Section] | None = None,
    transcript: str = "",
    patient_context: str = "",
) -> Infilling:
    """What is to be written around the ``given`` sections; blank ones are to be written as a whole.

    Args:
        rewrite: spans of given sections that are to be written anew.
        complete: sections to go on with after their end; None: those that are half-written.
        patient_context: what is known of the patient besides, as text.

    Raises InputError: a span outside its section, overlapping spans, or neither a transcript nor any given text.
    """
    texts = {section: text for section, text in given.items() if text.strip()}
    for section in {*(rewrite or {}), *(complete or ())}:
        if section not in texts:
            raise InputError(f"The section {section.value} is not given, so no part of it can be kept.")
    if not transcript.strip() and not any(has_given_text(text) for section, text in texts.items()):
        raise InputError("There is neither a transcript nor any given text to write the note from.")
    blanks = {
        section: blanks_to_fill(
            section, text, (rewrite or {}).get(section, ()), None if complete is None else section in complete
        )
        for section, text in texts.items()
    }
    sources = None if transcript.strip() else "\n".join([patient_context, *texts.values()])
    return Infilling(texts, blanks, sources)


def infill_note(
    tokenizer: ClinicalTokenizer, infilling: Infilling, slots: Mapping[Section, int], fill: Fill
) -> InfilledNote:
    """Write what is missing.

    Args:
        slots: positions that each section needs as a whole, predicted from the context.
        fill: denoises a canvas in the context of the visit; called at most once.

    Raises InputError when what is given leaves no room for what is to be written.
    """
    segments = _segments(tokenizer, infilling, slots)
    to_write = any(segment.slots for section in segments.values() for segment in section)
    if not to_write:
        return InfilledNote(SoapNote(**{s.value: t for s, t in infilling.given.items()}), {}, {}, False)
    canvas, places = lay_out(tokenizer, segments)
    denoised = fill(canvas)
    texts: dict[str, str] = {}
    written: dict[Section, list[WrittenSpan]] = {}
    unfilled: dict[Section, int] = {}
    for section in NOTE_SECTIONS:
        slotted = [place for segment, place in zip(segments[section], places[section], strict=True) if segment.slots]
        if section in infilling.given:
            text, spans = _filled(tokenizer, infilling, section, denoised, slotted)
            missing = len(infilling.blanks[section]) - len(spans)
            if missing:
                unfilled[section] = missing
        else:
            text = section_text(tokenizer, denoised.ids[0, slotted[0]].tolist(), section)
            text = _supported(section, text, infilling.sources)
            spans = [WrittenSpan(0, len(text), mean_confidence(denoised, slotted[0]))]
        texts[section.value] = text
        if spans:
            written[section] = spans
    return InfilledNote(SoapNote(**texts), written, unfilled, infilling.sources is not None, steps=denoised.steps)


def _segments(
    tokenizer: ClinicalTokenizer, infilling: Infilling, slots: Mapping[Section, int]
) -> dict[Section, list[Segment]]:
    pieces = {
        section: _given_pieces(tokenizer, text, infilling.blanks[section]) for section, text in infilling.given.items()
    }
    wanted = {
        section: [_positions(blank, section, pieces[section], slots) for blank in infilling.blanks[section]]
        if section in pieces
        else [slots[section]]
        for section in NOTE_SECTIONS
    }
    fixed = len(NOTE_SECTIONS) + sum(len(ids) for section in pieces.values() for ids in section)
    least = sum(min(count, MIN_SECTION_TOKENS) for counts in wanted.values() for count in counts)
    if fixed + least > MAX_NOTE_TOKENS:
        raise InputError(
            f"The given text has {fixed - len(NOTE_SECTIONS):,} tokens; with what is still to be written a note holds "
            f"{MAX_NOTE_TOKENS}."
        )
    extra = sum(map(sum, wanted.values())) - least
    share = min(1.0, (MAX_NOTE_TOKENS - fixed - least) / extra) if extra else 1.0
    segments: dict[Section, list[Segment]] = {}
    for section in NOTE_SECTIONS:
        counts = [min(n, MIN_SECTION_TOKENS) + int(share * max(n - MIN_SECTION_TOKENS, 0)) for n in wanted[section]]
        segments[section] = []
        for i, ids in enumerate(pieces.get(section, [[]])):
            segments[section].append(Segment(ids=tuple(ids)))
            segments[section] += [Segment(slots=count) for count in counts[i : i + 1]]
    return segments


def _given_pieces(tokenizer: ClinicalTokenizer, text: str, blanks: Sequence[Blank]) -> list[list[int]]:
    """Token ids of what stands before, between and after the blanks: one piece more than there are blanks."""
    starts = [0, *(blank.end for blank in blanks)]
    ends = [*(blank.start for blank in blanks), len(text)]
    return [_encode(tokenizer, text[a:b], joined=i > 0) for i, (a, b) in enumerate(zip(starts, ends, strict=True))]


def _encode(tokenizer: ClinicalTokenizer, piece: str, *, joined: bool) -> list[int]:
    """Ids of a piece; one that is ``joined`` to a blank gets no space before it that it has not."""
    if not joined or not piece:
        return tokenizer.encode(piece)
    if piece.startswith(" "):
        return tokenizer.encode(piece[1:])
    ids, offsets = tokenizer.encode_with_offsets("0" + piece)  # a digit is a token of its own
    return [token_id for token_id, (_, end) in zip(ids, offsets, strict=True) if end > 1]


def _positions(blank: Blank, section: Section, pieces: Sequence[Sequence[int]], slots: Mapping[Section, int]) -> int:
    if blank.size is BlankSize.SECTION:
        return max(slots[section] - sum(map(len, pieces)), 2 * MIN_SECTION_TOKENS)
    return NUMBER_TOKENS if blank.size is BlankSize.NUMBER else PHRASE_TOKENS


def _filled(
    tokenizer: ClinicalTokenizer,
    infilling: Infilling,
    section: Section,
    denoised: Denoised,
    places: Sequence[slice],
) -> tuple[str, list[WrittenSpan]]:
    """The given text with its blanks filled; a blank that nothing was found for stays."""
    given, blanks = infilling.given[section], infilling.blanks[section]
    text, done = "", 0
    spans: list[WrittenSpan] = []
    for blank, place in zip(blanks, places, strict=True):
        text += given[done : blank.start]
        raw = written_text(tokenizer, denoised, place)
        body = _fitting(section, blank, drop_repeats(raw), text, given[blank.end :])
        if not body or not _follows(body, infilling.sources):
            text += given[blank.start : blank.end]
        else:
            at_end = blank.start == blank.end
            text += " " if at_end and text and not text[-1].isspace() and body[0] not in ",.;:!?)" else ""
            spans.append(WrittenSpan(len(text), len(text) + len(body), mean_confidence(denoised, place)))
            text += body
        done = blank.end
    return text + given[done:], spans


def _fitting(section: Section, blank: Blank, written: str, before: str, rest: str) -> str:
    """What was written as it fits the blank: a number, items that count on, no full stop inside a sentence."""
    if blank.size is BlankSize.NUMBER:
        number = _NUMBER.match(written)
        return number.group() if number else ""
    if not any(character.isalnum() for character in written):
        return ""
    if section in LIST_SECTIONS:
        written = _counted_on(section, written, before, first_only=bool(rest.strip()))
    following = rest.lstrip()[:1]
    inside = following and not following.isupper() and not _ITEM_NUMBER.match(rest.lstrip())
    return written.rstrip(" .;:,") if inside else written


def _counted_on(section: Section, written: str, before: str, *, first_only: bool) -> str:
    """List items with numbers that go on from those ``before``; the first of them alone where a given one follows."""
    opened = OPEN_ITEM.search(before)
    numbers = [before[s.start : s.body] for s in statements(section, before) if s.start < s.body]
    count = int(opened.group(1)) if opened else int(numbers[-1].split(".")[0]) if numbers else 0
    items: list[str] = []
    for i, statement in enumerate(statements(section, written)):
        body = written[statement.body : statement.end]
        unfinished = bool(opened) or (statement.start == statement.body and is_half_written(before))
        goes_on = i == 0 and (first_only or unfinished)
        count += not goes_on
        items.append(body if goes_on else f"{count}. {body}")
    return " ".join(items[:1] if first_only else items)


def _supported(section: Section, text: str, sources: str | None) -> str:
    """A written section; without a transcript, only the statements that follow from the sources."""
    if sources is None:
        return text
    kept = [text[s.start : s.end] for s in statements(section, text) if _follows(text[s.body : s.end], sources)]
    joined = " ".join(kept)
    return (renumber(joined) if section in LIST_SECTIONS else joined) or section.empty_text


def _follows(text: str, sources: str | None) -> bool:
    """Whether a text brings in no number and no drug that the sources do not have."""
    if sources is None:
        return True
    said, known = read_wording(text), read_wording(sources)
    numbers = {number for number, _ in known.quantities}
    return said.drugs <= known.drugs and all(number in numbers for number, _ in said.quantities)
