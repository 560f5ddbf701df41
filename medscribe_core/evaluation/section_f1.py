"""Does every statement stand in the section it belongs to?

Definition. The units are statements: a sentence of HPI, ROS or EXAM, a numbered item of ASSESSMENT or PLAN.
Each generated statement stands in one section and belongs to one:

- the section of the reference statement most like it (token F1 of at least 0.5 over all five sections; of equally
  similar ones the one in the section where it stands), or, if none is like it,
- the section that its form belongs to (:func:`section_of_form`); a statement with no note form (speech,
  debris) belongs nowhere.

Per section, over all notes: TP stands and belongs there; FP stands there and belongs elsewhere or nowhere; FN belongs
there and stands elsewhere. A reference section with content for which nothing was generated adds one FN, so an empty
note does not score. Section F1 is the mean of the F1 of the sections that occur.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from medscribe_core.corpora.text_files import numbered_lines
from medscribe_core.facts.extraction import STATUSES, section_facts
from medscribe_core.facts.splitting import numbered_items, sentences
from medscribe_core.facts.wording import BANKS, read_wording, token_f1
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote

SIMILAR = 0.5

_SPEECH = re.compile(
    r"^\s*(?:\[?(?:doctor|patient|dr|pt|d|p|nurse|mom|mother|father|caregiver)\]?\s*:|\[(?:doctor|patient)\])"
    r"|\b(?:I|I'm|I've|I'll|you|your|you're|my|we|we'll|okay|yeah|uh|um)\b"
)
_EXAM_FORM = re.compile(
    r"^(?:Vitals|Results|General|HEENT|Neck|Cardiovascular|Lungs|Abdomen|Back|Extremities|Musculoskeletal|Neurologic|"
    r"Skin|Psychiatric|Breast|Genitourinary|Rectal|Pelvic|Eyes):|\bBP \d|\bSpO2 \d|\bHR \d|\bTemp \d"
)
_ROS_FORM = re.compile(r"^(?:positive|negative) for\b", re.IGNORECASE)
_PLAN_FORM = re.compile(
    r"^(?:Start|Increase|Decrease|Stop|Continue|Hold|Resume|Switch|Change|Order|Repeat|Recheck|Refer|Refill|Give|"
    r"Administer|Schedule|Monitor|Counseled|Return|Call|Go to|Follow|No antibiotics|No imaging|Defer|Perform(?:ed)?|"
    r"Provided|Check)\b"
)
_NUMBERED = re.compile(r"^\s*\d{1,2}\.\s")
_DONE_IN_VISIT = re.compile(r"^(?:[A-Z][a-z]+ed|Gave|Set|No)\b")


@dataclass(frozen=True)
class Placement:
    """Where a generated statement stands and where it belongs; OTHER is nowhere."""

    statement: str
    stands: Section
    belongs: Section

    @property
    def confused(self) -> bool:
        """It belongs to another section of the note."""
        return self.belongs not in (self.stands, Section.OTHER)


def statements(section: Section, text: str) -> list[tuple[str, bool]]:
    """(statement, was it numbered) of one section's text; "Not discussed." has none."""
    if not section_facts(section, text):
        return []
    numbered = bool(_NUMBERED.match(text))
    return [(statement, numbered) for statement in (numbered_items(text) if numbered else sentences(text))]


def section_of_form(statement: str, numbered: bool = False) -> Section:
    """The section whose form ``statement`` has, by rules; OTHER when it has the form of none.

    The forms of the house style: ``Vitals:`` and body systems are EXAM, ``Positive for`` is ROS, an action in the
    imperative is PLAN, a problem with a status or a cause is ASSESSMENT, other numbered items are ASSESSMENT, other
    written sentences are HPI. Speech and text that is no sentence are OTHER.
    """
    if _SPEECH.search(statement) or not re.search(r"[A-Za-z]{2}", statement):
        return Section.OTHER
    if _EXAM_FORM.search(statement):
        return Section.EXAM
    if _ROS_FORM.match(statement):
        return Section.ROS
    if _PLAN_FORM.match(statement):
        return Section.PLAN
    problem = statement.rstrip(".").split(", ")
    if any(part.lower() in STATUSES for part in problem[1:]) or problem[0].lower() in _diagnoses():
        return Section.ASSESSMENT
    if numbered:
        done = _DONE_IN_VISIT.match(statement) and " due to " not in statement
        return Section.PLAN if done else Section.ASSESSMENT
    written = statement[0].isupper() or statement[0].isdigit()
    return Section.HPI if written and statement.endswith(".") and " " in statement else Section.OTHER


def placements(generated: SoapNote, reference: SoapNote | None = None) -> list[Placement]:
    """Every generated statement with its sections.

    Without ``reference`` a statement belongs where it stands unless it has the form of another section alone
    (any section may hold a plain sentence, any list an item without a status).
    """
    gold = _reference_statements(reference) if reference else []
    belongs = (lambda *where: _belongs(*where, gold)) if reference else _belongs_by_form
    return [
        Placement(statement, section, belongs(statement, numbered, section))
        for section in NOTE_SECTIONS
        for statement, numbered in statements(section, generated[section])
    ]


def section_counts(reference: SoapNote, placed: Sequence[Placement]) -> np.ndarray:
    """(5, 3) counts of TP, FP and FN by section in note order."""
    counts = np.zeros((len(NOTE_SECTIONS), 3))
    for placement in placed:
        if placement.belongs is placement.stands:
            counts[placement.stands.index, 0] += 1
            continue
        counts[placement.stands.index, 1] += 1
        if placement.confused:
            counts[placement.belongs.index, 2] += 1
    filled = {placement.stands for placement in placed}
    for section in NOTE_SECTIONS:
        if section not in filled and statements(section, reference[section]):
            counts[section.index, 2] += 1
    return counts


def f1_by_section(counts: np.ndarray) -> np.ndarray:
    """F1 from (..., 5, 3) counts as (..., 5); NaN for a section that never occurs."""
    true_positive, false_positive, false_negative = np.moveaxis(counts, -1, 0)
    total = 2 * true_positive + false_positive + false_negative
    return np.divide(2 * true_positive, total, out=np.full_like(total, np.nan), where=total > 0)


def macro_f1(counts: np.ndarray) -> np.ndarray:
    """Mean over the sections that occur, from (..., 5, 3) counts as (...); 0 when none does."""
    by_section = f1_by_section(counts)
    occurs = ~np.isnan(by_section)
    return np.where(occurs, by_section, 0).sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1)


def _reference_statements(reference: SoapNote) -> list[tuple[Section, Counter[str]]]:
    return [
        (section, read_wording(statement).all_tokens)
        for section in NOTE_SECTIONS
        for statement, _ in statements(section, reference[section])
    ]


def _belongs(statement: str, numbered: bool, stands_in: Section, gold: list[tuple[Section, Counter[str]]]) -> Section:
    tokens = read_wording(statement).all_tokens
    best, where = 0.0, section_of_form(statement, numbered)
    for section, gold_tokens in gold:
        similarity = token_f1(tokens, gold_tokens)
        if similarity >= SIMILAR and (similarity > best or (similarity == best and section is stands_in)):
            best, where = similarity, section
    return where


def _belongs_by_form(statement: str, numbered: bool, stands_in: Section) -> Section:
    form = section_of_form(statement, numbered)
    plain = form is Section.HPI or (form is Section.ASSESSMENT and numbered)
    return stands_in if plain else form


@lru_cache(maxsize=1)
def _diagnoses() -> frozenset[str]:
    return frozenset(json.loads(line)["note"].lower() for _, line in numbered_lines(BANKS / "diagnoses.jsonl"))
