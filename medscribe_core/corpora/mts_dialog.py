"""MTS-Dialog: short dialogues, each with one section of a note.

Ben Abacha, Yim, Fan and Lin, An Empirical Study of Clinical Note Generation from Doctor-Patient Encounters
(EACL 2023); CC BY 4.0. Not bundled: give the path of one of its CSV files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medscribe_core.corpora.csv_files import csv_rows
from medscribe_core.corpora.records import BrokenLine, CorpusRecord, OnBroken, refuse
from medscribe_core.schema import Section

COLUMNS = ("ID", "section_header", "section_text", "dialogue")
#: The house style has one place for each: history, drugs and allergies in the HPI, results at the end of the EXAM.
SECTIONS: dict[str, Section] = {
    "CC": Section.HPI,
    "GENHX": Section.HPI,
    "PASTMEDICALHX": Section.HPI,
    "PASTSURGICAL": Section.HPI,
    "FAM/SOCHX": Section.HPI,
    "GYNHX": Section.HPI,
    "OTHER_HISTORY": Section.HPI,
    "ALLERGY": Section.HPI,
    "MEDICATIONS": Section.HPI,
    "IMMUNIZATIONS": Section.HPI,
    "ROS": Section.ROS,
    "EXAM": Section.EXAM,
    "LABS": Section.EXAM,
    "IMAGING": Section.EXAM,
    "ASSESSMENT": Section.ASSESSMENT,
    "DIAGNOSIS": Section.ASSESSMENT,
    "EDCOURSE": Section.ASSESSMENT,
    "PLAN": Section.PLAN,
    "DISPOSITION": Section.PLAN,
    "PROCEDURES": Section.OTHER,
}
_NUMBER = re.compile(r"(\d+)\s*$")


def read_mts_dialog(path: Path | str, on_broken: OnBroken | None = None) -> Iterator[CorpusRecord]:
    """Yield the dialogues of ``path`` in file order, one section each.

    A row of the augmented file is of the same group as the row that it was translated from. Broken rows go to
    ``on_broken``; without it the first one raises DataError, as do a missing file and missing columns.
    """
    path, report = Path(path), on_broken or refuse
    corpus = "mts-validation" if "valid" in path.name.lower() else "mts-test" if "test" in path.name.lower() else "mts"
    for line, row in csv_rows(path, COLUMNS, report):
        section = SECTIONS.get(row["section_header"].strip().upper())
        text = row["section_text"].strip()
        dialogue = "\n".join(turn.strip() for turn in row["dialogue"].splitlines() if turn.strip())
        number = _NUMBER.search(row["ID"])
        problem = (
            "has an unknown section header"
            if section is None
            else "has no dialogue"
            if not dialogue
            else "has no section text"
            if not text
            else "has no numbered ID"
            if number is None
            else None
        )
        if problem:
            report(BrokenLine(path, line, problem))
            continue
        name = re.sub(r"[^A-Za-z0-9]+", "-", row["ID"].strip()).strip("-")
        yield CorpusRecord(f"{corpus}-{name}", f"{corpus}-{number.group(1)}", dialogue, text, {section: text})
