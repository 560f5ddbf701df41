"""Which words of a statement were added and which deleted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

Operation = Literal["equal", "delete", "insert"]
Piece = tuple[Operation, str]

_WORD_OR_SPACE = re.compile(r"\s+|\S+")


def word_diff(before: str, after: str) -> list[Piece]:
    """The pieces that turn ``before`` into ``after``, whole words at a time, a deletion before its insertion.

    Equal and deleted pieces joined are ``before``, equal and inserted ones ``after``. Neighbouring changes that only
    white space parts are one.
    """
    old, new = (_WORD_OR_SPACE.findall(text) for text in (before, after))
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    pieces: list[Piece] = []
    for changed, was, now in _joined([(tag != "equal", old[a:b], new[c:d]) for tag, a, b, c, d in opcodes]):
        if not changed:
            pieces.append(("equal", was))
            continue
        pieces += [(operation, text) for operation, text in (("delete", was), ("insert", now)) if text]
    return pieces


def _joined(runs: Sequence[tuple[bool, list[str], list[str]]]) -> list[tuple[bool, str, str]]:
    """Runs as (changed, before, after); white space between two changes counts as changed with them."""
    around = [(False, [], []), *runs, (False, [], [])]
    joined: list[tuple[bool, str, str]] = []
    for (previous, run), following in zip(pairwise(around), around[2:], strict=False):
        was, now = "".join(run[1]), "".join(run[2])
        changed = run[0] or (previous[0] and following[0] and not was.strip())
        if joined and joined[-1][0] == changed:
            joined[-1] = (changed, joined[-1][1] + was, joined[-1][2] + now)
        else:
            joined.append((changed, was, now))
    return joined
