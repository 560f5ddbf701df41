"""A conversation under construction: utterances and the characters in which each fact was said."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from medscribe_core.simulator.banks import Banks
from medscribe_core.simulator.content import VisitContent
from medscribe_core.simulator.facts import Fact, Turn
from medscribe_core.simulator.person import about_patient, not_to_you, with_pronouns
from medscribe_core.simulator.variation import vary
from medscribe_core.simulator.voice import Voice

#: A clause is a run of text pieces, each with the facts that it says.
Clause = list[tuple[str, tuple[Fact, ...]]]

#: Questions that say "you" to a caregiver too.
_ASKED_OF_ANYBODY = frozenset(("duration_ask", "tried_ask", "worse_ask", "better_ask", "home_reading_ask"))
#: Fillers that follow what was said instead of leading it.
_TRAILING = frozenset(
    ("or whatever", "as it were", "if that makes sense", "you know what I mean", "and all that", "more or less")
)
_NEW_SENTENCE = re.compile(r"(?<=[.?!] )[a-z]")
_NOT_LEADING = frozenset(("kind of", "sort of", "what's the word", "let's just say", "like", "like I said", "so yeah"))


def about(text: str, *facts: Fact) -> Clause:
    """A clause whose whole text says ``facts`` (none for talk that is in no note)."""
    return [(text, facts)]


class Conversation:
    """Collects turns. ``mess`` (0 to 1) is how untidily people talk in this visit."""

    def __init__(self, content: VisitContent, banks: Banks, rng: random.Random, mess: float) -> None:
        self.content = content
        self.banks = banks
        self.rng = rng
        self.mess = mess
        self.fillers = 0.03 + 0.22 * mess
        digits = rng.choice((0.0, 0.0, 0.05, 0.4, 1.0))
        self.voice = Voice(rng, banks, digits=digits, correction=0.01 + 0.07 * mess)
        self.teller = "caregiver" if content.caregiver else "patient"
        self.speakers: list[str] = []
        self.texts: list[str] = []
        self.remarks: list[str | list[str]] = []  # small talk made so far

    @property
    def here(self) -> int:
        """Index of the last turn."""
        return len(self.texts) - 1

    def say(self, speaker: str, *clauses: Clause, together: bool = False) -> int:
        """Add an utterance (to the last turn if its speaker goes on); returns the turn's index.

        Each clause is a sentence of its own, or all are one sentence if ``together``.
        """
        if not self.speakers or self.speakers[-1] != speaker:
            self.speakers.append(speaker)
            self.texts.append("")
        for position, clause in enumerate(clauses):
            joint = "" if not together or not position else ", and " if position == len(clauses) - 1 else ", "
            self._append(clause, joint)
            if not together or position == len(clauses) - 1:
                self._end_sentence()
        return self.here

    def _append(self, clause: Clause, joint: str) -> None:
        text = self.texts[-1]
        text += joint if joint else " " if text else ""
        starts_sentence = not joint
        for plain, facts in clause:
            piece = vary(plain, self.rng, self.banks.split, self.fillers)
            if starts_sentence and piece:
                piece = piece[0].upper() + piece[1:]
                starts_sentence = False
            if "? " in piece or ". " in piece:
                piece = _NEW_SENTENCE.sub(lambda m: m.group(0).upper(), piece)
            start = len(text)
            text += piece
            for fact in facts:
                fact.evidence.append((self.here, start, len(text)))
        self.texts[-1] = text

    def _end_sentence(self) -> None:
        text = self.texts[-1].rstrip(",")
        self.texts[-1] = text if text.endswith((".", "?", "!")) else f"{text}."

    # -- choosing words -------------------------------------------------------------------------

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def glue(self, concept: str) -> str:
        """A phrase of a glue list, with the patient's pronouns."""
        return with_pronouns(self.rng.choice(self.banks.glue[concept]), self.content.sex)

    def teller_glue(self, concept: str) -> str:
        """A glue phrase in the version for whoever answers (``concept`` or ``concept_heard``)."""
        return self.glue(f"{concept}_heard" if self.content.caregiver else concept)

    def ask(self, concept: str, values: dict[str, str] | None = None) -> str:
        """A doctor's question of a glue list; to a caregiver it does not say "you"."""
        phrases: Sequence[str] = self.banks.glue[concept]
        if self.content.caregiver and concept not in _ASKED_OF_ANYBODY:
            phrases = not_to_you(tuple(phrases)) or self.banks.glue["anything_else"]
        filled = self.voice.fill(self.rng.choice(phrases), values or {}, concept)
        return filled if "{" not in filled else ""

    def pattern(self, fact: Fact) -> str:
        """How the patient (or caregiver) says a pattern fact."""
        phrases = self.banks.patterns[fact.concept].spoken
        if self.content.caregiver:
            phrases = about_patient(phrases)
            if not phrases:
                return self.voice.read_out(fact.statement)
        phrase = with_pronouns(self.rng.choice(phrases), self.content.sex)
        return self.voice.fill(phrase, fact.values, fact.concept)

    def doctor_phrase(self, phrases: tuple[str, ...], fact: Fact) -> str:
        """How the doctor says a plan, status or diagnosis; reads the note's wording out if nothing fits."""
        if self.content.caregiver:
            phrases = not_to_you(phrases)
        if not phrases:
            return self.rng.choice(self.banks.glue["plan_say"]).format(text=self.voice.read_out(fact.statement))
        return self.voice.fill(self.rng.choice(phrases), fact.values, fact.concept)

    def untidy(self, clause: Clause) -> Clause:
        """The clause, now and then with a filler before or after it."""
        if not self.chance(0.02 + 0.17 * self.mess):
            return clause
        filler = self.rng.choice(self.banks.glue["filler"])
        if filler in _TRAILING:
            return clause if clause[-1][0].endswith(("?", "!")) else [*clause, (f", {filler}", ())]
        if filler in _NOT_LEADING:
            filler = "um"
        return [(f"{filler}, ", ()), *clause]

    def finish(self) -> list[Turn]:
        """The turns; every fact's ``requires`` is completed with the turns of its evidence."""
        for fact in self.content.facts():
            turns = {turn for turn, _, _ in fact.evidence} | set(fact.requires)
            fact.requires = sorted(turns)
        return [Turn(s, t) for s, t in zip(self.speakers, self.texts, strict=True)]
