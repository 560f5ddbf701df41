"""Fills the placeholders of phrases with values as they are said, with hesitation and self-correction."""

from __future__ import annotations

import random
import re

from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.lay_terms import (
    FREQUENCY_SPEECH,
    SPEECH_ALIASES,
    diet_with_article,
    lower_first,
    symptom_with_article,
    thing_with_article,
    with_article,
)
from medscribe_core.simulator.speech_numbers import other_number, say_number, say_quantities

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SINGLE_UNIT = re.compile(r"^1 (hour|day|week|month|year)$")
_PER = re.compile(r"^1 (\w+) (?:per|a) (\w+)$")
_DETERMINER = re.compile(r"\b(?:the|any|some|your|my|{her}|his|her|that|this|an?) $", re.IGNORECASE)
_LEADING_ARTICLE = re.compile(r"^(?:an?|the|some|my) ")
_CORRECTABLE = ("dose", "duration", "interval", "number", "value", "drug", "new_drug", "body_part")
_ARTICLE_PLACEHOLDERS = ("test", "procedure", "surgery")


class Voice:
    """How one visit's numbers, drugs and conditions are said.

    ``digits`` is the probability that a number is said in digits, ``correction`` that a value is
    first said wrong and then corrected.
    """

    def __init__(self, rng: random.Random, banks: Banks, *, digits: float, correction: float) -> None:
        self.rng = rng
        self.banks = banks
        self.digits = digits
        self.correction = correction

    def fill(self, phrase: str, values: dict[str, str], concept: str = "") -> str:
        """The phrase with every placeholder replaced by its value as said.

        ``values`` holds note wordings. At most one value of the phrase is corrected by the speaker.
        """
        names = _PLACEHOLDER.findall(phrase)
        corrected = ""
        if self.correction and self.rng.random() < self.correction:
            open_to = [n for n in names if n in _CORRECTABLE and names.count(n) == 1 and n in values]
            corrected = self.rng.choice(open_to) if open_to else ""

        said: dict[str, str] = {}

        def replace(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in values:
                return match.group(0)
            if name not in said:
                said[name] = self.value(name, values[name], concept)
                if name == corrected:
                    said[name] = self._corrected(name, values[name], said[name], concept, match.end() == len(phrase))
            if name not in ("duration", "interval") and _DETERMINER.search(phrase, 0, match.start()):
                return _LEADING_ARTICLE.sub("", said[name])
            return said[name]

        return fix_article(_PLACEHOLDER.sub(replace, phrase))

    def value(self, name: str, text: str, concept: str = "") -> str:
        """One note wording as it is said at the placeholder ``name`` of pattern ``concept``."""
        if name in ("duration", "interval"):
            return self.duration(text)
        if name == "frequency":
            return self.frequency(text)
        if name in ("number", "value", "sys", "dia"):
            return self._number(text)
        if name in _ARTICLE_PLACEHOLDERS:
            return say_quantities(with_article(self.alias(text)), self.rng, self.digits)
        if name in ("treatment", "reaction"):
            return thing_with_article(text)
        if name == "symptom":
            return say_quantities(symptom_with_article(self.alias(text)), self.rng, self.digits)
        if name == "condition":
            return self._condition(text, concept)
        if name == "diet" and concept == "plan_diet":
            return say_quantities(diet_with_article(text), self.rng, self.digits)
        if name == "amount":
            return self.amount(text)
        if name == "severity":
            return self.rng.choice((text, f"pretty {text}", text))
        if name in ("drug", "new_drug", "substance", "place", "occupation", "relative"):
            return text
        return say_quantities(self.alias(text), self.rng, self.digits)

    def duration(self, text: str) -> str:
        """``4 weeks`` -> "four weeks", ``1 month`` -> "a month"."""
        if (match := _SINGLE_UNIT.match(text)) and self.rng.random() < 0.75:
            return f"{'an' if match.group(1) == 'hour' else 'a'} {match.group(1)}"
        if text.startswith("2 ") and self.rng.random() < 0.08:
            return f"a couple {self.rng.choice(('', 'of '))}{text[2:]}"
        return say_quantities(text, self.rng, self.digits)

    def frequency(self, text: str) -> str:
        """``twice daily`` -> "twice a day", ``every 6 hours as needed`` -> "every six hours as needed"."""
        options = FREQUENCY_SPEECH.get(text)
        if options:
            return self.rng.choice(options)
        if text.endswith(" as needed") and self.rng.random() < 0.3:
            text = f"{text.removesuffix(' as needed')} if needed"
        return say_quantities(text, self.rng, self.digits)

    def amount(self, text: str) -> str:
        """``1 pack per day`` -> "a pack a day"."""
        if (match := _PER.match(text)) and self.rng.random() < 0.6:
            return f"a {match.group(1)} a {match.group(2)}"
        return say_quantities(text.replace(" per ", self.rng.choice((" a ", " per "))), self.rng, self.digits)

    def medication(self, text: str) -> str:
        """A medication line of a chart (``lisinopril 20 mg daily``) as said in one breath."""
        for frequency in sorted(FREQUENCY_SPEECH, key=len, reverse=True):
            if text.endswith(f" {frequency}"):
                head = text[: -len(frequency) - 1]
                return f"{say_quantities(head, self.rng, self.digits)} {self.frequency(frequency)}"
        return say_quantities(text, self.rng, self.digits)

    def alias(self, text: str) -> str:
        options = SPEECH_ALIASES.get(text)
        return self.rng.choice(options) if options else text.replace("HbA1c", "A1c")

    def read_out(self, statement: str) -> str:
        """A note statement read aloud: numbers, units and frequencies as said, first letter lower."""
        return lower_first(self.medication(statement.rstrip(".")))

    def _number(self, text: str) -> str:
        if not _NUMBER.fullmatch(text.lstrip("-")):
            return say_quantities(text, self.rng, self.digits)
        return say_number(text, self.rng, self.digits, terse="." in text and float(text.lstrip("-")) > 80)

    def _condition(self, text: str, concept: str) -> str:
        spoken = self.alias(text)
        if concept in ("family_history", "hospitalised"):
            return symptom_with_article(spoken)
        if concept == "sick_contact" and spoken in ("cold", "flu"):
            return {"cold": "a cold", "flu": "the flu"}[spoken]
        return spoken

    def _corrected(self, name: str, text: str, right: str, concept: str, at_end: bool) -> str:
        wrong = self._wrong(name, text)
        if not wrong or wrong == text:
            return right
        wrong = self.value(name, wrong, concept)
        templates = self.banks.glue["self_correction"]
        if not at_end:
            templates = tuple(t for t in templates if "?" not in t and "it's" not in t) or templates
        template = self.rng.choice(templates)
        return template.replace("{wrong}", wrong).replace("{right}", right)

    def _wrong(self, name: str, text: str) -> str:
        if name in ("drug", "new_drug"):
            same = _same_class(self.banks, text)
            return self.rng.choice(same) if same else ""
        if name == "body_part":
            return swap_side(text)
        match = _NUMBER.search(text)
        if not match or text.startswith("1 "):
            return ""
        return text[: match.start()] + other_number(match.group(0), self.rng) + text[match.end() :]


def _same_class(banks: Banks, name: str) -> list[str]:
    """Generic names of the drug's class, without itself."""
    drug = banks.medications.get(name)
    if drug is None:
        return []
    return [m.generic for m in banks.medications.values() if m.drug_class == drug.drug_class and m is not drug]


def swap_side(text: str) -> str:
    """``left arm`` -> ``right arm``; text without a side comes back empty."""
    if re.search(r"\bleft\b", text):
        return re.sub(r"\bleft\b", "right", text)
    if re.search(r"\bright\b", text):
        return re.sub(r"\bright\b", "left", text)
    return ""


_A_BEFORE_VOWEL = re.compile(r"\b(a) (?=(?:[aei][a-z]+|o(?!ne|nce)[a-z]+|8\d?\b|11\b|18\b))")


def fix_article(text: str) -> str:
    return _A_BEFORE_VOWEL.sub(r"\1n ", text)
