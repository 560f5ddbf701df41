"""The ``explore`` command: figures of several corpora side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medscribe_core.errors import DataError, InputError
from medscribe_core.terminal import require_writable

if TYPE_CHECKING:
    from medscribe_core.corpora.opening import ExploredVisit


def explore(
    data: Annotated[
        list[str], typer.Option(help="A corpus FILE, or NAME=FILE; files of one name are one corpus. Repeatable.")
    ],
    out: Annotated[Path, typer.Option(help="Write all figures to this JSON file.")],
    limit: Annotated[int, typer.Option(min=1, help="Visits of each corpus at most.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Which visits the samples are of.")] = 0,
) -> None:
    """Compare corpora: lengths, words, sections, repetition, nearest neighbors."""
    require_writable(out)
    from medscribe_core.corpora.explore import explore as figures_of
    from medscribe_core.corpora.text_files import atomic_writer

    corpora = _read(data, limit)
    result = figures_of(corpora, seed)
    with atomic_writer(out) as stream:
        stream.write(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    typer.echo(_table(result))


def _read(data: list[str], limit: int) -> dict[str, list[ExploredVisit]]:
    from medscribe_core.corpora.opening import open_corpus

    corpora: dict[str, list[ExploredVisit]] = {}
    for item in data:
        name, equals, file = item.partition("=")
        path = Path(file if equals else name)
        visits = corpora.setdefault(name if equals else path.stem, [])
        for visit in open_corpus(path):
            if len(visits) >= limit:
                break
            visits.append(visit)
    if not corpora:
        raise InputError("Give at least one --data FILE.")
    for name, visits in corpora.items():
        if not visits:
            raise DataError(f"The corpus {name} has no visits that can be read.")
    return corpora


_ROWS = (
    ("visits", "visits"), ("transcript words", "transcript_words"), ("turns a visit", "turns_per_visit"),
    ("words a turn", "turn_words"), ("turns with a number", "turns_with_number"), ("distinct-2", "distinct_2"),
    ("note words", "note_words"), ("note in transcript", "overlap"), ("nearest neighbor", "nearest_neighbor"),
)  # fmt: skip


def _table(result: dict[str, Any]) -> str:
    """Medians and means as text, one corpus a column."""
    names = list(result["corpora"])
    width = max(12, *(len(name) + 2 for name in names))
    lines = ["".ljust(22) + "".join(name.rjust(width) for name in names)]
    for label, key in _ROWS:
        cells = [_cell(result["corpora"][name][key]) for name in names]
        lines.append(label.ljust(22) + "".join(cell.rjust(width) for cell in cells))
    return "\n".join([*lines, f"distinct-2 over {result['tokens']} words of each corpus; medians where there are any."])


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    number = value["p50"] if isinstance(value, dict) else value
    return str(number) if isinstance(number, int) else f"{number:.3f}" if number < 2 else f"{number:.1f}"
