"""From a filled scaffold to the note: its slots, those that stay empty left out, joined as the house style has it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from medscribe_core.checks.certainty import Unit, Withheld
from medscribe_core.generated import Trajectory, TrajectoryToken
from medscribe_core.note_lists import NOTE_LISTS, is_enumeration, lead_of, section_of
from medscribe_core.sampling.denoise import Denoised
from medscribe_core.sampling.scaffold import ORDER, Scaffold
from medscribe_core.sampling.support import Place
from medscribe_core.sampling.text import tidy
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS, Section, SoapNote
from medscribe_core.tokenizer import ClinicalTokenizer

_OPENING = NOTE_LISTS.index("hpi: complaints")
_VITALS = NOTE_LISTS.index("exam: Vitals")
_VITAL_ORDER = ("BP", "HR", "RR", "Temp", "SpO2", "weight", "height", "BMI", "pain", "peak flow", "fingerstick glucose")
_PLAN = NOTE_LISTS.index("plan")
_NUMBERED = (_VITALS, NOTE_LISTS.index("hpi: medications"))
_LOOSE = " .,;"  # what an item of a list may not end with
_WHO = re.compile(r".{1,60}?\bpresents(?= )")


@dataclass(frozen=True)
class PlannedReading:
    """What a filled scaffold says.

    Attributes:
        places: the slots that were written, in canvas order.
        written: of each its tokens as they are shown: surface, step and confidence.
        opening: who the patient is, as the first sentence of the HPI says it; it stands, also where that sentence's
            complaint, the place, is withheld.
    """

    places: list[Place]
    written: list[list[tuple[str, int, float]]]
    opening: str = ""

    def note(
        self, given: Mapping[Section, str], sure: Sequence[float], threshold: float
    ) -> tuple[SoapNote, list[Withheld]]:
        """The note with its ``given`` sections byte for byte, and the statements withheld for want of certainty."""
        kept, left_out = self.kept(sure, threshold)
        texts = {section.value: text for section, text in given.items()}
        for section in NOTE_SECTIONS:
            if section not in given:
                pieces = self._pieces(section, kept)
                texts[section.value] = tidy("".join(text for text, _ in pieces).strip(), section)
        return SoapNote(**texts), [
            Withheld(p.section, f"{p.unit.lead}{p.text}".strip(" ,;"), sure[i]) for i, p in left_out
        ]

    def kept(self, sure: Sequence[float], threshold: float) -> tuple[list[int], list[tuple[int, Place]]]:
        """Indices of the places that stay, and those left out; the surest of a section stays.

        Of places that say the same thing in other numbers (a vital, a dose, the next visit) only the surest can stay.
        """
        best: dict[Section, float] = {}
        surest: dict[tuple[int, str], int] = {}
        for index, place in enumerate(self.places):
            best[place.section] = max(best.get(place.section, 0.0), sure[index])
            rival = surest.setdefault((place.list, _subject(place)), index)
            if sure[index] > sure[rival]:
                surest[place.list, _subject(place)] = index
        kept, left_out = [], []
        said = {(place.list, _plain(place.text)) for place in (self.places[i] for i in surest.values())}
        for index, place in enumerate(self.places):
            chosen = surest[place.list, _subject(place)] == index
            if chosen and sure[index] >= min(threshold, best[place.section]):
                kept.append(index)
            elif chosen or (place.list, _plain(place.text)) not in said:
                left_out.append((index, place))
        return kept, left_out

    def trajectory(
        self, given: Collection[Section], sure: Sequence[float], threshold: float
    ) -> tuple[Trajectory, dict[Section, float]]:
        """When each token of the note was written, and the mean confidence of every section's, 1 for given ones."""
        kept, _ = self.kept(sure, threshold)
        tokens: list[TrajectoryToken] = []
        means = dict.fromkeys(NOTE_SECTIONS, 1.0)
        for section in NOTE_SECTIONS:
            if section in given:
                continue
            chances: list[float] = []
            for text, index in self._pieces(section, kept):
                if index is None:
                    tokens.append(TrajectoryToken(section.value, text, 1, 1.0))
                    continue
                for surface, step, confidence in self.written[index]:
                    tokens.append(TrajectoryToken(section.value, surface, step, confidence))
                    chances.append(confidence)
            means[section] = sum(chances) / len(chances) if chances else 1.0
        return Trajectory(tokens, max((token.step for token in tokens), default=0)), means

    def _pieces(self, section: Section, kept: Sequence[int]) -> list[tuple[str, int | None]]:
        """The section as text, each piece with the index of its place, None between places."""
        own = [index for index in kept if self.places[index].section is section]
        pieces: list[tuple[str, int | None]] = []
        if section is Section.HPI and self.opening:
            told = any(self.places[index].list == _OPENING for index in own)
            pieces.append((f" {self.opening}{'' if told else ' for evaluation.'}", None))
        number = 1
        for listed in ORDER:
            items = sorted((i for i in own if self.places[i].list == listed), key=self._rank)
            for place, index in enumerate(items):
                if section in LIST_SECTIONS:
                    pieces.append((f" {number}.", None))
                    number += 1
                elif is_enumeration(listed):
                    pieces.append((_before(listed, place, len(items)), None))
                text = self.places[index].text.strip().rstrip(_LOOSE if is_enumeration(listed) else ",;")
                ends = is_enumeration(listed) or text.endswith((".", "!", "?"))
                pieces.append((f" {text}", index))
                if not ends:
                    pieces.append((".", None))
            if items and is_enumeration(listed):
                pieces.append((".", None))
        return pieces

    def _rank(self, index: int) -> int:
        """Where in its list a place stands that the house style gives a place."""
        place = self.places[index]
        text = place.text.strip()
        if place.list == _VITALS:
            return next((i for i, name in enumerate(_VITAL_ORDER) if text.startswith(name)), len(_VITAL_ORDER))
        if place.list == _PLAN:
            return 1 if text.startswith("Return") else 2 if text.startswith("Follow up") else 0
        return 0


