"""ACI-BENCH: whole visits with whole notes.

Yim, Fu, Ben Abacha et al., ACI-BENCH: a novel ambient clinical intelligence dataset (Scientific Data, 2023);
CC BY 4.0. Not bundled: give the path of one of its CSV files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medscribe_core.corpora.csv_files import csv_rows
from medscribe_core.corpora.headers import sections_of
from medscribe_core.corpora.records import BrokenLine, CorpusRecord, OnBroken, refuse

COLUMNS = ("dataset", "encounter_id", "dialogue", "note")


def read_aci_bench(path: Path | str, on_broken: OnBroken | None = None) -> Iterator[CorpusRecord]:
    """Yield the visits of ``path`` in file order; a combined assessment and plan is two sections.

    Broken rows go to ``on_broken``; without it the first one raises DataError, as do a missing file and columns.
    """
    path, report = Path(path), on_broken or refuse
    seen: set[str] = set()
    for line, row in csv_rows(path, COLUMNS, report):
        name = row["encounter_id"].strip()
        sections = sections_of(row["note"])
        if not name or name in seen:
            report(BrokenLine(path, line, "has an encounter_id that occurs twice" if name else "has no encounter_id"))
        elif not row["dialogue"].strip():
            report(BrokenLine(path, line, "has no dialogue"))
        elif not sections:
            report(BrokenLine(path, line, "has a note without a section title"))
        else:
            seen.add(name)
            yield CorpusRecord(f"aci-{name}", f"aci-{name}", row["dialogue"].strip(), row["note"].strip(), sections)
