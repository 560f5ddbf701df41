"""Edited notes as examples: one section was rewritten against the transcript, the others have to follow.

They are laid out as :func:`propagate_edit` does: the edited section stands, so do statements that are out of date but
not yet found, and what is to be written are whole statements, with room to spare, and points where nothing stands.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from medscribe_core.sampling.likelihood import PROBE_TOKENS, Unit, section_parts
from medscribe_core.sampling.propagate import INSERTION_TOKENS, REWRITE_SLACK
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote
from medscribe_core.tokenizer import ClinicalTokenizer
from medscribe_core.training.examples import Example, View

#: How often a statement that the edit changes is one that was found, and so is to be written.
_FOUND = 0.8
#: How often an insertion point at which nothing has to be added is probed, and how often it is opened.
_PROBED, _OPENED = 0.1, 0.03


class _Canvas:
    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id
        self.ids: list[int] = []
        self.sections: list[int] = []
        self.header: list[bool] = []
        self.evidence: list[int] = []
        self.units: list[int] = []
        self.hidden: list[bool] = []
        self._count = 0

    def stand(self, section: Section, ids: Sequence[int], *, header: bool = False) -> None:
        """Text that is given."""
        self._add(section, ids, [-1] * len(ids), unit=-1, header=header)

    def judge(self, section: Section, ids: Sequence[int], evidence: Sequence[int]) -> None:
        """A statement or a point that is hidden in some copies, as a whole."""
        self._add(section, ids, evidence, unit=self._count)
        self._count += 1

    def write(self, section: Section, ids: Sequence[int], slots: int) -> None:
        """A place of ``slots`` positions at least that is to be written in every copy; after ``ids`` it is left."""
        ids = [*ids, *[self.pad_id] * (slots - len(ids))]
        self._add(section, ids, [-1] * len(ids), unit=-1, hidden=True)

    def _add(
        self,
        section: Section,
        ids: Sequence[int],
        evidence: Sequence[int],
        *,
        unit: int,
        header: bool = False,
        hidden: bool = False,
    ) -> None:
        self.ids += ids
        self.sections += [section.index] * len(ids)
        self.header += [header] * len(ids)
        self.evidence += evidence
        self.units += [unit] * len(ids)
        self.hidden += [hidden] * len(ids)


def edit_example(
    tokenizer: ClinicalTokenizer,
    before: Example,
    notes: tuple[SoapNote, SoapNote],
    edited: Section,
    rng: random.Random,
    max_note_tokens: int = 512,
) -> Example | None:
    """The example ``before`` of a visit, its note edited; None if it does not fit the canvas.

    Args:
        notes: the note of ``before`` and the one that agrees with the edit.
        edited: the section that the physician rewrote.
    """
    canvas = _Canvas(tokenizer.pad_id)
    for section in NOTE_SECTIONS:
        canvas.stand(section, [tokenizer.header_ids[section]], header=True)
        old, new = (section_parts(tokenizer, section, note[section], ()) for note in notes)
        if section is edited:
            canvas.stand(section, tokenizer.encode(notes[1][section]))
            continue
        first = before.sections.index(section.index) + 1
        evidence = before.evidence[first : first + before.lengths[section.index]]
        _lay_out(canvas, section, _statements(old), _statements(new), evidence, rng)
    if len(canvas.ids) > max_note_tokens:
        return None
    return replace(
        before,
        note_ids=canvas.ids,
        sections=canvas.sections,
        header=canvas.header,
        evidence=canvas.evidence,
        view=View(canvas.units, canvas.hidden),
    )


def _statements(parts: Sequence[tuple[tuple[int, ...], Unit | None]]) -> list[Unit]:
    return [unit for _, unit in parts if unit is not None and not unit.inserts]


def _lay_out(
    canvas: _Canvas,
    section: Section,
    old: Sequence[Unit],
    new: Sequence[Unit],
    evidence: Sequence[int],
    rng: random.Random,
) -> None:
    starts = [sum(len(unit.ids) for unit in old[:i]) for i in range(len(old))]
    keys = [[_content(unit) for unit in units] for units in (old, new)]
    for kind, i, i_end, j, j_end in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        paired = min(i_end - i, j_end - j)
        for k in range(i, i_end):
            unit = old[k]
            if kind == "equal":
                canvas.judge(section, unit.ids, evidence[starts[k] : starts[k] + len(unit.ids)])
                _leave_open(canvas, section, rng)
                continue
            now = new[j + k - i].ids if k - i < paired else ()
            if rng.random() < _FOUND:
                canvas.write(section, now, len(unit.ids) + REWRITE_SLACK)
            else:
                canvas.stand(section, unit.ids)
        for unit in new[j + paired : j_end] if kind != "equal" else ():
            if rng.random() < _FOUND:
                canvas.write(section, unit.ids, INSERTION_TOKENS)


def _leave_open(canvas: _Canvas, section: Section, rng: random.Random) -> None:
    """Sometimes a point after a statement where nothing has to be added, probed or opened."""
    draw = rng.random()
    if draw < _PROBED:
        probe = [canvas.pad_id] * PROBE_TOKENS
        canvas.judge(section, probe, [-1] * PROBE_TOKENS)
    elif draw < _PROBED + _OPENED:
        canvas.write(section, (), INSERTION_TOKENS)


def _content(unit: Unit) -> tuple[int, ...]:
    return tuple(token for token, counts in zip(unit.ids, unit.content, strict=True) if counts)
