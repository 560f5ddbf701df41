"""Authored encounters: one JSON object a line, a visit with the note that a careful clinician would sign."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from medscribe_core.corpora.records import BrokenLine, OnBroken, json_lines, refuse
from medscribe_core.errors import DataError
from medscribe_core.schema import Encounter, Evidence, PatientContext, SoapNote

TranscriptStyle = Literal["labels_doctor_patient", "labels_short", "bracket_lower", "asr_raw", "dictation", "caregiver"]


class SectionEdit(BaseModel):
    """A physician's rewrite of one section and what it must change elsewhere."""

    section: str
    new_content: str
    expected: dict[str, str] = Field(default_factory=dict)
    unchanged: list[str] = Field(default_factory=list)


class AuthoredEncounter(BaseModel):
    """One visit with its reference note.

    ``facts`` is present in simulated visits only: the facts that the visit was made from
    (``kind, concept, section, statement, values, spans``).
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    complaint: str = ""
    transcript_style: TranscriptStyle | None = None
    patient_context: Annotated[PatientContext, BeforeValidator(lambda value: {} if value is None else value)]
    transcript: Annotated[str, Field(min_length=1)]
    note: SoapNote
    evidence: list[Evidence] = Field(default_factory=list)
    edit: SectionEdit | None = None
    facts: list[dict[str, Any]] | None = None

    @property
    def encounter(self) -> Encounter:
        """What an engine may see of the visit: the transcript and the chart, never the note."""
        return Encounter(encounter_id=self.id, transcript=self.transcript, patient_context=self.patient_context)

    @property
    def group(self) -> str:
        """Every authored visit is of a patient of its own."""
        return self.id

    @property
    def note_text(self) -> str:
        """The reference note as it is rendered."""
        return self.note.to_text()

    def texts(self) -> dict[str, str]:
        """Every free text by the name of its field."""
        found = {"complaint": self.complaint, "transcript": self.transcript, "context": self.patient_context.as_line()}
        found |= {section.value: text for section, text in self.note.sections().items()}
        for number, item in enumerate(self.evidence):
            # Most of it stands in the note and in the transcript, word for word.
            loose = [item.statement] if item.statement not in found[item.section.value] else []
            loose += [item.quote] if item.quote not in self.transcript else []
            found |= {f"evidence {number}": "\n".join(loose)} if loose else {}
        if self.edit is not None:
            found["edit"] = "\n".join((self.edit.new_content, *self.edit.expected.values()))
        if self.facts is not None:
            found["facts"] = "\n".join(_strings(self.facts))
        return found

    def as_json(self) -> dict[str, Any]:
        """The line of an authored file that reads back as this encounter."""
        return self.model_dump(mode="json", exclude_none=True)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _validated(value: object) -> tuple[AuthoredEncounter | None, str]:
    """The encounter, or why it is none: raising here would chain pydantic's error, which quotes the line."""
    try:
        return AuthoredEncounter.model_validate(value), ""
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "the line"
        return None, f"is no encounter: {where[:60]}: {problem['msg'].lower()}"


def read_authored(
    path: Path | str, limit: int | None = None, on_broken: OnBroken | None = None
) -> Iterator[AuthoredEncounter]:
    """Yield the encounters of ``path`` in file order, at most ``limit`` of them.

    A line in a wrong format, or with an id that has occurred, goes to ``on_broken`` and is left out. Without it the
    first such line raises a DataError that names file and line, and so does a file without encounters.
    """
    seen: set[str] = set()
    any_broken = False

    def broken(problem: BrokenLine) -> None:
        nonlocal any_broken
        any_broken = True
        (on_broken or refuse)(problem)

    path = Path(path)
    for number, value in json_lines(path, broken):
        if limit is not None and len(seen) >= limit:
            return
        encounter, why = _validated(value)
        if encounter is None:
            broken(BrokenLine(path, number, why))
            continue
        if encounter.id in seen:
            broken(BrokenLine(path, number, f"has an id that occurs twice: {encounter.id[:40]!r}"))
            continue
        seen.add(encounter.id)
        yield encounter
    if not seen and not any_broken:
        raise DataError(f"{path} has no encounters.")


class EncounterEdits(BaseModel):
    """What a physician might rewrite in the note of the authored encounter of this id, each on its own."""

    model_config = ConfigDict(extra="forbid")

    id: str
    edits: list[SectionEdit]


def read_edits(path: Path | str) -> dict[str, list[SectionEdit]]:
    """Edits by the id of their encounter; raises DataError that names file and line of what is none."""
    found: dict[str, list[SectionEdit]] = {}
    path = Path(path)
    for number, value in json_lines(path, refuse):
        try:
            record = EncounterEdits.model_validate(value)
        except ValidationError:
            record = None  # raised below: pydantic's error, which quotes the line, must not be chained
        if record is None:
            raise DataError(f"{path}, line {number}: not the edits of an encounter.")
        found.setdefault(record.id, []).extend(record.edits)
    return found


def edited_note(note: SoapNote, edit: SectionEdit) -> SoapNote:
    """The note that agrees with the edit."""
    return note.model_copy(update={edit.section: edit.new_content, **edit.expected})
