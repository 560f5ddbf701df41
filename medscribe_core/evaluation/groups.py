"""Is every group of patients and visits served alike? Figures by transcript style, specialty, age group and sex."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.evaluation.bootstrap import BOOTSTRAP_SEED
from medscribe_core.evaluation.figures import FIGURES, Row
from medscribe_core.facts.extraction import section_facts
from medscribe_core.schema import Section
from medscribe_core.simulator.banks import raw_banks

ATTRIBUTES = {
    "style": "Transcript style",
    "specialty": "Specialty (ICD-10 chapter of the first known problem)",
    "age_group": "Age group",
    "sex": "Sex",
}
#: The figures of a fairness table.
GROUP_FIGURES = ("facts_captured", "unsupported_share", "contradicted_share", "rougeL", "acceptance_proxy")
_AGES = ((17, "0 to 17"), (39, "18 to 39"), (64, "40 to 64"), (120, "65 and older"))
_SEXES = {"F": "female", "M": "male"}
_CHAPTERS = {
    "A": "infections", "B": "infections", "C": "tumors", "D": "blood and tumors", "E": "endocrine and metabolic",
    "F": "mental health", "G": "nervous system", "H": "eye and ear", "I": "heart and circulation", "J": "respiratory",
    "K": "digestive", "L": "skin", "M": "muscles and joints", "N": "kidney and genitals", "O": "pregnancy",
    "P": "newborn", "Q": "congenital", "R": "symptoms without a diagnosis", "S": "injury", "T": "injury",
    "U": "infections", "Z": "prevention and check-up",
}  # fmt: skip


def groups_of(visit: AuthoredEncounter) -> dict[str, str]:
    """The group of ``visit`` by attribute; an attribute that is not known is left out."""
    context = visit.patient_context
    found = {
        "style": visit.transcript_style,
        "specialty": _specialty(visit),
        "age_group": None if context.age is None else next(name for top, name in _AGES if context.age <= top),
        "sex": _SEXES.get(context.sex or ""),
    }
    return {attribute: group for attribute, group in found.items() if group}


def figures_by_group(rows: Sequence[Row], seed: int = BOOTSTRAP_SEED) -> dict[str, dict[str, dict[str, Any]]]:
    """Attribute -> group -> ``visits`` and the GROUP_FIGURES with intervals, from rows with ``groups``.

    An attribute that no visit has is left out.
    """
    members: dict[str, dict[str, list[Row]]] = {attribute: defaultdict(list) for attribute in ATTRIBUTES}
    for row in rows:
        for attribute, group in row["groups"].items():
            members[attribute][group].append(row)
    chosen = [figure for figure in FIGURES if figure.key in GROUP_FIGURES]
    return {
        attribute: {
            group: {"visits": len(of_group), **{figure.key: figure.of(of_group, seed) for figure in chosen}}
            for group, of_group in sorted(groups.items())
        }
        for attribute, groups in members.items()
        if groups
    }


def _specialty(visit: AuthoredEncounter) -> str | None:
    problems = section_facts(Section.ASSESSMENT, visit.note.assessment)
    codes = (_codes().get(problem.core.lower()) for problem in problems)
    return next((_CHAPTERS.get(code[0]) for code in codes if code), None)


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {row["note"].lower(): row["icd10"] for row in raw_banks() if row["bank"] == "diagnosis" and row["icd10"]}
