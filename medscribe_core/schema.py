"""What a visit and a note are: the one place that knows the sections and their order."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from medscribe_core.errors import InputError


class Section(StrEnum):
    """A section of a note; iteration order is the order in which a note is written."""

    HPI = "hpi"
    ROS = "ros"
    EXAM = "exam"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    OTHER = "other"

    @property
    def header(self) -> str:
        """The heading as it stands in a rendered note, e.g. ``HPI:``."""
        return f"{self.value.upper()}:"

    @property
    def title(self) -> str:
        """The heading spelled out for a reader."""
        return _TITLES[self]

    @property
    def loinc(self) -> str:
        """LOINC code of the section (used in FHIR Composition.section.code)."""
        return _LOINC[self]

    @property
    def empty_text(self) -> str:
        """What the house style writes when nothing was said for this section."""
        return "Not performed." if self is Section.EXAM else "Not discussed."

    @property
    def index(self) -> int:
        """Position in section order, 0 (HPI) to 5 (OTHER): the section head's label."""
        return _INDEX[self]


_TITLES = {
    Section.HPI: "History of present illness",
    Section.ROS: "Review of systems",
    Section.EXAM: "Examination",
    Section.ASSESSMENT: "Assessment",
    Section.PLAN: "Plan",
    Section.OTHER: "Other",
}
_LOINC = {
    Section.HPI: "10164-2",
    Section.ROS: "10187-3",
    Section.EXAM: "29545-1",
    Section.ASSESSMENT: "51848-0",
    Section.PLAN: "18776-5",
    Section.OTHER: "48767-8",
}
_INDEX = {section: i for i, section in enumerate(Section)}

#: The five sections of a SOAP note, in order.
NOTE_SECTIONS: tuple[Section, ...] = tuple(s for s in Section if s is not Section.OTHER)
#: Sections that are numbered lists: the numbers are structure, not content.
LIST_SECTIONS: tuple[Section, ...] = (Section.ASSESSMENT, Section.PLAN)

_HEADER_LINE = re.compile(
    r"^[ \t]*(" + "|".join(s.value for s in NOTE_SECTIONS) + r")[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE
)


def _listed(value: object) -> object:
    return [] if value is None else value


StringList = Annotated[list[Annotated[str, Field(max_length=200)]], BeforeValidator(_listed), Field(max_length=100)]


class PatientContext(BaseModel):
    """What the chart says before the visit. Unknown keys are refused: a typo must not lose a drug list.

    ``age`` is in years (0 to 120).
    """

    model_config = ConfigDict(extra="forbid")

    age: Annotated[int, Field(ge=0, le=120)] | None = None
    sex: Literal["F", "M"] | None = None
    medications: StringList = Field(default_factory=list)
    active_diagnoses: StringList = Field(default_factory=list)

    @classmethod
    def parse(cls, data: object) -> PatientContext:
        """Validate ``data``; raises InputError with one sentence that names the offending key."""
        try:
            return cls.model_validate({} if data is None else data)
        except ValidationError as error:
            raise InputError(f"The patient context cannot be used: {_first_problem(error)}.") from None

    def as_line(self) -> str:
        """The context as the one line that the model reads before the transcript."""
        who = {"F": "female", "M": "male", None: "sex unknown"}[self.sex]
        age = "age unknown" if self.age is None else f"{self.age}-year-old"
        medications = ", ".join(self.medications) or "none"
        diagnoses = ", ".join(self.active_diagnoses) or "none"
        return f"{age} {who}. Medications: {medications}. Diagnoses: {diagnoses}."


class Encounter(BaseModel):
    """One visit: what was said (any of the transcript styles) and what the chart says."""

    encounter_id: str
    transcript: str
    patient_context: PatientContext = Field(default_factory=PatientContext)


class Evidence(BaseModel):
    """A statement of the note and the characters of the transcript that it rests on."""

    section: Section
    statement: str
    quote: str
    start: int | None = None
    end: int | None = None


class SoapNote(BaseModel):
    """A note of five sections; each text is complete and never contains its own header."""

    model_config = ConfigDict(extra="forbid")

    hpi: str = ""
    ros: str = ""
    exam: str = ""
    assessment: str = ""
    plan: str = ""

    def __getitem__(self, section: Section) -> str:
        return getattr(self, Section(section).value)

    def sections(self) -> dict[Section, str]:
        """Section texts in note order."""
        return {section: self[section] for section in NOTE_SECTIONS}

    def to_text(self) -> str:
        """Render with one header line a section, in order."""
        return "\n".join(f"{section.header} {text}" for section, text in self.sections().items())

    @classmethod
    def from_text(cls, text: str) -> SoapNote:
        """Parse a note with headers such as ``HPI:`` at line starts; sections may be missing or reordered.

        Raises InputError if no header is found or one occurs twice.
        """
        matches = list(_HEADER_LINE.finditer(text))
        if not matches:
            raise InputError("No section headers (HPI, ROS, EXAM, ASSESSMENT, PLAN) were found in the note.")
        found: dict[str, str] = {}
        for match, following in zip(matches, [*matches[1:], None], strict=True):
            name = match.group(1).lower()
            if name in found:
                raise InputError(f"The note has the section {name.upper()} twice.")
            found[name] = text[match.end() : following.start() if following else len(text)].strip()
        return cls(**found)


def parse_partial_note(data: object) -> dict[Section, str]:
    """Sections that are given and must stay verbatim; null or absent sections are to be written.

    Raises InputError for an unknown section or a value that is not text.
    """
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise InputError("The partial note must be an object of section names and texts.")
    given: dict[Section, str] = {}
    for key, value in data.items():
        if key not in {s.value for s in NOTE_SECTIONS}:
            allowed = ", ".join(s.value for s in NOTE_SECTIONS)
            raise InputError(f"Unknown section {str(key)[:40]!r} in the partial note; known sections are {allowed}.")
        if value is None:
            continue
        if not isinstance(value, str):
            raise InputError(f"The section {key!r} of the partial note must be text or null.")
        given[Section(key)] = value
    return given


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"]) or "the whole"
    if problem["type"] == "extra_forbidden":
        return f"unknown key {where[:60]!r}"
    return f"{where[:60]}: {problem['msg'].lower()}"
