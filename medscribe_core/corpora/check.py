"""One pass over a corpus file: what can be read, what is broken, what should not be trained on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from medscribe_core.corpora.aci_bench import read_aci_bench
from medscribe_core.corpora.authored import read_authored
from medscribe_core.corpora.filtering import FilterStats, filter_reason
from medscribe_core.corpora.kinds import CorpusKind
from medscribe_core.corpora.mimic import read_mimic
from medscribe_core.corpora.mts_dialog import read_mts_dialog
from medscribe_core.corpora.osce import read_osce
from medscribe_core.corpora.phi_screen import PhiReport, screen
from medscribe_core.corpora.records import BrokenLine, OnBroken, Record
from medscribe_core.corpora.text_files import atomic_writer
from medscribe_core.errors import DataError
from medscribe_core.tokenizer import ClinicalTokenizer

LISTED = 20  # broken lines that are named; all are counted


@dataclass
class CorpusCheck:
    """What a file holds.

    Attributes:
        sections: records that have text for each section.
        skipped: rows that the reader leaves out on purpose, by why.
        filtered: what :func:`filter_notes` makes of the notes (records without a note are not counted).
    """

    kind: CorpusKind
    records: int = 0
    groups: int = 0
    broken: int = 0
    broken_lines: list[BrokenLine] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    sections: Counter[str] = field(default_factory=Counter)
    filtered: FilterStats = field(default_factory=FilterStats)
    phi: PhiReport = field(default_factory=PhiReport)

    def as_json(self) -> dict[str, Any]:
        """Counts, the first broken lines and the kinds of identifiers by record; no text of the corpus."""
        return {
            "kind": self.kind.value,
            "records": self.records,
            "groups": self.groups,
            "broken": self.broken,
            "broken_lines": [{"line": b.line, "reason": b.reason} for b in self.broken_lines],
            "skipped": dict(self.skipped),
            "sections": dict(self.sections),
            "filter": asdict(self.filtered),
            "phi": {
                "by_kind": {kind.value: count for kind, count in self.phi.by_kind().items()},
                "by_record": {name: [k.value for k in kinds] for name, kinds in self.phi.by_record().items()},
                "reviewed": self.phi.reviewed,
            },
        }


def check_corpus(path: Path, kind: CorpusKind, tokenizer: ClinicalTokenizer, out: Path | None = None) -> CorpusCheck:
    """Read ``path`` once; with ``out`` write its records there as JSONL (authored files stay authored files).

    ``out`` appears only when the whole file was read. Raises DataError if the file cannot be read, has the wrong
    columns or no record that can be used, or if ``out`` cannot be written.
    """
    result = CorpusCheck(kind)
    with atomic_writer(out) if out is not None else nullcontext() as stream:
        records = _reader(kind, result.skipped)(path, _collect(result))
        result.phi = screen(_counted(records, result, tokenizer, stream))
        if not result.records:
            first = f"; {result.broken_lines[0]}" if result.broken_lines else "."
            raise DataError(f"{path} has no record of the kind {kind.value} that can be used{first}")
    return result


def _reader(kind: CorpusKind, skipped: Counter[str]) -> Callable[[Path, OnBroken], Iterator[Record]]:
    return {
        CorpusKind.AUTHORED: lambda path, report: read_authored(path, on_broken=report),
        CorpusKind.MIMIC: lambda path, report: read_mimic(path, report, skipped),
        CorpusKind.MTS: read_mts_dialog,
        CorpusKind.ACI: read_aci_bench,
        CorpusKind.OSCE: read_osce,
    }[kind]


def _collect(result: CorpusCheck) -> OnBroken:
    def collect(broken: BrokenLine) -> None:
        result.broken += 1
        if len(result.broken_lines) < LISTED:
            result.broken_lines.append(broken)

    return collect


def _counted(
    records: Iterator[Record], result: CorpusCheck, tokenizer: ClinicalTokenizer, stream: IO[str] | None
) -> Iterator[Record]:
    groups: set[str] = set()
    for record in records:
        groups.add(record.group)
        result.records += 1
        result.groups = len(groups)
        line = record.as_json()
        result.sections.update(name for name, text in line["note"].items() if text)
        if record.note_text:
            result.filtered.count(filter_reason(record.note_text, tokenizer))
        if stream is not None:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        yield record
