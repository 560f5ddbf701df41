"""How likely the model finds what stands in a note: masked pseudo-log-likelihoods of whole statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import torch
from torch import Tensor

from medscribe_core.diffusion.loss import token_nll
from medscribe_core.editing.revision import Span, changeable, insertable
from medscribe_core.facts.statements import statements
from medscribe_core.model.context_encoder import NOTE_STEP, rounded_up
from medscribe_core.model.denoiser import ClinicalDiffusionLM, EncodedContext
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.tokenizer import ClinicalTokenizer

#: [PAD]s whose likelihood says whether something is missing at an insertion point.
PROBE_TOKENS = 2


@dataclass(frozen=True)
class Unit:
    """What can be masked as a whole: a statement, or an insertion point, where [PAD] (nothing) stands.

    Attributes:
        index: of the statement; of an insertion point, the statement that it follows (-1: there is none).
        ids: token ids, with the white space before them and a list item's number.
        content: False at the tokens of white space and number, which are structure.
    """

    section: Section
    index: int
    inserts: bool
    ids: tuple[int, ...]
    content: tuple[bool, ...]


#: Tokens of a section in order; those that belong to no unit are always visible.
Parts = list[tuple[tuple[int, ...], Unit | None]]


def section_parts(tokenizer: ClinicalTokenizer, section: Section, text: str, locked: Sequence[Span]) -> Parts:
    """A section's tokens cut into units: its statements and insertion points, without those that are locked."""
    ids, offsets = tokenizer.encode_with_offsets(text)
    found = statements(section, text)
    free, open_after = set(changeable(found, locked)), set(insertable(found, locked))
    if text.strip() == section.empty_text:
        open_after = set()
    probe = (tokenizer.pad_id,) * PROBE_TOKENS
    parts: Parts = []
    done = 0
    for i, statement in enumerate(found):
        inside = [k for k, (a, b) in enumerate(offsets) if k >= done and a < statement.end and b > statement.start]
        if inside:
            last = inside[-1] + 1
            own = tuple(ids[done:last])
            content = tuple(end > statement.body for _, end in offsets[done:last])
            parts.append((own, Unit(section, i, False, own, content) if i in free and any(content) else None))
            done = last
        if i in open_after:
            parts.append(((), Unit(section, i, True, probe, (True,) * PROBE_TOKENS)))
    parts.append((tuple(ids[done:]), None))
    if not found and -1 in open_after:
        parts.append(((), Unit(section, -1, True, probe, (True,) * PROBE_TOKENS)))
    return [part for part in parts if part[0] or part[1]]


@dataclass(frozen=True)
class Row:
    """A note of which ``masked`` units are to be judged; other insertion points are left out."""

    parts: Mapping[Section, Parts]
    masked: Set[Unit]


@torch.inference_mode()
def log_likelihoods(
    model: ClinicalDiffusionLM, tokenizer: ClinicalTokenizer, context: EncodedContext, rows: Sequence[Row]
) -> list[dict[Unit, Tensor]]:
    """log p of the content tokens of every masked unit, given all that is not masked: one forward pass for B rows.

    A masked statement is masked as a whole, its length known, its tokens independent of each other.

    Args:
        context: of one encounter.

    Returns:
        For each row: unit -> (number of content tokens,) in nats.
    """
    laid = [_lay(row, tokenizer) for row in rows]
    length = rounded_up(max(len(ids) for ids, *_ in laid), NOTE_STEP)
    clean = torch.full((len(rows), length), tokenizer.pad_id)
    sections = torch.full((len(rows), length), NOTE_SECTIONS[-1].index)
    masked = torch.zeros(len(rows), length, dtype=torch.bool)
    t = torch.zeros(len(rows))
    for i, (ids, labels, hidden, maskable) in enumerate(laid):
        clean[i, : len(ids)] = torch.tensor(ids)
        sections[i, : len(ids)] = torch.tensor(labels)
        masked[i, : len(ids)] = torch.tensor(hidden)
        t[i] = sum(hidden) / max(maskable, 1)
    note_mask = torch.arange(length)[None] < torch.tensor([len(ids) for ids, *_ in laid])[:, None]
    states = model(clean.masked_fill(masked, tokenizer.mask_id), t, context, sections, note_mask)
    log_p = -token_nll(model, states, masked, clean[masked], context)[0]
    found: list[dict[Unit, Tensor]] = []
    position = 0
    for row in rows:
        found.append({})
        for unit in _masked_in_order(row):
            values = log_p[position : position + len(unit.ids)]
            found[-1][unit] = values[torch.tensor(unit.content)]
            position += len(unit.ids)
    return found


def _masked_in_order(row: Row) -> list[Unit]:
    return [unit for section in NOTE_SECTIONS for _, unit in row.parts[section] if unit in row.masked]


def _lay(row: Row, tokenizer: ClinicalTokenizer) -> tuple[list[int], list[int], list[bool], int]:
    """Token ids, section indices, masked positions and the number of positions that could be masked."""
    ids: list[int] = []
    labels: list[int] = []
    hidden: list[bool] = []
    maskable = 0
    for section in NOTE_SECTIONS:
        ids.append(tokenizer.header_ids[section])
        hidden.append(False)
        for tokens, unit in row.parts[section]:
            judged = unit is not None and unit in row.masked
            tokens = unit.ids if judged else tokens
            ids += tokens
            hidden += [judged] * len(tokens)
            maskable += len(tokens) if unit is not None else 0
        labels += [section.index] * (len(ids) - len(labels))
    return ids, labels, hidden, maskable
