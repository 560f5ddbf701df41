"""The ``medscribe`` command. Heavy modules are imported inside the commands, so that ``--help`` needs no torch."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medscribe_core.benchmarking.commands import benchmark
from medscribe_core.corpora.commands import app as corpora_app
from medscribe_core.corpora.explore_command import explore
from medscribe_core.editing.commands import infill, propagate, read_encounter
from medscribe_core.errors import InputError
from medscribe_core.simulator.commands import simulate
from medscribe_core.terminal import exit_code_of, print_text, progress_bar, require_writable
from medscribe_core.training.commands import app as train_app

if TYPE_CHECKING:
    from medscribe_core.engine import NoteEngine
    from medscribe_core.schema import Encounter, Section

# Tracebacks that print local variables would print the transcript.
_PLAIN = {"pretty_exceptions_enable": False, "pretty_exceptions_show_locals": False}
app = typer.Typer(
    name="medscribe",
    help="Write a SOAP note from a visit's transcript, on this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    **_PLAIN,
)
app.add_typer(train_app, name="train")
app.add_typer(corpora_app, name="corpora")


class Model(StrEnum):
    """Which model writes the note."""

    DIFFUSION = "diffusion"
    AUTOREGRESSIVE = "autoregressive"


class Policy(StrEnum):
    """Which masked positions are committed at a denoising step."""

    ADAPTIVE = "adaptive"
    CONFIDENCE = "confidence"


PolicyOption = Annotated[Policy | None, typer.Option(help="Unmasking policy.")]
StepsOption = Annotated[int | None, typer.Option(min=1, max=512, help="Denoising steps.")]
SeedOption = Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Same seed, same note.")]
ModelsOption = Annotated[Path | None, typer.Option("--models", help="Folder with the model files.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
def generate(
    transcript: Annotated[str | None, typer.Option(help="Transcript file, or - for standard input.")] = None,
    context: Annotated[Path | None, typer.Option(help="Patient context, JSON.")] = None,
    partial_note: Annotated[Path | None, typer.Option(help="Sections already written, JSON; they stay.")] = None,
    batch: Annotated[Path | None, typer.Option(help="Visits, one JSON object a line.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the notes of --batch go.")] = None,
    model: Annotated[Model, typer.Option(help="Which model writes.")] = Model.DIFFUSION,
    policy: PolicyOption = None,
    steps: StepsOption = None,
    seed: SeedOption = None,
    models: ModelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the note of one visit (--transcript) or of a file of visits (--batch)."""
    if (transcript is None) == (batch is None):
        raise InputError("Give either --transcript FILE (or -) or --batch FILE.")
    settings = _settings(model, policy, steps, seed)
    if batch is not None:
        if out is None:
            raise InputError("--batch needs --out FILE for the notes.")
        if context or partial_note:
            raise InputError("With --batch the context and the partial note stand in each line of the file.")
        _generate_batch(batch, out, models, settings)
        return
    if out is not None:
        raise InputError("--out belongs to --batch; redirect standard output to keep a single note.")
    encounter, given = _read_visit(transcript, context, partial_note)
    generated = _load_engine(models).generate(encounter, partial_note=given or None, **settings)
    if as_json:
        print_text(json.dumps(generated.to_response(), indent=2, ensure_ascii=False))
        return
    for warning in generated.all_warnings:
        typer.echo(f"Warning: {warning}", err=True)
    print_text(generated.note.to_text())


app.command()(benchmark)
app.command()(simulate)
app.command()(explore)
app.command()(propagate)
app.command()(infill)


