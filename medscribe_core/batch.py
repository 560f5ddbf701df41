"""Notes for a file of visits: a bad line is named and kept apart, the good ones get their notes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medscribe_core.corpora.text_files import atomic_writer, numbered_lines, parse_json
from medscribe_core.errors import InputError, MedScribeError
from medscribe_core.generated import GeneratedNote
from medscribe_core.schema import Encounter, PatientContext, Section, parse_partial_note

_KEYS = frozenset({"id", "transcript", "patient_context", "partial_note"})
#: Keys of an authored or simulated visit that generation has no use for.
_IGNORED_KEYS = frozenset({"complaint", "transcript_style", "note", "evidence", "edit", "facts"})


@dataclass(frozen=True)
class BatchFailure:
    """A line without a note: its number, its id if it has one, and why."""

    line: int
    visit_id: str | None
    reason: str


def write_batch(
    source: Path,
    out: Path,
    generate: Callable[[Encounter, dict[Section, str]], GeneratedNote],
    progress: Callable[[int, int], None] | None = None,
) -> list[BatchFailure]:
    """Write one line to ``out`` for each line of ``source``, in order; return what failed.

    ``generate`` writes the note of an encounter and its given sections. A line that fails becomes
    ``{"id", "error"}``. ``out`` appears only when all lines are done. ``progress`` is called with (done, all).
    Raises InputError when ``source`` is empty or is ``out`` itself, DataError when a file cannot be read or written.
    """
    if out.exists() and source.exists() and out.samefile(source):
        raise InputError(f"{out} is the input; give another file for the output.")
    total = sum(1 for _ in _lines(source))
    if not total:
        raise InputError(f"{source} has no visits.")
    failures: list[BatchFailure] = []
    with atomic_writer(out) as stream:
        for done, (number, line) in enumerate(_lines(source), start=1):
            visit_id = None
            try:
                visit = _parse(line)
                visit_id = _visit_id(visit)
                encounter, given = read_visit(visit)
                result = {"id": visit_id, **generate(encounter, given).to_response()}
            except MedScribeError as error:
                failures.append(BatchFailure(number, visit_id, str(error)))
                result = {"id": visit_id, "error": str(error)}
            stream.write(json.dumps(result, ensure_ascii=False) + "\n")
            if progress:
                progress(done, total)
    return failures


def read_visit(visit: Any) -> tuple[Encounter, dict[Section, str]]:
    """The encounter and the given sections of one line's object.

    Raises InputError for a missing or unknown key: a misspelled ``partial_note`` must not be lost silently.
    """
    visit_id = _visit_id(visit)
    if visit_id is None:
        raise InputError('The line needs an "id" that is text.')
    unknown = sorted(set(visit) - _KEYS - _IGNORED_KEYS)
    if unknown:
        raise InputError(f"Unknown key {unknown[0][:40]!r}; known keys are {', '.join(sorted(_KEYS))}.")
    transcript = visit.get("transcript")
    if not isinstance(transcript, str):
        raise InputError('The line needs a "transcript" that is text.')
    given = parse_partial_note(visit.get("partial_note"))
    require_text(transcript, *given.values())
    context = PatientContext.parse(visit.get("patient_context"))
    return Encounter(encounter_id=visit_id, transcript=transcript, patient_context=context), given


def require_text(*texts: str) -> None:
    """Raise InputError for half of a surrogate pair, which JSON can spell but no text can contain."""
    for text in texts:
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise InputError("The text has a broken character (an unpaired surrogate).")


def failure_lines(source: Path, failures: list[BatchFailure]) -> Iterator[str]:
    """One sentence for each failure: file, line number, id and reason."""
    for failure in failures:
        visit = f" (id {failure.visit_id[:40]!r})" if failure.visit_id else ""
        yield f"{source}, line {failure.line}{visit}: {failure.reason}"


def _lines(source: Path) -> Iterator[tuple[int, str]]:
    # Bytes that are not UTF-8 become surrogates, so that only their line fails.
    return numbered_lines(source, errors="surrogateescape")


def _parse(line: str) -> Any:
    if any("\ud800" <= character <= "\udfff" for character in line):
        raise InputError("The line is not UTF-8 text.")
    return parse_json(line, "The line")


def _visit_id(visit: Any) -> str | None:
    if not isinstance(visit, dict):
        raise InputError("The line must be a JSON object.")
    visit_id = visit.get("id")
    if not isinstance(visit_id, str) or not visit_id.strip():
        return None
    require_text(visit_id)
    return visit_id
