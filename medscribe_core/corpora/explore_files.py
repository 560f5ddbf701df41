"""The shipped figures of the corpora, and a user's own visits to compare with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medscribe_core.corpora.headers import sections_of
from medscribe_core.corpora.opening import ExploredVisit, filled
from medscribe_core.corpora.records import BrokenLine
from medscribe_core.corpora.text_files import parse_json, read_json
from medscribe_core.errors import DataError, InputError
from medscribe_core.schema import NOTE_SECTIONS, Section, parse_partial_note
from medscribe_core.settings import REPOSITORY

#: The corpus that the others are measured by.
REFERENCE = "Authored"
SUMMARY = REPOSITORY / "assets" / "results" / "explore.json"
MAX_BYTES = 25 * 2**20
MAX_VISITS = 2_000
_STEP = 50  # lines between two reports of progress
_FIGURES = {
    "visits", "transcript_words", "turns_per_visit", "turn_words", "turns_with_number", "distinct_2", "growth",
    "note_words", "section_words", "sections_missing", "section_orders", "overlap", "neighbors", "nearest_neighbor",
    "note_vocabulary", "transcript_vocabulary", "terms",
}  # fmt: skip


@dataclass
class Upload:
    """What could be read of a file.

    Attributes:
        left_out: good lines beyond the first ``MAX_VISITS``.
    """

    visits: list[ExploredVisit] = field(default_factory=list)
    broken: list[BrokenLine] = field(default_factory=list)
    left_out: int = 0


def load_summary(path: Path = SUMMARY) -> dict[str, Any]:
    """The figures that ``medscribe explore`` has written to ``path``; raises DataError if they are not there."""
    try:
        summary = read_json(path)
    except InputError as error:
        raise DataError(f"The figures of the corpora cannot be shown: {error}") from None
    corpora = summary.get("corpora") if isinstance(summary, dict) else None
    complete = isinstance(corpora, dict) and all(
        isinstance(figures, dict) and figures.keys() >= _FIGURES for figures in corpora.values()
    )
    if not complete or REFERENCE not in corpora or not isinstance(summary.get("tokens"), int):
        raise DataError(f"{path.name} does not hold the figures of corpora; write it anew with `medscribe explore`.")
    return summary


def read_upload(data: bytes, progress: Callable[[float], None] = lambda share: None) -> Upload:
    """Visits of a JSONL file: ``transcript`` (or ``dialogue``), ``note`` (text or an object of sections), or both.

    Other keys are ignored. Lines that cannot be used are listed and left out. ``progress`` gets the share that is
    read, 0 to 1. Raises InputError if the file is too large or has no line that can be used.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"The file is larger than {MAX_BYTES // 2**20} MB; upload a part of it.")
    upload = Upload()
    lines = data.removeprefix(b"\xef\xbb\xbf").splitlines()
    for number, raw in enumerate(lines, start=1):
        if number % _STEP == 0:
            progress(number / len(lines))
        if not raw.strip():
            continue
        try:
            visit = _visit(raw, number)
        except InputError as error:
            upload.broken.append(BrokenLine(Path("The file"), number, str(error)))
            continue
        if len(upload.visits) < MAX_VISITS:
            upload.visits.append(visit)
        else:
            upload.left_out += 1
    progress(1.0)
    if not upload.visits:
        why = f": line {upload.broken[0].line} {upload.broken[0].reason}." if upload.broken else ": it is empty."
        raise InputError(f"The file has no visit that can be read{why}")
    return upload


def _visit(raw: bytes, number: int) -> ExploredVisit:
    """The visit of one line; raises InputError with a message that continues "line 3 ..." and quotes no text."""
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text") from None
    try:
        value = parse_json(line, "it")
    except InputError as error:
        # The value is one line, so only the column says something.
        raise InputError(str(error).removeprefix("it ").replace("(line 1, ", "(").rstrip(".")) from None
    if not isinstance(value, dict):
        raise InputError("is no JSON object")
    transcript = value.get("transcript", value.get("dialogue"))
    if not isinstance(transcript, str | None):
        raise InputError("has a transcript that is not text")
    sections = _sections(value.get("note"))
    if not (transcript and transcript.strip()) and not sections:
        raise InputError("has neither a transcript nor a note")
    return ExploredVisit(f"line {number}", transcript or "", sections)


def _sections(note: object) -> dict[Section, str]:
    if isinstance(note, str):
        found = sections_of(note)
        if note.strip() and not found:
            raise InputError("has a note without a section title")
    else:
        try:
            found = parse_partial_note(note)
        except InputError:
            names = ", ".join(section.value for section in NOTE_SECTIONS)
            raise InputError(f"has a note that is neither text nor an object of sections ({names})") from None
    return filled(found)