@app.command()
def evaluate(
    data: Annotated[Path | None, typer.Option(help="Visits with reference notes, one JSON object a line.")] = None,
    result: Annotated[Path | None, typer.Option(help="A stored result to --compare instead of a new run.")] = None,
    compare: Annotated[Path | None, typer.Option(help="A stored result of the same data: print differences.")] = None,
    check_extractor: Annotated[
        int | None, typer.Option(min=1, help="Check the fact extractor on N simulated visits.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N visits.")] = None,
    model: Annotated[Model, typer.Option(help="Which model writes.")] = Model.DIFFUSION,
    policy: PolicyOption = None,
    steps: StepsOption = None,
    seed: SeedOption = 0,
    baselines: Annotated[bool, typer.Option("--baselines", help="Score two trivial note writers too.")] = False,
    train: Annotated[Path | None, typer.Option(help="Training visits for the nearest-note baseline.")] = None,
    infilling: Annotated[bool, typer.Option("--infilling", help="Also with one or two sections given.")] = False,
    edits: Annotated[bool, typer.Option("--edits", help="Also carry each visit's edit to other sections.")] = False,
    step_curve: Annotated[bool, typer.Option("--step-curve", help="Also with 1 to 25 steps and adaptive.")] = False,
    examples: Annotated[int, typer.Option(min=0, help="Quote N errors of each kind; 0 stores no note text.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the whole result to this JSON file.")] = None,
    models: ModelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how good the notes of the visits in a file are, or compare two stored results."""
    settings = _settings(model, policy, steps, seed)
    if sum(given is not None for given in (data, result, check_extractor)) != 1:
        raise InputError("Give one of --data FILE, --result FILE (with --compare) and --check-extractor N.")
    if train is not None and not baselines:
        raise InputError("--train is for the nearest-note baseline; add --baselines.")
    if out is not None:
        require_writable(out)
    from medscribe_core.evaluation import commands

    if check_extractor is not None:
        commands.check_facts(check_extractor, seed or 0, out, as_json)
    elif result is not None:
        if compare is None:
            raise InputError("--result needs --compare FILE, the result to compare it with.")
        commands.compare_stored(result, compare, out, as_json)
    else:
        commands.evaluate_model(
            lambda: _load_engine(models),
            data,
            compare=compare,
            out=out,
            as_json=as_json,
            limit=limit,
            baselines=baselines,
            train=train,
            infilling=infilling,
            edits=edits,
            step_curve=step_curve,
            examples=examples,
            **settings,
        )


@app.command()
def demo(port: Annotated[int, typer.Option(min=1024, max=65535, help="Port on this machine.")] = 8501) -> None:
    """Open the app in a browser; it is served to this machine only."""
    from medscribe_core.demo import serve

    raise typer.Exit(serve(port))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code (see :func:`terminal.exit_code_of`)."""
    return exit_code_of(lambda: app(args=arguments, standalone_mode=False))


def _settings(model: Model, policy: Policy | None, steps: int | None, seed: int | None) -> dict[str, Any]:
    from medscribe_core.checks.request import check_options

    chosen = {"model": model.value, "policy": policy.value if policy else None, "steps": steps}
    check_options(**chosen)
    return {**chosen, "seed": seed}


def _load_engine(models: Path | None) -> NoteEngine:
    from medscribe_core.engine import NoteEngine

    return NoteEngine.load(models)


def _read_visit(
    transcript: str, context: Path | None, partial_note: Path | None
) -> tuple[Encounter, dict[Section, str]]:
    from medscribe_core.batch import require_text
    from medscribe_core.corpora.text_files import read_json
    from medscribe_core.schema import parse_partial_note

    encounter = read_encounter(transcript, context)
    given = parse_partial_note(read_json(partial_note) if partial_note else None)
    require_text(*given.values())
    return encounter, given


def _generate_batch(batch: Path, out: Path, models: Path | None, settings: dict[str, Any]) -> None:
    from medscribe_core.batch import failure_lines, write_batch
    from medscribe_core.corpora.text_files import numbered_lines

    require_writable(out)
    if next(numbered_lines(batch, errors="replace"), None) is None:
        raise InputError(f"{batch} has no visits.")
    engine = _load_engine(models)
    with progress_bar("Writing notes") as advance:
        failures = write_batch(
            batch,
            out,
            lambda encounter, given: engine.generate(encounter, partial_note=given or None, **settings),
            advance,
        )
    for line in failure_lines(batch, failures):
        typer.echo(line, err=True)
    if failures:
        raise InputError(f"{len(failures)} of the visits have no note; {out} names the reason for each.")
