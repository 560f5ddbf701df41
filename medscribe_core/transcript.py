"""Turns of a transcript: who speaks which characters, whatever way the speakers are marked."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DOCTOR = {"doctor", "dr", "d", "doc", "clinician", "physician", "provider", "md", "np", "pa"}
_PATIENT = {"patient", "pt", "p"}
_LABEL = re.compile(
    r"^[ \t]*(?:\[(?P<bracket>[A-Za-z_ ]{1,24})\][ \t]*:?"
    r"|(?P<colon>[A-Za-z][A-Za-z.]{0,19}(?: [A-Za-z]{1,12})?):)[ \t]*"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")
#: Words before a colon that are what is said, not who says it.
_NOT_SPEAKERS = {
    "vitals",
    "exam",
    "plan",
    "assessment",
    "hpi",
    "ros",
    "history",
    "allergies",
    "medications",
    "subjective",
    "objective",
}
_LONG_TURN = 600  # characters; longer unlabelled turns (dictation) are cut at sentence ends


@dataclass(frozen=True)
class Turn:
    """Characters ``start`` to ``end`` of the transcript (label excluded) said by ``speaker``.

    ``speaker`` is ``doctor``, ``patient``, ``other`` (a parent, spouse or nurse) or ``unknown`` (no label).
    """

    speaker: str
    start: int
    end: int


def parse_turns(transcript: str) -> list[Turn]:
    """Turns in order. A line without a label continues the one before it only if that one was labelled."""
    turns: list[Turn] = []
    position = 0
    labelled = False
    for line in transcript.split("\n"):
        start, end = position, position + len(line)
        position = end + 1
        match = _LABEL.match(line)
        speaker = _speaker(match) if match else None
        if match and speaker:
            labelled = True
            start += match.end()
        if not transcript[start:end].strip():
            continue
        if speaker is None and labelled and turns:
            turns[-1] = Turn(turns[-1].speaker, turns[-1].start, end)
        else:
            turns.append(Turn(speaker or "unknown", start, end))
    return [part for turn in turns for part in _at_sentences(transcript, turn)]


def _speaker(match: re.Match[str]) -> str | None:
    name = (match["bracket"] or match["colon"]).strip().strip(".").lower()
    if name in _DOCTOR:
        return "doctor"
    if name in _PATIENT:
        return "patient"
    return None if name in _NOT_SPEAKERS else "other"


def _at_sentences(transcript: str, turn: Turn) -> list[Turn]:
    text = transcript[turn.start : turn.end]
    if len(text) <= _LONG_TURN:
        return [turn]
    parts: list[Turn] = []
    start = 0
    ends = [m.start() for m in _SENTENCE_END.finditer(text)] + [len(text)]
    for end, following in zip(ends, [*ends[1:], None], strict=True):
        if following is None or following - start > _LONG_TURN // 2:
            parts.append(Turn(turn.speaker, turn.start + start, turn.start + end))
            start = end
    return [p for p in parts if transcript[p.start : p.end].strip()]
