"""Any corpus file as visits of one shape, its kind told from its name and first line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medscribe_core.corpora.kinds import CorpusKind
from medscribe_core.corpora.text_files import numbered_lines, parse_json
from medscribe_core.errors import DataError, InputError
from medscribe_core.schema import Section


@dataclass(frozen=True)
class ExploredVisit:
    """A dialogue, a note or both; ``sections`` in the order in which the note has them."""

    id: str
    transcript: str
    sections: dict[Section, str]


def kind_of(path: Path | str) -> CorpusKind:
    """Which corpus a file is of. Raises DataError if its first line fits none."""
    path = Path(path)
    first = next((line for _, line in numbered_lines(path, errors="replace")), "")
    if path.suffix.lower() == ".csv":
        columns = {name.strip().strip('"').upper() for name in first.split(",")}
        for kind, names in (
            (CorpusKind.MIMIC, {"HADM_ID", "TEXT"}),
            (CorpusKind.MTS, {"SECTION_TEXT"}),
            (CorpusKind.ACI, {"DIALOGUE", "NOTE"}),
        ):
            if names <= columns:
                return kind
        raise DataError(f"{path} has the columns of no corpus that can be read here.")
    try:
        value = parse_json(first, f"{path}, line 1")
    except InputError as error:
        raise DataError(str(error)) from None
    return CorpusKind.OSCE if isinstance(value, dict) and "dialogue" in value else CorpusKind.AUTHORED


def open_corpus(path: Path | str) -> Iterator[ExploredVisit]:
    """Yield the visits of a corpus file, whichever of the known kinds it is; broken lines are left out.

    Raises DataError if the file cannot be read or none of the kinds fits; a broken authored encounter too.
    """
    kind = kind_of(path)
    if kind is CorpusKind.AUTHORED:
        from medscribe_core.corpora.authored import read_authored

        for encounter in read_authored(path):
            yield ExploredVisit(encounter.id, encounter.transcript, filled(encounter.note.sections()))
        return
    yield from _records(kind, Path(path))


def _records(kind: CorpusKind, path: Path) -> Iterator[ExploredVisit]:
    if kind is CorpusKind.MIMIC:
        from medscribe_core.corpora.mimic import read_mimic

        for summary in read_mimic(path, on_broken=lambda _: None):
            yield ExploredVisit(summary.id, "", filled(summary.sections))
        return
    from medscribe_core.corpora.aci_bench import read_aci_bench
    from medscribe_core.corpora.mts_dialog import read_mts_dialog
    from medscribe_core.corpora.osce import read_osce

    reader = {CorpusKind.ACI: read_aci_bench, CorpusKind.MTS: read_mts_dialog, CorpusKind.OSCE: read_osce}[kind]
    for record in reader(path, lambda _: None):
        yield ExploredVisit(record.id, record.transcript, filled(record.sections))


def filled(sections: dict[Section, str]) -> dict[Section, str]:
    """The sections that say something."""
    return {s: text for s, text in sections.items() if text.strip() and text.strip() != s.empty_text}
