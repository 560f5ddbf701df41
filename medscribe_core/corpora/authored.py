"""Authored encounters: one JSON object a line, a visit with the note that a careful clinician would sign."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from medscribe_core.corpora.text_files import numbered_lines, parse_json
from medscribe_core.errors import DataError, InputError
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


def read_authored(path: Path | str, limit: int | None = None) -> Iterator[AuthoredEncounter]:
    """Yield the encounters of ``path`` in file order, at most ``limit`` of them.

    Raises DataError naming the file and line of the first line in a wrong format, and when an id occurs twice.
    """
    seen: set[str] = set()
    for number, line in numbered_lines(path):
        if limit is not None and len(seen) >= limit:
            return
        name = f"{path}, line {number}"
        try:
            encounter = AuthoredEncounter.model_validate(parse_json(line, name))
        except InputError as error:
            raise DataError(str(error)) from None
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the line"
            raise DataError(f"{name} is no encounter: {where[:60]}: {problem['msg'].lower()}.") from None
        if encounter.id in seen:
            raise DataError(f"{name}: the id {encounter.id[:40]!r} occurs twice.")
        seen.add(encounter.id)
        yield encounter
    if not seen:
        raise DataError(f"{path} has no encounters.")
