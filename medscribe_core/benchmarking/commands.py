"""``medscribe benchmark``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medscribe_core.errors import DataError, InputError
from medscribe_core.terminal import print_text, progress_bar, require_writable

_QUICK_VISITS = 8
_PROFILED = 50


def benchmark(
    visits: Annotated[int, typer.Option(min=1, max=100_000, help="Visits that every writer writes.")] = 200,
    data: Annotated[
        Path | None, typer.Option(help="JSONL of visits with notes; by default simulated validation visits.")
    ] = None,
    warm_up: Annotated[int, typer.Option(min=0, help="Notes of each writer before anything is measured.")] = 10,
    writers: Annotated[
        str | None,
        typer.Option(help="Of diffusion, ar-cached, ar-uncached, with commas between; by default all that are there."),
    ] = None,
    steps: Annotated[
        str, typer.Option(help="Denoising steps of the diffusion model, numbers or adaptive, with commas between.")
    ] = "adaptive,5,10,15,20,25",
    lengths: Annotated[
        int, typer.Option(min=0, help="Visits that are joined and cut to wanted lengths; 0 leaves the curves out.")
    ] = 13,
    profile: Annotated[bool, typer.Option("--profile", help="Also show where a note's time goes.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few notes, for a look: 8 visits, adaptive steps, 2 to warm up.")
    ] = False,
    price_per_hour: Annotated[
        float | None, typer.Option(min=0, help="What the machine costs an hour, for the cost of a note.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulated visits.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the whole result to this JSON file.")] = None,
    models: Annotated[Path | None, typer.Option("--models", help="Folder with the model files.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure how fast notes are written on this machine, by each model in turn, and how good the same notes are."""
    if out is not None:
        require_writable(out)
    if quick:
        visits, warm_up, steps, lengths = min(visits, _QUICK_VISITS), min(warm_up, 2), "adaptive", min(lengths, 2)
    from medscribe_core.benchmarking import writers as known

    families = None if writers is None else _items(writers)
    wanted = known.make_writers(families or known.FAMILIES, _items(steps))
    if data is not None and not data.is_file():
        raise DataError(f"{data} does not exist.")
    from rich.console import Console

    from medscribe_core.benchmarking.report import tables
    from medscribe_core.benchmarking.running import Plan, run_benchmark
    from medscribe_core.benchmarking.visits import from_file, simulated
    from medscribe_core.corpora.text_files import atomic_writer
    from medscribe_core.engine import NoteEngine

    engine = NoteEngine.load(models, cached_contexts=0)
    if families is None:
        wanted = [writer for writer in wanted if writer.model in engine.models]
    chosen, described = simulated(visits, seed) if data is None else from_file(data, visits)
    plan = Plan(
        writers=wanted,
        warm_up=warm_up,
        length_visits=lengths,
        profiled=min(len(chosen), _PROFILED) if profile else 0,
        price_per_hour=price_per_hour,
    )
    options = {
        "visits": len(chosen),
        "warm_up": warm_up,
        "writers": [writer.key for writer in wanted],
        "length_visits": lengths,
        "quick": quick,
        "seed": seed if data is None else None,
    }
    with progress_bar("Writing notes") as advance:
        result = run_benchmark(engine, chosen, described, plan, options, advance)
    text = result.to_text()
    if out is not None:
        with atomic_writer(out) as stream:
            stream.write(text + "\n")
    if as_json:
        print_text(text)
        return
    console = Console()
    for table in tables(result):
        console.print(table)


def _items(text: str) -> list[str]:
    """The parts of a list written with commas; raises InputError when there is none."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    if not found:
        raise InputError("A list of the command is empty; write its items with commas between them.")
    return found
