"""The model's context: patient context line and normalised turns as tokens, cut into encoder windows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from medscribe_core.normalise import NormalisedText, normalise
from medscribe_core.schema import Encounter
from medscribe_core.tokenizer import (
    CONTEXT,
    DOCTOR,
    OTHER_SPEAKER,
    PATIENT,
    UNKNOWN_SPEAKER,
    ClinicalTokenizer,
)
from medscribe_core.transcript import parse_turns

MAX_CONTEXT_TOKENS = 1024
MAX_WINDOW_TOKENS = 190  # 192 with the window's start and end marks
_OVERLAP_TOKENS = 48  # a window repeats the turn before it when it is at most this long
_MARKS = {"doctor": DOCTOR, "patient": PATIENT, "other": OTHER_SPEAKER, "unknown": UNKNOWN_SPEAKER}


@dataclass(frozen=True)
class Window:
    """Tokens ``read_from`` to ``end`` are encoded together; only ``start`` to ``end`` are kept."""

    read_from: int
    start: int
    end: int


@dataclass(frozen=True)
class TurnTokens:
    """One turn (or the context line, ``turn_index`` -1) as token ids with offsets in the normalised transcript."""

    turn_index: int
    ids: list[int]
    offsets: list[tuple[int, int]]


@dataclass(frozen=True)
class ContextTokens:
    """What the encoder reads.

    Attributes:
        ids: token ids, at most MAX_CONTEXT_TOKENS.
        offsets: characters of the normalised transcript of each id; (-1, -1) for marks and the context line.
        windows: encoder windows; their kept parts tile ``ids``.
        normalised: the normalised transcript with its way back to the original characters.
        left_out: indices of the turns that did not fit, in order.
        turn_count: number of turns in the transcript.
        content_hash: SHA-256 over everything that the encoder sees, the key of the context cache.
    """

    ids: list[int]
    offsets: list[tuple[int, int]]
    windows: list[Window]
    normalised: NormalisedText
    left_out: list[int]
    turn_count: int
    content_hash: str


def build_context(encounter: Encounter, tokenizer: ClinicalTokenizer) -> ContextTokens:
    """Normalise, tokenize and window an encounter; turns that matter least are left out when it is too long."""
    normalised = normalise(encounter.transcript)
    line = normalise(encounter.patient_context.as_line()).text
    line_ids = [tokenizer.id_of(CONTEXT), *tokenizer.encode(line)][: MAX_CONTEXT_TOKENS // 4]
    blocks = [TurnTokens(-1, line_ids, [(-1, -1)] * len(line_ids))]
    turns = parse_turns(normalised.text)
    for index, turn in enumerate(turns):
        ids, offsets = tokenizer.encode_with_offsets(normalised.text[turn.start : turn.end])
        mark = tokenizer.id_of(_MARKS[turn.speaker])
        shifted = [(start + turn.start, end + turn.start) for start, end in offsets]
        blocks.append(TurnTokens(index, [mark, *ids], [(-1, -1), *shifted]))
    blocks, left_out = keep_what_matters(blocks, normalised.text)
    ids = [i for block in blocks for i in block.ids]
    offsets = [o for block in blocks for o in block.offsets]
    windows = cut_windows([len(block.ids) for block in blocks])
    digest = hashlib.sha256(repr(ids).encode()).hexdigest()
    return ContextTokens(ids, offsets, windows, normalised, left_out, len(turns), digest)


def keep_what_matters(blocks: list[TurnTokens], text: str) -> tuple[list[TurnTokens], list[int]]:
    """Drop whole turns, those with the fewest numbers and long words a token first, until the rest fits.

    The context line and the last eighth of the visit (where the plan is said) are dropped last.
    """
    total = sum(len(block.ids) for block in blocks)
    if total <= MAX_CONTEXT_TOKENS:
        return blocks, []
    late = len(blocks) - len(blocks) // 8
    order = sorted(range(1, len(blocks)), key=lambda i: (i >= late, _substance(blocks[i], text), -i))
    dropped: set[int] = set()
    for i in order:
        if total <= MAX_CONTEXT_TOKENS:
            break
        total -= len(blocks[i].ids)
        dropped.add(i)
    kept = [block for i, block in enumerate(blocks) if i not in dropped]
    return kept, sorted(blocks[i].turn_index for i in dropped)


def _substance(block: TurnTokens, text: str) -> float:
    start, end = block.offsets[1][0] if len(block.offsets) > 1 else 0, block.offsets[-1][1]
    words = text[start:end].split()
    weight = sum(2.0 if any(c.isdigit() for c in word) else float(len(word) > 6) for word in words)
    return weight / (len(words) + 2)


def cut_windows(block_lengths: list[int]) -> list[Window]:
    """Windows of whole blocks, at most MAX_WINDOW_TOKENS read tokens each; a longer block is cut.

    Every window but the first reads the block before it again when that is short, so that an answer sees its
    question. The windows of a prefix of the blocks are a prefix of the windows, but for the last one.
    """
    windows: list[Window] = []
    read_from = start = position = 0
    previous = 0  # length of the block that ends at `position`
    for length in block_lengths:
        while length:
            if position + min(length, MAX_WINDOW_TOKENS) - read_from > MAX_WINDOW_TOKENS:
                if position > start:
                    windows.append(Window(read_from, start, position))
                overlap = previous if previous <= _OVERLAP_TOKENS else 0
                read_from, start = position - overlap, position
                if position + min(length, MAX_WINDOW_TOKENS) - read_from > MAX_WINDOW_TOKENS:
                    read_from = position
            piece = min(length, MAX_WINDOW_TOKENS)
            position += piece
            length -= piece
            previous = piece
    if position > start:
        windows.append(Window(read_from, start, position))
    return windows
