"""The lists that a note in the house style is made of: a fact's place in the note is its list and its rank in it."""

from __future__ import annotations

import re

from medscribe_core.schema import Section

EXAM_SYSTEMS = (
    "General", "HEENT", "Neck", "Cardiovascular", "Lungs", "Abdomen", "Back", "Extremities", "Musculoskeletal",
    "Neurologic", "Skin", "Psychiatric",
)  # fmt: skip
_HPI_LISTS = {"Current medications": "medications", "History of": "conditions"}
#: Every list, in the order of the note.
NOTE_LISTS: tuple[str, ...] = (
    "hpi: complaints", "hpi: medications", "hpi: conditions", "hpi: other", "ros: positive", "ros: negative",
    "exam: Vitals", *(f"exam: {system}" for system in EXAM_SYSTEMS), "exam: Results", "assessment", "plan",
)  # fmt: skip
_LEADS = {
    "hpi: medications": "Current medications include",
    "hpi: conditions": "History of",
    "ros: positive": "Positive for",
    "ros: negative": "Negative for",
}
_INDEX = {name: index for index, name in enumerate(NOTE_LISTS)}
_EXAM_LABEL = re.compile(rf"\b(Vitals|Results|{'|'.join(EXAM_SYSTEMS)}):")
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[A-Z0-9])")


def list_at(section: Section, text: str, at: int) -> int:
    """Index in NOTE_LISTS of the list in which the statement at offset ``at`` of a section's ``text`` stands."""
    if section is Section.ROS:
        return _INDEX["ros: negative" if "Negative for" in text[: at + 1] else "ros: positive"]
    if section is Section.EXAM:
        labels = _EXAM_LABEL.findall(text, 0, at)
        return _INDEX[f"exam: {labels[-1]}" if labels else "exam: General"]
    if section is not Section.HPI:
        return _INDEX[section.value]
    ends = [match.end() for match in _SENTENCE_END.finditer(text) if match.end() <= at]
    if not ends:
        return _INDEX["hpi: complaints"]
    opening = next((name for start, name in _HPI_LISTS.items() if text.startswith(start, ends[-1])), "other")
    return _INDEX[f"hpi: {opening}"]


def section_of(index: int) -> Section:
    """The section in which a list stands."""
    return Section(NOTE_LISTS[index].partition(":")[0])


def lead_of(index: int) -> str:
    """What stands before the first item of a list; empty where nothing does."""
    name = NOTE_LISTS[index]
    return f"{name.removeprefix('exam: ')}:" if name.startswith("exam: ") else _LEADS.get(name, "")


def is_enumeration(index: int) -> bool:
    """Whether the items of a list share a sentence."""
    return bool(lead_of(index))
