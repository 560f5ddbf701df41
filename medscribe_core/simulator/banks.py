"""The phrase banks, filtered so that each split hears its own phrases."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from medscribe_core.errors import DataError

SPLITS = ("train", "validation", "test")
Phrases = tuple[str, ...]

_SHORT_ASK = re.compile(
    r"^any (?!.*\b(?:you|your|with|this|that|it|of|on|in)\b)([a-z' -]{3,32}?(?: or [a-z' -]{3,20})?)\?$"
)


@dataclass(frozen=True, slots=True)
class Symptom:
    """A symptom: its clinical name and how patients, relatives and doctors speak of it."""

    concept: str
    clinical: str
    note_absent: str
    system: str
    lateral: bool
    present: Phrases
    heard: Phrases  # said by a relative, with {she}/{her}
    absent: Phrases
    ask: Phrases
    nouns: Phrases  # short names that can stand in "any A, B or C?"


@dataclass(frozen=True, slots=True)
class Finding:
    concept: str
    system: str
    note: str
    normal: bool
    spoken: Phrases
    contradicts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vital:
    concept: str
    note: str
    spoken: Phrases
    reported: Phrases  # said by the patient of a reading at home


@dataclass(frozen=True, slots=True)
class Result:
    concept: str
    note: str
    spoken: Phrases
    low: float
    high: float
    decimals: int
    values: tuple[str, ...]  # for results in words; empty for numbers


@dataclass(frozen=True, slots=True)
class Diagnosis:
    concept: str
    note: str
    chronic: bool
    spoken: Phrases
    patient_says: Phrases


@dataclass(frozen=True, slots=True)
class Medication:
    generic: str
    brands: tuple[str, ...]
    drug_class: str
    treats: tuple[str, ...]
    doses: tuple[str, ...]
    frequencies: tuple[str, ...]
    side_effects: tuple[str, ...]
    spoken: Phrases


@dataclass(frozen=True, slots=True)
class Pattern:
    concept: str
    note: str
    placeholders: tuple[str, ...]
    spoken: Phrases


@dataclass(frozen=True, slots=True)
class Banks:
    """All banks as one split hears them, keyed by concept (medications by generic name)."""

    split: str
    symptoms: dict[str, Symptom]
    findings: dict[str, Finding]
    vitals: dict[str, Vital]
    results: dict[str, Result]
    diagnoses: dict[str, Diagnosis]
    medications: dict[str, Medication]
    patterns: dict[str, Pattern]
    glue: dict[str, tuple[Any, ...]]  # of str, or of [first, second] for pairs
    nouns: dict[str, Phrases]  # symptom concept -> short lay names


def split_phrases(items: list[Any], split: str) -> list[Any]:
    """The phrases of a list that a split may use.

    ``test`` gets the last fifth (at least one of two or more). ``validation`` gets the one item
    (two of 20 or more) before that fifth if the list has 12 or more, otherwise what ``train`` gets:
    all the rest. A list of one belongs to every split.
    """
    n = len(items)
    held = math.ceil(n / 5) if n >= 2 else 0
    tuning = 0 if n < 12 else 1 if n < 20 else 2
    train = items[: n - held - tuning]
    if split == "train":
        return train
    if split == "validation":
        return items[n - held - tuning : n - held] or train
    if split == "test":
        return items[n - held :] or train
    raise DataError(f"Unknown split {split!r}; known splits are {', '.join(SPLITS)}.")


@lru_cache(maxsize=1)
def raw_banks() -> tuple[dict[str, Any], ...]:
    """Every line of every bank file, in file order. Raises DataError with file and line number."""
    rows = []
    for entry in sorted(resources.files(__package__).joinpath("banks").iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".jsonl"):
            continue
        for number, line in enumerate(entry.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise DataError(f"Phrase bank {entry.name}, line {number} is not JSON: {error.msg}.") from None
    return tuple(rows)


@lru_cache(maxsize=len(SPLITS))
def load_banks(split: str) -> Banks:
    """The banks of a split. Raises DataError for an unknown split or a broken bank file."""
    banks = Banks(split, {}, {}, {}, {}, {}, {}, {}, {}, {})
    for row in raw_banks():
        try:
            _ADD[row["bank"]](banks, row, lambda key, row=row: tuple(split_phrases(row.get(key) or [], split)))
        except KeyError as error:
            name = row.get("concept") or row.get("generic") or "?"
            raise DataError(f"Phrase bank entry {name!r} lacks the key or has an unknown bank: {error}.") from None
    return banks


def _add_symptom(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    asks = phrases("ask")
    nouns = [m.group(1) for ask in asks if (m := _SHORT_ASK.match(ask))]
    symptom = Symptom(
        concept=row["concept"],
        clinical=row["clinical"],
        note_absent=row["note_absent"],
        system=row["system"],
        lateral=bool(row["laterality"]),
        present=phrases("present"),
        heard=phrases("present_heard_by_other"),
        absent=phrases("absent"),
        ask=asks,
        nouns=tuple(dict.fromkeys([*nouns, *banks.nouns.get(row["concept"], ()), row["note_absent"]])),
    )
    known = banks.symptoms.get(symptom.concept)
    if known:  # a concept may stand in two files
        merged = {key: getattr(known, key) + getattr(symptom, key) for key in ("present", "heard", "absent", "ask")}
        symptom = Symptom(**{key: getattr(known, key) for key in Symptom.__slots__} | merged)
    banks.symptoms[symptom.concept] = symptom


def _add_finding(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    banks.findings[row["concept"]] = Finding(
        row["concept"], row["system"], row["note"], row["normal"], phrases("spoken"), frozenset(row["contradicts"])
    )


def _add_vital(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    banks.vitals[row["concept"]] = Vital(row["concept"], row["note"], phrases("spoken"), phrases("patient_reports"))


def _add_result(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    low, high = row.get("range") or (0.0, 0.0)
    values = tuple(row.get("values") or ())
    banks.results[row["concept"]] = Result(
        row["concept"], row["note"], phrases("spoken"), low, high, row.get("decimals") or 0, values
    )


def _add_diagnosis(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    banks.diagnoses[row["concept"]] = Diagnosis(
        row["concept"], row["note"], row["chronic"], phrases("spoken"), phrases("patient_says")
    )


def _add_medication(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    banks.medications[row["generic"]] = Medication(
        row["generic"],
        tuple(row["brands"]),
        row["class"],
        tuple(row["for"]),
        tuple(row["doses"]),
        tuple(row["frequencies"]),
        tuple(row["side_effects"]),
        phrases("spoken"),
    )


def _add_pattern(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    banks.patterns[row["concept"]] = Pattern(row["concept"], row["note"], tuple(row["placeholders"]), phrases("spoken"))


def _add_noun(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    banks.nouns[row["concept"]] = phrases("spoken")  # read before the symptoms: files come by name


def _add_glue(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    banks.glue[row["concept"]] = phrases("spoken")


def _add_more(banks: Banks, row: dict[str, Any], phrases: Any) -> None:
    """Further phrases for the training split alone; read after the banks that they belong to, by file name."""
    if banks.split != "train":
        return
    groups = {"glue": banks.glue, "pattern": banks.patterns, "vital": banks.vitals, "finding": banks.findings}
    group: dict[str, Any] = groups[row["of"]]
    entry = group[row["concept"]]
    more = tuple(row["train"])
    group[row["concept"]] = entry + more if row["of"] == "glue" else replace(entry, spoken=entry.spoken + more)


_ADD = {
    "more": _add_more,
    "symptom": _add_symptom,
    "finding": _add_finding,
    "vital": _add_vital,
    "result": _add_result,
    "diagnosis": _add_diagnosis,
    "medication": _add_medication,
    "pattern": _add_pattern,
    "glue": _add_glue,
    "noun": _add_noun,
}
