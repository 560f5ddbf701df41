"""Simulated patient interviews without notes, for the tokenizer and the encoder to learn how people speak.

Fareez, Parikh, Wavell et al., A dataset of simulated patient-physician medical interviews with a focus on
respiratory cases (Scientific Data, 2022); CC BY 4.0. Not bundled: give a JSONL file of ``id, category, dialogue``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medscribe_core.corpora.records import BrokenLine, CorpusRecord, OnBroken, json_lines, refuse


def read_osce(path: Path | str, on_broken: OnBroken | None = None) -> Iterator[CorpusRecord]:
    """Yield the dialogues of ``path`` in file order, turns labeled ``D:`` and ``P:``.

    Broken lines go to ``on_broken``; without it the first one raises DataError, as does a missing file.
    """
    path, report = Path(path), on_broken or refuse
    seen: set[str] = set()
    for number, value in json_lines(path, report):
        name, dialogue = (value.get(key) for key in ("id", "dialogue")) if isinstance(value, dict) else (None, None)
        if not isinstance(name, str) or not name.strip():
            report(BrokenLine(path, number, "has no id"))
        elif name in seen:
            report(BrokenLine(path, number, "has an id that occurs twice"))
        elif not isinstance(dialogue, str) or not dialogue.strip():
            report(BrokenLine(path, number, "has no dialogue"))
        else:
            seen.add(name)
            yield CorpusRecord(f"osce-{name}", f"osce-{name}", dialogue.strip())
