"""Contradictions inside one note, read from its text alone.

Nothing here is shared with the code that writes notes: sections are split, drugs and findings recognised and
doses compared anew, so that a mistake of the simulator is not repeated by its check.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from medscribe_core.schema import SoapNote
from medscribe_core.simulator.banks import raw_banks

_ITEM = re.compile(r"(?:^| )\d+\. (.*?)\.(?= \d+\. |$)")
_ACTION = re.compile(
    r"(?P<verb>Start over-the-counter|Start|Increase|Decrease|Stop|Continue|Refill|Switch) (?P<rest>.+)"
)
_OPENING = re.compile(r"presents with (.+?)(?: for \d.*| and for .*)?\.(?: |$)")
_SPLIT = re.compile(r", and |, | and ")
_IMAGE = re.compile(r"\b(?:x-ray|MRI|CT|ultrasound|scan|echocardiogram|mammogram|DEXA)\b", re.IGNORECASE)
_FINDING_SENTENCE = re.compile(r"(?:^|(?<=\. ))([A-Z][A-Za-z]+): (.*?)\.(?= [A-Z][A-Za-z]+: |$)")

#: Verbs that cannot both be said of one drug.
_EXCLUSIVE = {
    frozenset(pair)
    for pair in (
        ("stop", "start"), ("stop", "continue"), ("stop", "increase"), ("stop", "decrease"), ("stop", "refill"),
        ("stop", "switch"), ("increase", "decrease"), ("start", "continue"), ("start", "increase"),
        ("start", "decrease"), ("continue", "increase"), ("continue", "decrease"), ("switch", "continue"),
        ("switch", "increase"), ("switch", "decrease"), ("switch", "refill"),
    )
}  # fmt: skip
#: Allergen in a note -> words of the drug classes that it rules out.
_ALLERGEN_CLASSES = (
    ("penicillin|amoxicillin", r"penicillin"),
    ("sulfa", r"sulfonamide"),
    ("codeine|morphine", r"\bopioid (?:analgesic|partial)"),
    ("ibuprofen|aspirin|naproxen", r"\bNSAID"),
    ("erythromycin|azithromycin", r"macrolide"),
    ("cephalexin", r"cephalosporin"),
    ("doxycycline", r"tetracycline"),
    ("ciprofloxacin", r"fluoroquinolone"),
)
#: Two wordings that one note cannot have.
_OPPOSED = (
    (r"No known drug allergies", r"Allergic to (?!latex|shellfish|peanuts|bee)"),
    (r"Never smoker", r"Current smoker|Former smoker|Counseled on smoking|Nicotine dependence"),
    (r"Former smoker", r"Current smoker|Never smoker"),
    (r"No alcohol use", r"Alcohol use:|Heavy alcohol|Alcohol dependence, (?:worsening|poorly)"),
    (r"Symptoms are constant", r"Symptoms are intermittent"),
)


@lru_cache(maxsize=1)
def drug_table() -> dict[str, tuple[str, str]]:
    """Lower-case generic or brand name -> (generic, class)."""
    rows = [row for row in raw_banks() if row["bank"] == "medication"]
    return {name.lower(): (row["generic"], row["class"]) for row in rows for name in (row["generic"], *row["brands"])}


@lru_cache(maxsize=1)
def _drug_pattern() -> re.Pattern[str]:
    names = sorted(drug_table(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])", re.IGNORECASE)


def drugs_in(text: str) -> list[str]:
    """Names of medications of the bank in a text, in order, as they are written."""
    return [match.group(0) for match in _drug_pattern().finditer(text)]


def generic_of(name: str) -> str:
    return drug_table()[name.lower()][0]


@lru_cache(maxsize=1)
def _finding_rows() -> dict[str, list[tuple[str, str, frozenset[str]]]]:
    """System -> (note, concept, contradicted concepts), longest wording first."""
    rows: dict[str, list[tuple[str, str, frozenset[str]]]] = defaultdict(list)
    for row in raw_banks():
        if row["bank"] == "finding":
            rows[row["system"]].append((row["note"], row["concept"], frozenset(row["contradicts"])))
    return {system: sorted(group, key=lambda item: -len(item[0])) for system, group in rows.items()}


def check_note(note: SoapNote) -> list[str]:
    """What a note says twice in different ways; empty for a note that agrees with itself."""
    checks = (_polarity, _findings, _actions, _allergies, _problems, _opposed, _vitals)
    return [problem for check in checks for problem in check(note)]


def items(text: str) -> list[str]:
    """The items of a numbered section, without numbers and full stops."""
    return _ITEM.findall(text)


def _listed(text: str, lead: str) -> list[str]:
    match = re.search(rf"{lead} for (.*?)\.(?: |$)", text)
    return match.group(1).split(", ") if match else []


def _polarity(note: SoapNote) -> Iterator[str]:
    here, denied = _listed(note.ros, "Positive"), _listed(note.ros, "Negative")
    opening = _OPENING.search(note.hpi)
    reasons = _SPLIT.split(opening.group(1)) if opening else []
    for item in sorted(set(denied) & {*here, *reasons}):
        yield f"ros: {item} is both present and denied"
    for item in sorted({item for item in here + denied if (here + denied).count(item) > 1}):
        yield f"ros: {item} stands there twice"


def _findings(note: SoapNote) -> Iterator[str]:
    found: dict[str, frozenset[str]] = {}
    for system, text in _FINDING_SENTENCE.findall(note.exam):
        left = f", {text}, "
        for wording, concept, opposed in _finding_rows().get(system, ()):
            if f", {wording}, " in left:
                left = left.replace(f", {wording}, ", ", ", 1)
                found[concept] = opposed
    for concept, opposed in found.items():
        for other in opposed & found.keys():
            if concept < other:
                yield f"exam: {concept} contradicts {other}"


def home_doses(note: SoapNote) -> dict[str, str]:
    """Generic name -> "dose frequency" of the list of current medications."""
    match = re.search(r"Current medications include (.*?)\.(?: [A-Z]|$)", note.hpi)
    doses: dict[str, str] = {}
    if match:
        text = match.group(1)
        hits = list(_drug_pattern().finditer(text))
        for hit, following in zip(hits, [*hits[1:], None], strict=True):
            tail = text[hit.end() : following.start() if following else len(text)]
            doses[generic_of(hit.group(0))] = re.sub(r"(?:,? and|,) *$", "", tail).strip()
    return doses


def _actions(note: SoapNote) -> Iterator[str]:
    verbs: dict[str, list[str]] = defaultdict(list)
    home = home_doses(note)
    texts = items(note.plan)
    for item in sorted({text for text in texts if texts.count(text) > 1}):
        yield f"plan: {item.split()[0]} stands there twice"
    for item in texts:
        match = _ACTION.match(item)
        named = drugs_in(match.group("rest")) if match else []
        if not match or not named:
            continue
        verb, drug = match.group("verb").split()[0].lower(), generic_of(named[0])
        verbs[drug].append(verb)
        dose = match.group("rest")[len(named[0]) :].strip()
        if verb == "switch" and len(named) > 1:
            verbs[generic_of(named[1])].append("start")
        if verb in ("continue", "increase", "decrease") and drug in home:
            yield from _dose(verb, drug, home[drug], dose.removeprefix("to "))
        if verb == "start" and drug in home:
            yield f"plan: {drug} is started though it is taken"
    for drug, said in verbs.items():
        if len(said) > len(set(said)):
            yield f"plan: two actions of one kind for {drug}"
        for first in said:
            for second in said:
                if first < second and frozenset((first, second)) in _EXCLUSIVE:
                    yield f"plan: {drug} has both {first} and {second}"
    if "No antibiotics" in texts and any("antibiotic" in drug_table()[d.lower()][1] for d in drugs_in(_given(texts))):
        yield "plan: an antibiotic is given though none is to be"
    if "No imaging" in texts and any(text.startswith("Order ") and _IMAGE.search(text) for text in texts):
        yield "plan: imaging is ordered though none is to be"
    if sum(text.startswith("Follow up") for text in texts) > 1:
        yield "plan: two follow-ups"


def _given(texts: list[str]) -> str:
    """The plan items that give a drug, without topical ones."""
    kept = [t for t in texts if t.startswith(("Start", "Continue", "Increase", "Switch", "Refill"))]
    given = [t.partition(" to ")[2] if t.startswith("Switch") else t for t in kept]
    return " ; ".join(t for t in given if not re.search(r"ointment|drops", t))


def _dose(verb: str, drug: str, home: str, planned: str) -> Iterator[str]:
    before, after = (re.findall(r"\d[\d,.]*", dose.split()[0]) for dose in (home, planned))
    if verb == "continue" and home != planned:
        yield f"plan: {drug} goes on in another dose than the one taken"
    elif verb != "continue" and before and after:
        old, new = ([float(n.rstrip(".,").replace(",", "")) for n in numbers] for numbers in (before, after))
        same_unit = home.split()[1:2] == planned.split()[1:2]
        if same_unit and ((verb == "increase") != (new > old) or new == old):
            yield f"plan: the new dose of {drug} is no {verb}"


def _allergies(note: SoapNote) -> Iterator[str]:
    plan = items(note.plan)
    current = " ; ".join([*home_doses(note), _given(plan) + " ; ".join(t for t in plan if "drops" in t)])
    for substance in re.findall(r"Allergic to ([a-z ]+) \(", note.hpi):
        for names, classes in _ALLERGEN_CLASSES:
            if re.fullmatch(names, substance):
                for drug in drugs_in(current):
                    if re.search(classes, drug_table()[drug.lower()][1]):
                        yield f"hpi: allergic to {substance} but given {drug}"


def _problems(note: SoapNote) -> Iterator[str]:
    names = [re.split(r", (?:stable|improving|worsening|well |poorly |not at|new|resolved)", t)[0] for t in
             items(note.assessment)]  # fmt: skip
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"assessment: {name} stands there twice"


def _opposed(note: SoapNote) -> Iterator[str]:
    text = note.to_text()
    for first, second in _OPPOSED:
        if re.search(first, text) and re.search(second, text):
            yield f"note: {first} and its opposite"


def _vitals(note: SoapNote) -> Iterator[str]:
    for systolic, diastolic in re.findall(r"BP (\d+)/(\d+)", note.to_text()):
        if int(systolic) <= int(diastolic):
            yield "exam: the diastolic pressure is not below the systolic one"