def read_scaffold(tokenizer: ClinicalTokenizer, scaffold: Scaffold, denoised: Denoised) -> PlannedReading:
    """The slots of a filled scaffold that are not empty."""
    ids, steps, confidence = (part[0].tolist() for part in (denoised.ids, denoised.step_of, denoised.confidence))
    positions: list[list[int]] = [[] for _ in scaffold.facts]
    for position, slot in enumerate(scaffold.slots):
        if slot >= 0 and ids[position] not in tokenizer.special_ids:
            positions[slot].append(position)
    places, written, opening = [], [], ""
    for fact, own in zip(scaffold.facts, positions, strict=True):
        index = fact.list
        text = tokenizer.decode([ids[i] for i in own]).strip()
        if index == _OPENING and (head := _WHO.match(text)):
            opening = head.group().strip()
            own = _from_character(tokenizer, ids, own, head.end())
            text = text[head.end() :].strip()
        if any(c.isalnum() for c in text):
            lead = f"{lead_of(index)} " if is_enumeration(index) else ""
            places.append(Place(section_of(index), Unit(0, len(text), lead), text, tuple(own), index))
            shown = [(tokenizer.surface(ids[i]), steps[i], confidence[i]) for i in own]
            written.append(_as_item(shown) if is_enumeration(index) else shown)
    return PlannedReading(places, written, opening)


def _as_item(shown: list[tuple[str, int, float]]) -> list[tuple[str, int, float]]:
    """Tokens of an item of a list without the punctuation at their end: the list has its own."""
    while not shown[-1][0].strip(_LOOSE):
        shown = shown[:-1]
    surface, step, confidence = shown[-1]
    return [*shown[:-1], (surface.rstrip(_LOOSE), step, confidence)]


def _from_character(
    tokenizer: ClinicalTokenizer, ids: Sequence[int], positions: Sequence[int], start: int
) -> list[int]:
    """The positions whose tokens write the text from character ``start`` on."""
    _, sources = tokenizer.decode_with_sources([ids[i] for i in positions])
    return [positions[source] for source in sorted(set(sources[start:]))]


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .,;")


def _subject(place: Place) -> str:
    """What a place is about, where a note says one thing of it; else all that it says."""
    text = _plain(place.text)
    if place.list == _PLAN and text.startswith("follow up"):
        return "follow up"
    return text if place.list not in _NUMBERED else re.split(r"\d", text, maxsplit=1)[0].strip() or text


def _before(index: int, place: int, count: int) -> str:
    if place == 0:
        return f" {lead_of(index)}"
    if section_of(index) is Section.HPI and place == count - 1:
        return " and" if count == 2 else ", and"
    return ","
