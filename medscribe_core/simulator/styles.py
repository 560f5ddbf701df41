"""Transcript styles: how a conversation looks as text, with every fact's characters followed along."""

from __future__ import annotations

import random
import re

from medscribe_core.simulator.facts import Fact, SimulatedVisit, Turn

Spans = list[tuple[int, int]]

_SHORT_LABELS = (("DR: ", "PT: "), ("D: ", "P: "), ("Dr: ", "Pt: "), ("DOC: ", "PT: "))
_SPACED = re.compile(r" ?([,.?!;:])(?=\s|$)|\s*([()])\s*")
#: What a speech recogniser writes for what it did not catch; only applied to talk that states no fact.
_MISHEARD = (
    ("okay", "ok"), ("going to", "gonna"), ("you know", "ya know"), ("their", "there"), ("alright", "all right"),
    ("your", "you're"), ("right", "write"), ("see", "sea"), ("no", "know"), ("hear", "here"), ("great", "grate"),
    ("want to", "wanna"), ("let's", "lets"), ("that's", "thats"), ("it's", "its"), ("two", "too"), ("wait", "weight"),
)  # fmt: skip


def labels_for(style: str, visit: SimulatedVisit, rng: random.Random) -> dict[str, str]:
    """Speaker -> the mark at the head of its lines."""
    helper = visit.caregiver or "Caregiver"
    if style == "labels_short":
        doctor, patient = rng.choice(_SHORT_LABELS)
        caregiver = f"{helper.upper()}: " if doctor.isupper() else f"{helper}: "
        return {"doctor": doctor, "patient": patient, "caregiver": caregiver, "nurse": "RN: "}
    if style == "bracket_lower":
        return {s: f"[{s}] " for s in ("doctor", "patient", "nurse")} | {"caregiver": f"[{helper.lower()}] "}
    if style == "asr_raw":
        return dict.fromkeys(("doctor", "patient", "caregiver", "nurse"), "")
    return {"doctor": "Doctor: ", "patient": "Patient: ", "caregiver": f"{helper}: ", "nurse": "Nurse: "}


def lay_out(visit: SimulatedVisit, style: str, rng: random.Random) -> tuple[str, list[Spans]]:
    """Transcript and, for each fact of the visit, its (start, end) offsets in it."""
    labels = labels_for(style, visit, rng)
    restyle = {"bracket_lower": _bracket_lower, "asr_raw": _asr_raw}.get(style)
    marks = _marks_by_turn(visit.facts, len(visit.turns))
    spans: list[Spans] = [[] for _ in visit.facts]
    lines: list[str] = []
    offset = 0
    for turn, turn_marks in zip(visit.turns, marks, strict=True):
        label = labels[turn.speaker]
        text, shift = turn.text, None
        if restyle:
            text, shift = restyle(turn, [(s, e) for _, s, e in turn_marks], rng)
        for fact, start, end in turn_marks:
            if shift:
                start, end = shift[start], shift[end]
            base = offset + len(label)
            spans[fact].append((base + start, base + end))
        lines.append(label + text)
        offset += len(label) + len(text) + 1
    transcript = "\n".join(lines)
    return transcript, [[_trimmed(transcript, span) for span in fact_spans] for fact_spans in spans]


def _marks_by_turn(facts: list[Fact], turns: int) -> list[list[tuple[int, int, int]]]:
    marks: list[list[tuple[int, int, int]]] = [[] for _ in range(turns)]
    for number, fact in enumerate(facts):
        for turn, start, end in fact.evidence:
            marks[turn].append((number, start, end))
    return marks


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _replace_mapped(text: str, pattern: re.Pattern[str], replacement: object) -> tuple[str, list[int]]:
    """``pattern.sub`` with a map from every old offset (0..len) to its new one."""
    shift: list[int] = []
    out: list[str] = []
    length = last = 0
    for match in pattern.finditer(text):
        start, end = match.span()
        shift.extend(range(length, length + start - last))
        length += start - last
        new = replacement(match)  # type: ignore[operator]
        out += [text[last:start], new]
        shift.extend(length + min(i, len(new)) for i in range(end - start))
        length += len(new)
        last = end
    shift.extend(range(length, length + len(text) - last + 1))
    out.append(text[last:])
    return "".join(out), shift


def _bracket_lower(turn: Turn, spans: Spans, rng: random.Random) -> tuple[str, list[int]]:
    """Lower case with blanks before punctuation, as tokenised corpora write it."""

    def spaced(match: re.Match[str]) -> str:
        return f" {match.group(1) or match.group(2)}"

    return _replace_mapped(turn.text.lower(), _SPACED, spaced)


_NUMBER_WORDS = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    "|first|second|third|fourth|fifth|half|quarter|a|an|once|twice|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|point"
)
#: A break between two numbers, which would run together without it.
_BETWEEN_NUMBERS = re.compile(rf"(?:(?:\b(?:{_NUMBER_WORDS})|\d))[.,] (?:(?:a )?(?:{_NUMBER_WORDS})\b|\d)")
_PUNCTUATION = re.compile(r"[,;:!?()\"]|\.(?=\s|$)|(?<=[a-z])-(?=[a-z])", re.IGNORECASE)


def _asr_raw(turn: Turn, spans: Spans, rng: random.Random) -> tuple[str, list[int]]:
    """Lower case without punctuation; words outside the facts are now and then misheard."""
    lowered = turn.text.lower()
    kept = {m.start() + m.group(0).index(" ") - 1 for m in _BETWEEN_NUMBERS.finditer(lowered)}

    def heard_as(match: re.Match[str]) -> str:
        return match.group(0) if match.start() in kept else " " if match.group(0) == "-" else ""

    text, shift = _replace_mapped(lowered, _PUNCTUATION, heard_as)
    if rng.random() > 0.12:
        return text, shift
    wrong, heard = rng.choice(_MISHEARD)
    taken = [(shift[s], shift[e]) for s, e in spans]
    for match in re.finditer(rf"\b{wrong}\b", text):
        if all(match.end() <= s or match.start() >= e for s, e in taken):
            grown = len(heard) - len(wrong)
            text = text[: match.start()] + heard + text[match.end() :]
            return text, [i + grown if i >= match.end() else i for i in shift]
    return text, shift
