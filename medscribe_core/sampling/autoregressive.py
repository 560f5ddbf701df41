"""Left to right, one token a forward pass: how the autoregressive baseline writes and completes notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from medscribe_core.model.causal import CausalTransformer, KeyValueCache
from medscribe_core.model.context_encoder import NOTE_STEP, rounded_up
from medscribe_core.model.note_model import EncodedContext
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS, Canvas
from medscribe_core.sampling.denoise import Denoised, continued_loops
from medscribe_core.schema import NOTE_SECTIONS, Section

#: A section ends here even if the model would go on.
MAX_SECTION_TOKENS = 256
_LOOP_TOKENS = 6  # what continued_loops looks back at


@torch.inference_mode()
def write_left_to_right(
    model: CausalTransformer,
    context: EncodedContext,
    given: Sequence[Mapping[Section, list[int]]],
    *,
    headers: Mapping[Section, int],
    end_id: int,
    forbidden: Tensor,
    cached: bool = True,
    repeatable: Tensor | None = None,
    max_section_tokens: int = MAX_SECTION_TOKENS,
    max_note_tokens: int = MAX_NOTE_TOKENS,
) -> list[tuple[Canvas, Denoised]]:
    """Write the sections that are not given, greedily, section after section in the note's order.

    Left to right a section is seen by those after it only, so given sections are a prompt in front of the others.

    Args:
        context: C encoded contexts.
        given: for each of B notes the ids of its given sections; B = C * copies, copies of one context adjacent.
        headers: token that the layout puts in front of each section; the model never writes one.
        end_id: token whose prediction ends a section ([PAD]); it becomes no part of the note.
        forbidden: (V,) True at tokens that must never be written ([MASK], headers, speaker marks).
        cached: keep keys and values of what was read; without, every token costs a pass over the whole note so far.
        repeatable: (V,) True at tokens that may stand in a loop, as in :func:`denoise`; None guards against nothing.
        max_section_tokens: a section ends after so many tokens.
        max_note_tokens: the note ends when headers, given and written tokens are so many; what is missing stays empty.

    Returns:
        For each note its canvas, and when (as the number of the forward pass, from 1) and how surely each token was
        written; every canvas is complete.
    """
    notes = [_Note(sections, headers, max_section_tokens, max_note_tokens) for sections in given]
    capacity = max([max_note_tokens, *(len(note.inputs) for note in notes)])
    cache = KeyValueCache(model, len(notes), capacity) if cached else None
    rows = torch.arange(len(notes)) // (len(notes) // context.ids.shape[0])
    passes = done = position_visits = 0  # `done` tokens of every note have been read
    while unfinished := [note for note in notes if note.section is not None]:
        passes += 1
        end = min(len(note.inputs) for note in unfinished)
        if cache is None:
            ids, sections = _inputs(notes, 0, end, rounded_up(end, NOTE_STEP), end_id)
            hidden = model(ids, context, sections)[:, end - 1]
        else:
            ids, sections = _inputs(notes, done, end, end, end_id)
            hidden = model(ids, context, sections, cache)[:, -1]
        done = end
        position_visits += ids.shape[1]
        probabilities = model.probabilities(hidden, rows, context, step=1).masked_fill_(forbidden, 0.0)
        if repeatable is not None:
            _ban_loops(probabilities, notes, done, repeatable)
        chance, token = probabilities.max(dim=1)
        for note, written, confidence in zip(notes, token.tolist(), chance.tolist(), strict=True):
            if note.section is not None and len(note.inputs) == done:
                note.accept(None if written == end_id else written, confidence, passes)
    return [note.result(position_visits) for note in notes]


def _ban_loops(probabilities: Tensor, notes: Sequence[_Note], done: int, repeatable: Tensor) -> None:
    """Take the chance (B, V) of the token that would go on with a loop of the last of ``done`` tokens of each note."""
    recent = [[token for token, _ in note.inputs[max(done - _LOOP_TOKENS, 0) : done]] for note in notes]
    if all(len(set(row)) == len(row) for row in recent):
        return  # a loop has said a token before
    ids = torch.tensor([[-1] * (_LOOP_TOKENS - len(row)) + row + [-1] for row in recent])
    banned = continued_loops(ids, repeatable)[:, -1]
    at = (banned >= 0).nonzero().squeeze(1)
    probabilities[at, banned[at]] = 0.0


def _inputs(notes: Sequence[_Note], start: int, end: int, padded_to: int, pad_id: int) -> tuple[Tensor, Tensor]:
    """Token ids and sections, each (B, padded_to - start), of positions ``start`` to ``end`` of notes and padding."""
    ids, sections = [], []
    for note in notes:
        row = note.inputs[start:end]
        padding = padded_to - start - len(row)
        ids.append([token for token, _ in row] + [pad_id] * padding)
        sections.append([section for _, section in row] + [0] * padding)
    return torch.tensor(ids), torch.tensor(sections)


class _Note:
    """A note on its way.

    Attributes:
        inputs: (token, section index) of everything that the model has read or reads next.
        section: which section is being written; None when the note is complete.
    """

    def __init__(
        self, given: Mapping[Section, list[int]], headers: Mapping[Section, int], section_cap: int, note_cap: int
    ):
        self.headers, self.given, self.section_cap = headers, given, section_cap
        self.room = note_cap - len(NOTE_SECTIONS) - sum(map(len, given.values()))
        #: (token, forward pass, probability) of each token of each section.
        self.written: dict[Section, list[tuple[int, int, float]]] = {section: [] for section in NOTE_SECTIONS}
        self.inputs: list[tuple[int, int]] = []
        self.waiting: list[Section] = []
        self.passes = 0
        for section in NOTE_SECTIONS:
            if section in given:
                self.written[section] = [(token, 0, 1.0) for token in given[section]]
                self.inputs += [(token, section.index) for token in (headers[section], *given[section])]
            else:
                self.waiting.append(section)
        self.section: Section | None = None
        self._begin_section()

    def _begin_section(self) -> None:
        self.section = self.waiting.pop(0) if self.waiting and self.room > 0 else None
        if self.section is not None:
            self.inputs.append((self.headers[self.section], self.section.index))

    def accept(self, token: int | None, chance: float, passes: int) -> None:
        """Write what was predicted after all inputs, None for the end of the section."""
        assert self.section is not None
        self.passes = passes
        body = self.written[self.section]
        if token is not None:
            body.append((token, passes, chance))
            self.inputs.append((token, self.section.index))
            self.room -= 1
        if token is None or len(body) >= self.section_cap or self.room <= 0:
            self._begin_section()

    def result(self, position_visits: int) -> tuple[Canvas, Denoised]:
        """The note in its own order of sections; ``position_visits`` of its positions were computed."""
        positions = [
            (token, section.index, editable, passes, chance)
            for section in NOTE_SECTIONS
            for token, passes, chance, editable in (
                (self.headers[section], 0, 1.0, False),
                *((*position, section not in self.given) for position in self.written[section]),
            )
        ]
        ids, sections, editable, passes, chances = (list(column) for column in zip(*positions, strict=True))
        denoised = Denoised(
            torch.tensor([ids]), torch.tensor([passes]), torch.tensor([chances]), self.passes, position_visits
        )
        return Canvas(ids, sections, editable), denoised
