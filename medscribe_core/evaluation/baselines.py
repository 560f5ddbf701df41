"""Two trivial note writers that a model has to beat."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.errors import DataError
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote

_WORD = re.compile(r"[a-z]+|\d+")


def copy_transcript(encounter: Encounter) -> SoapNote:
    """The whole transcript as the HPI, the other sections empty in the house style's words."""
    texts = {section.value: section.empty_text for section in NOTE_SECTIONS}
    return SoapNote(**{**texts, Section.HPI.value: " ".join(encounter.transcript.split())})


class NearestNote:
    """The note of the training visit whose transcript has the highest TF-IDF cosine with the one given."""

    def __init__(self, training: Iterable[AuthoredEncounter]) -> None:
        """Index the transcripts of ``training``; raises DataError when there are none."""
        self._notes: list[SoapNote] = []
        counts: list[Counter[str]] = []
        for visit in training:
            self._notes.append(visit.note)
            counts.append(Counter(_WORD.findall(visit.transcript.lower())))
        if not counts:
            raise DataError("The nearest-note baseline needs at least one training visit.")
        seen_in = Counter(word for count in counts for word in count)
        self._idf = {word: math.log((1 + len(counts)) / (1 + n)) + 1 for word, n in seen_in.items()}
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for index, count in enumerate(counts):
            for word, weight in self._vector(count).items():
                self._postings[word].append((index, weight))

    def __call__(self, encounter: Encounter) -> SoapNote:
        similarity = [0.0] * len(self._notes)
        query = self._vector(Counter(_WORD.findall(encounter.transcript.lower())))
        for word, weight in query.items():
            for index, other in self._postings[word]:
                similarity[index] += weight * other
        return self._notes[max(range(len(similarity)), key=similarity.__getitem__)]

    def _vector(self, count: Counter[str]) -> dict[str, float]:
        weights = {word: (1 + math.log(n)) * self._idf[word] for word, n in count.items() if word in self._idf}
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {word: weight / norm for word, weight in weights.items()}
