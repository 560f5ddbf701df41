"""What goes wrong in generated notes: section confusion, hallucination, repetition, truncation, missing sections."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medscribe_core.evaluation.comparison import NoteComparison, compare_notes
from medscribe_core.evaluation.section_f1 import Placement, placements
from medscribe_core.evaluation.text_flaws import DANGLING, note_repetitions, note_truncations
from medscribe_core.facts.extraction import NoteFact, section_facts
from medscribe_core.facts.wording import read_wording
from medscribe_core.normalise import normalise
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote

#: The kinds of error and what would help against each.
MITIGATIONS = {
    "section_confusion": "Raise the weight of the section loss and keep fewer sections clean in training; before "
    "showing a note, move a statement whose form is that of another section.",
    "hallucination": "More decorrelated visits in training, so that reading pays more than guessing; a statement "
    "whose numbers, drugs or side are not in the visit is marked as unsupported and not asserted.",
    "repetition": "Commit fewer tokens at once where neighboring sections of text compete, remask the second "
    "occurrence; the repetition guard removes what is left.",
    "truncation": "Give each section more slots than its predicted length; commit a section's last statement only "
    "with its full stop, or leave the statement out.",
    "missing_section": "Train the length head on short and on long visits alike; a section predicted empty is "
    "denoised once more when the transcript holds words of its kind.",
}
ERROR_KINDS = tuple(MITIGATIONS)
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_TOP_PATTERNS = 8


@dataclass(frozen=True)
class NoteError:
    """One error: ``kind`` of ERROR_KINDS, the section and words where it stands, and why it is one.

    ``pattern`` names what such errors have in common; it holds no words of the note beyond a function word.
    """

    kind: str
    section: Section
    pattern: str
    text: str
    evidence: str


def categorize_errors(
    generated: SoapNote, reference: SoapNote | None = None, encounter: Encounter | None = None
) -> list[NoteError]:
    """The errors of ``generated`` in the order of ERROR_KINDS.

    Without ``reference`` no hallucination can be told, sections are confused by the statements' form alone, and a
    section is missing when it has no text. ``encounter`` adds which numbers and drugs of an invented fact were never
    said.
    """
    comparison = compare_notes(reference, generated) if reference else None
    placed = comparison.placed if comparison else placements(generated)
    return [
        *_confused(placed, comparison),
        *(_hallucinated(comparison, encounter) if comparison else ()),
        *_repeated(generated),
        *_truncated(generated),
        *_missing(generated, reference),
    ]


def summarize_errors(notes: Mapping[str, Sequence[NoteError]], examples: int = 0) -> dict[str, Any]:
    """Counts, patterns, mitigation and up to ``examples`` examples of each kind over ``notes`` (by visit id).

    Examples quote the notes: with 0, the default, the summary holds no words of any note. They are drawn from all
    patterns in turn, the most frequent pattern first.
    """
    by_kind: dict[str, list[tuple[str, NoteError]]] = {kind: [] for kind in ERROR_KINDS}
    for visit, errors in notes.items():
        for error in errors:
            by_kind[error.kind].append((visit, error))
    return {
        "notes": len(notes),
        "kinds": {
            kind: {
                "errors": len(found),
                "notes": len({visit for visit, _ in found}),
                "patterns": dict(Counter(error.pattern for _, error in found).most_common(_TOP_PATTERNS)),
                "mitigation": MITIGATIONS[kind],
                "examples": [_example(visit, error) for visit, error in _spread(found)[:examples]],
            }
            for kind, found in by_kind.items()
        },
    }


def _confused(placed: Sequence[Placement], comparison: NoteComparison | None) -> Iterator[NoteError]:
    reason = "the reference's statement most like it" if comparison else "statements of its form"
    for placement in placed:
        if placement.confused:
            where, belongs = placement.stands, placement.belongs
            pattern = f"{belongs.title.lower()} in {where.title.lower()}"
            evidence = f"It belongs to {belongs.title.lower()}, as {reason} does."
            yield NoteError("section_confusion", where, pattern, placement.statement, evidence)


def _hallucinated(comparison: NoteComparison, encounter: Encounter | None) -> Iterator[NoteError]:
    conflicts = {conflict.predicted: conflict for conflict in comparison.match.conflicts}
    said = _Said(encounter) if encounter else None
    for index in comparison.match.unsupported:
        fact = comparison.guess[index]
        if conflict := conflicts.get(index):
            pattern, evidence = f"contradicted {conflict.kind}", comparison.gold[conflict.reference].text
            evidence = f"The reference says: {evidence}"
        else:
            pattern = f"invented {fact.kind}"
            evidence = (said.missing_from(fact) if said else "") or "The reference has no such statement."
        yield NoteError("hallucination", fact.section, pattern, fact.text, evidence)


class _Said:
    """The numbers and drugs of a visit: of its transcript, numbers in words read as digits, and of the chart."""

    def __init__(self, encounter: Encounter) -> None:
        text = f"{normalise(encounter.transcript).text}\n{encounter.patient_context.as_line()}"
        self._figures = set(_FIGURE.findall(text))
        self._drugs = {drug for line in text.splitlines() for drug in read_wording(line).drugs}

    def missing_from(self, fact: NoteFact) -> str:
        """A sentence that names the numbers and drugs of ``fact`` that the visit does not have, or empty."""
        figures = [figure for figure in _FIGURE.findall(fact.text) if figure not in self._figures]
        missing = [*figures, *sorted(fact.wording.drugs - self._drugs)]
        return f"Never said in the visit: {', '.join(missing)}." if missing else ""


def _repeated(generated: SoapNote) -> Iterator[NoteError]:
    for section, phrase in note_repetitions(generated):
        yield NoteError("repetition", section, f"in {section.title.lower()}", phrase, "The section says it again.")


def _truncated(generated: SoapNote) -> Iterator[NoteError]:
    for section, statement in note_truncations(generated):
        yield NoteError("truncation", section, _how_it_ends(statement), statement, "The statement breaks off.")


def _missing(generated: SoapNote, reference: SoapNote | None) -> Iterator[NoteError]:
    for section in NOTE_SECTIONS:
        expected = section_facts(section, reference[section]) if reference else []
        absent = not section_facts(section, generated[section]) if expected else not generated[section].strip()
        if absent:
            evidence = f"The reference has: {expected[0].text}" if expected else "The section has no text."
            yield NoteError("missing_section", section, section.title.lower(), generated[section], evidence)


def _how_it_ends(statement: str) -> str:
    last = statement.rstrip(" .").split(" ")[-1]
    return f'ends with "{last}"' if last in DANGLING else "has no end"


def _spread(found: Sequence[tuple[str, NoteError]]) -> list[tuple[str, NoteError]]:
    """The errors of all patterns in turn."""
    frequency = Counter(error.pattern for _, error in found)
    seen: dict[str, int] = defaultdict(int)
    keyed = []
    for order, (visit, error) in enumerate(found):
        keyed.append((seen[error.pattern], -frequency[error.pattern], order, visit, error))
        seen[error.pattern] += 1
    return [(visit, error) for *_, visit, error in sorted(keyed, key=lambda entry: entry[:3])]


def _example(visit: str, error: NoteError) -> dict[str, str]:
    return {
        "visit": visit,
        "section": error.section.value,
        "pattern": error.pattern,
        "text": error.text,
        "evidence": error.evidence,
    }
