"""What a statement's wording commits to: its content words, numbers, drugs, side, negation and qualifiers.

Two statements can share almost every word and still say opposite things ("5 mg" and "50 mg", "left" and
"right", "no edema" and "edema"), so these attributes are compared apart from the words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from medscribe_core.corpora.text_files import numbered_lines

BANKS = Path(__file__).parent.parent / "simulator" / "banks"

_STOP_WORDS = """
    a about also an and are as at be been being by can current currently did do does for from had has have he her hers
    him his i in include includes into is it its may of on or over patient patients present presented presenting
    presents reports said she so some that the their them then there these they this to took use uses using was were
    which who will with year year-old years-old old
"""
_STOP = frozenset(_STOP_WORDS.split())
_NEGATIONS = frozenset(["no", "not", "without", "denies", "denied", "never", "none", "neither", "nor", "cannot"])
#: A negation reaches to the next of these.
_SCOPE_ENDS = frozenset([",", ";", ".", ":", "but", "with", "except"])

_UNITS = {
    **dict.fromkeys(["day", "days"], "day"),
    **dict.fromkeys(["week", "weeks", "wk", "wks"], "week"),
    **dict.fromkeys(["month", "months"], "month"),
    **dict.fromkeys(["year", "years", "year-old"], "year"),
    **dict.fromkeys(["hour", "hours", "hr", "hrs"], "hour"),
    **dict.fromkeys(["minute", "minutes", "min"], "minute"),
    **dict.fromkeys(["time", "times"], "time"),
    **dict.fromkeys(["lb", "lbs", "pound", "pounds"], "lb"),
    **dict.fromkeys(["unit", "units"], "unit"),
    **dict.fromkeys(["tablet", "tablets"], "tablet"),
    **dict.fromkeys(["puff", "puffs"], "puff"),
    **dict.fromkeys(["drop", "drops"], "drop"),
    **dict.fromkeys(["pack", "packs"], "pack"),
    **{unit: unit for unit in ["mg", "mcg", "g", "kg", "ml", "cm", "mm", "f", "%", "meq", "am", "pm"]},
}
_COUNTING = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER_WORDS = {
    **{word: str(value) for value, word in enumerate(_COUNTING, start=2)},
    "twice": "2",
}
FREQUENCIES = ("daily", "weekly", "monthly", "yearly", "nightly", "hourly")
#: Words of one group exclude each other: statements that use different members of it disagree.
_EXCLUSIVE = (
    ("mild", "moderate", "severe"),
    ("worse", "better"),
    ("worsening", "improving", "stable", "resolved"),
    ("constant", "intermittent"),
    ("positive", "negative"),
    ("normal", "abnormal"),
    ("present", "absent"),
    ("increased", "decreased"),
    ("high", "low"),
    ("upper", "lower"),
    ("viral", "bacterial"),
    ("reduced", "preserved"),
    FREQUENCIES,
    ("morning", "evening", "night", "noon"),
    ("man", "woman", "boy", "girl"),
    ("current", "former"),
)
_GROUP_OF = {word: group for group, words in enumerate(_EXCLUSIVE) for word in words}
#: These must stand in both statements or in neither: "partial relief" is not "relief".
_MUST_AGREE = frozenset(["partial", "partially"])

_SIDES = {"left": "left", "right": "right", "bilateral": "both", "bilaterally": "both", "both": "both"}
_NOT_A_SIDE = re.compile(r"\bright (?:away|now|after|before)\b")
_TOKEN = re.compile(r"[a-z][a-z_']*(?:-[a-z]+)*|\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?)?|%|[,;.:]")
#: Kinds of preparation: "fluticasone nasal spray" is the drug "fluticasone".
_FORMS = (
    r"(?: (?:nasal spray|vaginal cream|eye drops|auto-injector|inhaler|spray|cream|ointment|gel|patch|gum|shampoo))$"
)


@dataclass(frozen=True)
class Wording:
    """The comparable content of one statement.

    ``words`` are content words (plural and articles dropped, drugs by generic name); ``quantities`` counts
    (number, unit) pairs, the unit empty when none follows; ``negated`` are the words under a negation.
    """

    words: Counter[str]
    quantities: Counter[tuple[str, str]]
    drugs: frozenset[str]
    sides: frozenset[str]
    negated: frozenset[str]
    qualifiers: frozenset[str]

    @property
    def all_tokens(self) -> Counter[str]:
        """Content words and numbers; units are compared apart, since some writers leave them out."""
        tokens = Counter(self.words)
        for (number, _), count in self.quantities.items():
            tokens[number] += count
        return tokens

    @property
    def topic(self) -> Counter[str]:
        """What the statement is about: its content words without sides, qualifiers and numbers."""
        apart = self.qualifiers | _SIDES.keys()
        return Counter({word: count for word, count in self.words.items() if word not in apart})


@lru_cache(maxsize=50_000)
def read_wording(text: str) -> Wording:
    """Read the attributes of a statement of a note in the house style."""
    text, drugs = _with_generic_names(_tidy(text))
    sides = frozenset(_SIDES[word] for word in re.findall(r"[a-z]+", _NOT_A_SIDE.sub(" ", text)) if word in _SIDES)
    words: Counter[str] = Counter()
    quantities: Counter[tuple[str, str]] = Counter()
    negated: set[str] = set()
    qualifiers: set[str] = set()
    under_negation = False
    tokens = _TOKEN.findall(text)
    skip = False
    for token, following in zip(tokens, [*tokens, ""][1:], strict=True):
        if skip:
            skip = False
        elif token in _SCOPE_ENDS:
            under_negation = False
        elif token in _NEGATIONS:
            under_negation = True
        elif token[0].isdigit() or token in _NUMBER_WORDS:
            unit = "time" if token == "twice" else _UNITS.get(following, "")
            quantities[(_canonical_number(_NUMBER_WORDS.get(token, token)), unit)] += 1
            skip = following in _UNITS
        elif token not in _STOP and token not in "%":
            if token in _GROUP_OF or token in _MUST_AGREE:
                qualifiers.add(token)
            word = _singular(token)
            words[word] += 1
            if under_negation:
                negated.add(word)
    return Wording(words, quantities, drugs, sides, frozenset(negated), frozenset(qualifiers))


def token_f1(a: Counter[str], b: Counter[str]) -> float:
    """F1 of the multiset overlap of two bags of words; 0 when either is empty."""
    shared = sum((a & b).values())
    return 2 * shared / (sum(a.values()) + sum(b.values())) if shared else 0.0


def same_quantities(a: Wording, b: Wording) -> bool:
    """The same numbers equally often, and no number with two different units (a missing unit is forgiven)."""
    count_a: Counter[str] = Counter()
    count_b: Counter[str] = Counter()
    for wording, counts in ((a, count_a), (b, count_b)):
        for (number, _), count in wording.quantities.items():
            counts[number] += count
    if count_a != count_b:
        return False
    for number in count_a:
        units_a = Counter({u: n for (value, u), n in a.quantities.items() if value == number and u})
        units_b = Counter({u: n for (value, u), n in b.quantities.items() if value == number and u})
        if units_a and units_b and units_a != units_b:
            return False
    return True


def conflicting_quantities(a: Wording, b: Wording) -> bool:
    """Different numbers, not merely a number left out: neither statement's numbers are among the other's.

    "500 mg daily" and "500 mg twice daily" conflict too.
    """
    numbers_a, numbers_b = (Counter(number for number, _ in w.quantities.elements()) for w in (a, b))
    if numbers_a == numbers_b:
        return not same_quantities(a, b)
    if not (numbers_a <= numbers_b or numbers_b <= numbers_a):
        return True
    times_a, times_b = ({q for q in w.quantities if q[1] == "time"} for w in (a, b))
    return times_a != times_b and bool(a.qualifiers & b.qualifiers & set(FREQUENCIES))


def same_polarity(a: Wording, b: Wording) -> bool:
    """No shared word stands under a negation in only one of the two."""
    shared = set(a.words) & set(b.words)
    return not (a.negated ^ b.negated) & shared


def same_qualifiers(a: Wording, b: Wording) -> bool:
    """No exclusive pair such as mild and severe, daily and weekly, man and woman."""
    return not conflicting_qualifiers(a, b)


def conflicting_qualifiers(a: Wording, b: Wording) -> frozenset[str]:
    """The words of both that exclude each other, e.g. {"mild", "severe"}, and those that only one may not have."""
    conflicting = (a.qualifiers ^ b.qualifiers) & _MUST_AGREE
    for group in {_GROUP_OF[word] for word in a.qualifiers | b.qualifiers if word in _GROUP_OF}:
        members = frozenset(_EXCLUSIVE[group])
        in_a, in_b = a.qualifiers & members, b.qualifiers & members
        if in_a and in_b and in_a != in_b:
            conflicting |= in_a | in_b
    return conflicting


def _tidy(text: str) -> str:
    text = text.lower().replace("\u2019", "'").replace("\u2013", "-")
    text = re.sub(r"\b([ap])\.m\.", r"\1m", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"\b(sp)o2\b", "spo_two", text)
    text = re.sub(r"\b(hba|hb?|phq|gad|covid|b|t|s|ft)-?(\d+)[a-z]?\b", _name_with_digit, text)
    return re.sub(r"(\d)-?(year-old|year|pound|day|week|month|hour|minute)\b", r"\1 \2", text)


def _name_with_digit(match: re.Match[str]) -> str:
    # HbA1c, PHQ-9, COVID-19, B12, T4, S3 are names: their digits are no measurements.
    spelled = "".join(chr(ord("a") + int(digit)) for digit in match.group(2))
    return f"{match.group(1)}_{spelled}"


def _with_generic_names(text: str) -> tuple[str, frozenset[str]]:
    pattern, canonical = _drug_lexicon()
    found: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        generic = canonical[match.group(0).replace("/", "-")]
        found.add(generic)
        return re.sub(r"[^a-z]+", "_", generic)

    return pattern.sub(replace, re.sub(r"(?<=[a-z])/(?=[a-z])", "-", text)), frozenset(found)


@lru_cache(maxsize=1)
def _drug_lexicon() -> tuple[re.Pattern[str], dict[str, str]]:
    canonical: dict[str, str] = {}
    for _, line in numbered_lines(BANKS / "medications.jsonl"):
        entry = json.loads(line)
        generic = entry["generic"].lower()
        base = re.sub(_FORMS, "", generic)
        for name in (generic, base, *entry["brands"]):
            canonical.setdefault(name.lower().replace("/", "-"), base)
    longest_first = sorted(canonical, key=len, reverse=True)
    return re.compile(r"(?<![a-z-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![a-z])"), canonical


def _canonical_number(number: str) -> str:
    return "/".join(part.rstrip("0").rstrip(".") if "." in part else str(int(part)) for part in number.split("/"))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
