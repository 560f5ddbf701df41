"""What every reader of a corpus yields, and how a line that cannot be used is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from medscribe_core.corpora.text_files import numbered_lines, parse_json
from medscribe_core.errors import DataError, InputError
from medscribe_core.schema import NOTE_SECTIONS, Section


class Record(Protocol):
    """A visit or a note of any corpus; ``group`` is the patient (or visit) that a split never parts."""

    id: str

    @property
    def group(self) -> str: ...

    @property
    def note_text(self) -> str: ...

    def texts(self) -> dict[str, str]:
        """Every free text by the name of its field."""

    def as_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class CorpusRecord:
    """One record of a public corpus; what the corpus does not have is empty."""

    id: str
    group: str
    transcript: str = ""
    note_text: str = ""
    sections: dict[Section, str] = field(default_factory=dict)

    def texts(self) -> dict[str, str]:
        """Every free text by the name of its field."""
        return {"transcript": self.transcript, "note": self.note_text}

    def as_json(self) -> dict[str, Any]:
        """The same five-section shape for every corpus; text outside the five sections is left out."""
        note = {section.value: self.sections.get(section, "") for section in NOTE_SECTIONS}
        return {"id": self.id, "group": self.group, "transcript": self.transcript, "note": note}


@dataclass(frozen=True)
class BrokenLine:
    """A line that was left out; ``reason`` continues the sentence and never quotes the line."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line} {self.reason}."


OnBroken = Callable[[BrokenLine], None]


def refuse(broken: BrokenLine) -> None:
    """The handler of a reader that was given none: the first broken line ends the reading with a DataError."""
    raise DataError(str(broken))


def undecodable(text: str) -> bool:
    """True for text that was decoded with ``surrogateescape`` and held bytes that are not UTF-8."""
    return any("\udc80" <= character <= "\udcff" for character in text)


def json_lines(path: Path, on_broken: OnBroken) -> Iterator[tuple[int, Any]]:
    """(line number, value) of a JSONL file; blank lines are left out and broken ones go to ``on_broken``.

    Raises DataError if the file cannot be read.
    """
    for number, line in numbered_lines(path, errors="surrogateescape"):
        if undecodable(line):
            on_broken(BrokenLine(path, number, "is not UTF-8 text"))
            continue
        try:
            value = parse_json(line, "it")
        except InputError as error:
            on_broken(BrokenLine(path, number, str(error).removeprefix("it ").rstrip(".")))
            continue
        yield number, value
