"""Drugs with their doses as a note writes them, what they are given for, and items of enumerations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from medscribe_core.facts import read_wording, sentences
from medscribe_core.simulator.banks import raw_banks

_DOSE = (
    r"\d[\d,]*(?:\.\d+)?(?:/\d+)? ?(?:mg|mcg|g|mEq|mL|ml|units?|puffs?|tablets?|capsules?|sprays?|drops?|%)"
    r"(?![a-z])"
)
_TIMES = (
    r"(?:(?:once|twice|three times|four times) )?(?:daily|nightly|weekly|monthly|yearly|every \d+(?: to \d+)? \w+|"
    r"every (?:morning|evening|night|other day)|in the (?:morning|evening|afternoon)|at bedtime|"
    r"with (?:meals|breakfast)|as needed)"
)
_FREQUENCY = rf"{_TIMES}(?: {_TIMES})*"
_FORM = (
    r"(?: (?:extended release|immediate release|XL|XR|ER|SR|succinate|tartrate|nasal spray|inhaler|cream|ointment|gel|"
    r"patch|shampoo|eye drops))?"
)
_EPONYM = re.compile(r"(?:[A-Z][a-z]+'s|Parkinson|Graves|Crohn|Hashimoto|Alzheimer|Bell|Lyme|Raynaud)\b")
#: Endings that the international nonproprietary names of a class share: a word with one is a drug.
_NAME_STEMS = (
    "olol|pril|sartan|statin|prazole|conazole|trozole|cillin|mycin|floxacin|cycline|dronate|gliptin|gliflozin|glutide|"
    "triptan|oxetine|azepam|azolam|barbital|lamine|thiazide|azosin|dipine|xaban|setron|lukast|tidine|profen|oxicam|"
    "semide|idone|sone|solone|thyroxine|formin|glitazone|piride|buride"
)
#: Words before an amount that are no drug.
_NO_DRUG = (
    "with|then|from|than|over|about|taking|takes|take|least|most|only|each|every|given|goal|alone|dose|doses|"
    "weight|glucose|another|under|above|below|sodium|between|cream|once|daily"
)


@dataclass(frozen=True)
class Intake:
    """A drug at ``start`` to ``end`` of a text, with dose and frequency as far as they follow its name.

    ``generic`` names it whatever the name that was written; ``amount`` is dose and frequency as they stand there.
    """

    name: str
    generic: str
    dose: str
    frequency: str
    start: int
    end: int

    @property
    def amount(self) -> str:
        """``20 mg twice daily``, or empty."""
        return f"{self.dose} {self.frequency}".strip()


@lru_cache(maxsize=2_000)
def intakes(text: str) -> tuple[Intake, ...]:
    """The drugs of a text in order; a word before a dose, with the ending of a class or after "Stop" is one too."""
    found = []
    for match in _drug_pattern().finditer(text):
        name = match["name"]
        generics = sorted(read_wording(name).drugs)
        generic = generics[0] if generics else name.lower()
        found.append(
            Intake(name, generic, match["dose"] or "", match["frequency"] or "", match.start("name"), match.end())
        )
    return tuple(found)


@lru_cache(maxsize=1)
def _drug_pattern() -> re.Pattern[str]:
    names = {name for row in _medications() for name in (row["generic"], *row["brands"])}
    longest_first = sorted(
        names | {name.replace("-", "/") for name in names if "-" in name}, key=lambda n: (-len(n), n)
    )
    known = "|".join(map(re.escape, longest_first))
    treated = "|".join(f"(?<={verb} )" for verb in ("Stop", "Continue", "Refill", "Restart", "Resume"))
    stemmed = rf"[a-z]{{3,}}(?:{_NAME_STEMS})(?![\w])"
    after_verb = rf"(?:{treated})[a-z][a-z/-]{{5,}}"
    unknown = rf"(?!(?:{_NO_DRUG})\b)[a-z][a-z/-]{{3,}}(?= {_DOSE})"
    return re.compile(
        rf"(?<![\w-])(?P<name>(?i:{known})(?![\w])|{unknown}|{after_verb}|{stemmed}){_FORM}"
        rf"(?: (?:to )?(?P<dose>{_DOSE})(?: (?P<frequency>{_FREQUENCY}))?)?"
    )


def _medications() -> list[dict[str, object]]:
    return [row for row in raw_banks() if row["bank"] == "medication"]


@lru_cache(maxsize=1)
def _indications() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in _medications():
        for drug in read_wording(str(row["generic"])).drugs:
            found.setdefault(drug, set()).update(use.lower() for use in row["for"])  # type: ignore[attr-defined]
    return {drug: frozenset(uses) for drug, uses in found.items()}


def is_given_for(generic: str, diagnosis: str) -> bool:
    """Whether the drug is known to be given for the diagnosis."""
    name = diagnosis.lower()
    return any(use in name for use in _indications().get(generic, ()))


def is_treatable(diagnosis: str) -> bool:
    """Whether any drug is known to be given for the diagnosis."""
    return any(is_given_for(generic, diagnosis) for generic in _indications())


def same_class(generic: str, other: str) -> bool:
    """Whether two drugs do the same: of one class, or both antibiotics."""
    one, two = drug_class(generic), drug_class(other)
    return bool(one) and (one == two or (is_antibiotic(generic) and is_antibiotic(other)))


def is_antibiotic(generic: str) -> bool:
    """Whether the drug is an antibiotic."""
    return "antibiotic" in drug_class(generic)


@lru_cache(maxsize=500)
def drug_class(generic: str) -> str:
    """The class of a drug, or empty."""
    rows = (row for row in _medications() if generic in read_wording(str(row["generic"])).drugs)
    return next((str(row["class"]) for row in rows), "")


def lower_name(name: str) -> str:
    """A name inside a sentence: lower case unless its first word is an abbreviation or the name of a person."""
    first = name.split()[0]
    is_proper = first[1:] != first[1:].lower() or _EPONYM.match(name)
    return name if is_proper else name[0].lower() + name[1:]


def upper_name(name: str) -> str:
    """A name at the start of a statement."""
    return name[0].upper() + name[1:]


def next_dose(generic: str, dose: str) -> str:
    """The next higher dose in which the drug is sold, or empty."""
    for row in _medications():
        doses = list(row["doses"])  # type: ignore[call-overload]
        if generic in read_wording(str(row["generic"])).drugs and dose in doses[:-1]:
            return str(doses[doses.index(dose) + 1])
    return ""


def stems(text: str) -> frozenset[str]:
    """Stems of the content words; sides and qualifiers left out."""
    return frozenset(map(word_stem, read_wording(text).topic))


def word_stem(word: str) -> str:
    """The beginning of a word, the same for "vomiting" and "vomited", "smokes" and "smoking"."""
    return re.sub(r"(?<=..)(?:ness|ing|ed|er|es|s|e)$", "", word)[:5]


def said_and_denied(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """(stems of what the sentences of a text say to be there, of what they say not to be)."""
    there: set[str] = set()
    denied: set[str] = set()
    for wording in map(read_wording, sentences(text)):
        there |= {word_stem(word) for word in wording.topic if word not in wording.negated}
        denied |= {word_stem(word) for word in wording.negated}
    return frozenset(there), frozenset(denied)


def with_items(body: str, items: Sequence[str], kept: Sequence[str]) -> str:
    """``body`` with the enumeration of ``items``, which stand in it in order, reading ``kept`` in the same style.

    Nothing but the enumeration changes, and nothing at all where the items do not stand in order. Raises ValueError for
    an empty ``kept``.
    """
    if not kept:
        raise ValueError("An enumeration keeps at least one item.")
    found: list[re.Match[str]] = []
    for item in items:
        match = re.compile(rf"(?<!\w){re.escape(item)}(?!\w)").search(body, found[-1].end() if found else 0)
        if match is None:
            return body
        found.append(match)
    last_gap = body[found[-2].end() : found[-1].start()] if len(found) > 1 else ""
    conjunction = re.search(r"\b(and|or)\b", last_gap)
    if len(found) > 1 and conjunction is None:
        listed = ", ".join(kept)
    else:
        listed = _listed(kept, conjunction[1] if conjunction else "and", serial=len(items) < 3 or "," in last_gap)
    return body[: found[0].start()] + listed + body[found[-1].end() :]


def _listed(items: Sequence[str], conjunction: str, *, serial: bool) -> str:
    if len(items) == 1:
        return items[0]
    comma = "," if serial and len(items) > 2 else ""
    return f"{', '.join(items[:-1])}{comma} {conjunction} {items[-1]}"
