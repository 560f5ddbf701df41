"""The ``simulate`` command: visits to a file, to shards, or only checked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from medscribe_core.errors import InputError
from medscribe_core.terminal import progress_bar, require_writable


class Split(StrEnum):
    """Which part of the phrase banks a simulated visit is made from."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def simulate(
    out: Annotated[Path | None, typer.Option(help="File to write, one visit a line; with --shards a folder.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many visits.")] = 100,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Same seed, same visits.")] = 0,
    split: Annotated[Split, typer.Option(help="test uses the phrases that training never sees.")] = Split.TRAIN,
    shards: Annotated[int | None, typer.Option(min=1, max=10_000, help="Cut into so many files.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes for --shards.")] = 1,
    check: Annotated[bool, typer.Option("--check", help="Count contradictions instead of writing.")] = False,
) -> None:
    """Make visits with transcript, note, evidence and facts from the phrase banks."""
    if check == (out is not None):
        raise InputError("Give either --out FILE (or a folder with --shards) or --check.")
    if out is None:
        _check(count, seed, split.value)
    elif shards is not None:
        _shards(out, count, seed, split.value, shards, workers)
    else:
        require_writable(out)
        from medscribe_core.simulator import write_jsonl

        with progress_bar("Simulating") as advance:
            write_jsonl(out, count, seed, split.value, progress=lambda done: advance(done, count))
        typer.echo(f"Wrote {count} visits to {out}.", err=True)


def _shards(out: Path, count: int, seed: int, split: str, shards: int, workers: int) -> None:
    from medscribe_core.simulator.shards import write_shards

    with progress_bar("Simulating") as advance:
        write_shards(
            out, count, seed, split, shards=shards, workers=workers, progress=lambda done: advance(done, count)
        )
    typer.echo(f"Wrote {count} visits in {shards} shards to {out}.", err=True)


def _check(count: int, seed: int, split: str) -> None:
    from medscribe_core.simulator import simulate_encounters
    from medscribe_core.simulator.checker import count_problems

    with progress_bar("Checking") as advance:
        counts = count_problems(simulate_encounters(count, seed, split), lambda done: advance(done, count))
    visits = counts.pop("visits")
    for problem, times in counts.most_common():
        typer.echo(f"{times:6d}  {problem}")
    typer.echo(f"{counts.total()} contradictions in {visits} visits.")
    if counts:
        raise typer.Exit(1)
