"""MIMIC-III discharge summaries.

Johnson, Pollard, Shen et al., MIMIC-III, a freely accessible critical care database (Scientific Data, 2016). Access
is granted by PhysioNet to credentialed users; nothing of it is bundled: give the path of your ``NOTEEVENTS.csv``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medscribe_core.corpora.csv_files import csv_rows
from medscribe_core.corpora.headers import sections_of
from medscribe_core.corpora.records import BrokenLine, CorpusRecord, OnBroken, refuse

COLUMNS = (
    "ROW_ID",
    "SUBJECT_ID",
    "HADM_ID",
    "CHARTDATE",
    "CHARTTIME",
    "STORETIME",
    "CATEGORY",
    "DESCRIPTION",
    "CGID",
    "ISERROR",
    "TEXT",
)
CATEGORY = "discharge summary"


@dataclass(frozen=True)
class DischargeSummary(CorpusRecord):
    """A discharge summary; ``group`` is the patient, who may have several stays."""

    subject_id: str = ""
    hadm_id: str = ""


def read_mimic(
    path: Path | str, on_broken: OnBroken | None = None, skipped: Counter[str] | None = None
) -> Iterator[DischargeSummary]:
    """Yield the discharge summaries of ``path`` (``.csv`` or ``.csv.gz``) in file order, in constant memory.

    Notes of other categories and those marked as entered in error are left out; ``skipped`` counts them. Broken rows
    go to ``on_broken``; without it the first one raises DataError, as do a missing file and missing columns.
    """
    path, report = Path(path), on_broken or refuse
    skipped = Counter() if skipped is None else skipped
    for line, row in csv_rows(path, COLUMNS, report):
        if row["CATEGORY"].strip().lower() != CATEGORY:
            skipped["other category"] += 1
        elif row["ISERROR"].strip() in {"1", "1.0"}:
            skipped["entered in error"] += 1
        elif (problem := _problem(row)) is not None:
            report(BrokenLine(path, line, problem))
        else:
            text = row["TEXT"].strip()
            subject = row["SUBJECT_ID"].strip()
            yield DischargeSummary(
                id=f"mimic-{row['ROW_ID'].strip()}",
                group=f"mimic-{subject}",
                note_text=text,
                sections=sections_of(text),
                subject_id=subject,
                hadm_id=row["HADM_ID"].strip(),
            )


def _problem(row: dict[str, str]) -> str | None:
    for column in ("ROW_ID", "SUBJECT_ID", "HADM_ID"):
        if not row[column].strip().isdigit():
            return f"has no number as {column}"
    return None if row["TEXT"].strip() else "has no TEXT"
