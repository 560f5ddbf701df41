"""`medscribe train ...`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from medscribe_core.errors import InputError
from medscribe_core.settings import settings

app = typer.Typer(
    help="Train the tokenizer, the diffusion model or the autoregressive baseline.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
AuthoredOption = Annotated[
    list[Path] | None, typer.Option(help="JSONL of authored encounters to train on; may be repeated.")
]


@app.command("causal", help="Train the autoregressive baseline.")
@app.command("diffusion", help="Train the masked-diffusion model.")
def note_model(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint, log and exported weights.")],
    minutes: Annotated[float, typer.Option(min=0.1, help="Total budget of the run, resumptions included.")] = 75.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    start_from: Annotated[Path | None, typer.Option(help="Folder of a model, of either kind, to begin with.")] = None,
    preset: Annotated[str, typer.Option(help="Model sizes: cpu or seed.")] = "cpu",
    authored: AuthoredOption = None,
    validation: Annotated[list[Path] | None, typer.Option(help="JSONL of authored encounters to validate on.")] = None,
    tokenizer: Annotated[Path | None, typer.Option(help="Tokenizer; by default the shipped one.")] = None,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 1e-3,
    encoder_rate: Annotated[float, typer.Option(help="Rate of the pretrained layers relative to the peak.")] = 0.0,
    encoder_layers: Annotated[int, typer.Option(min=1, max=6, help="How many pretrained layers are trained.")] = 3,
    muon_rate: Annotated[float, typer.Option(help="Peak rate of Muon for hidden matrices; 0: AdamW for all.")] = 0.0,
    batch_cost: Annotated[int, typer.Option(help="Positions a batch (context + 3 x note).")] = 7000,
    accumulate: Annotated[int, typer.Option(min=1, help="Batches a step.")] = 1,
    lengthening_pools: Annotated[int, typer.Option(help="Pools over which excerpts give way to visits.")] = 300,
    excerpt_start: Annotated[float, typer.Option(min=0, max=1, help="Share of excerpts at the beginning.")] = 0.95,
    excerpt_end: Annotated[float, typer.Option(min=0, max=1, help="Share of excerpts after lengthening.")] = 0.5,
    authored_share: Annotated[float, typer.Option(min=0, max=1, help="Share of authored visits after it.")] = 0.2,
    frontier_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of notes masked as sections in progress (diffusion).")
    ] = 0.5,
    edits: Annotated[
        list[Path] | None, typer.Option(help="JSONL of edits of the authored encounters; may be repeated (diffusion).")
    ] = None,
    edit_share: Annotated[float, typer.Option(min=0, max=1, help="Share of edited notes (diffusion).")] = 0.0,
    scaffold_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the rest laid out by content plan (diffusion).")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Of weights and data order.")] = 0,
) -> None:
    """Train the model that the command is named after."""
    from medscribe_core.model.config import PRESETS
    from medscribe_core.training.loop import TrainingConfig, train
    from medscribe_core.training.stream import StreamConfig

    if preset not in PRESETS:
        raise InputError(f"Unknown preset {preset[:40]!r}; known presets are {', '.join(PRESETS)}.")
    causal = context.info_name == "causal"
    source = context.get_parameter_source("frontier_share")
    if causal and source is not None and source.name != "DEFAULT":
        raise InputError("--frontier-share is for the diffusion model: the autoregressive one has no masked notes.")
    if causal and (edit_share or scaffold_share):
        raise InputError(
            "--edit-share and --scaffold-share are for the diffusion model: the other one writes left to right."
        )
    config = TrainingConfig(
        minutes=minutes,
        preset=preset,
        seed=seed,
        peak_rate=rate,
        encoder_rate=encoder_rate,
        encoder_layers=encoder_layers,
        muon_rate=muon_rate,
        accumulate=accumulate,
    )
    stream = StreamConfig(
        tokenizer=tokenizer or settings().models_dir / "cpu" / "tokenizer.model",
        seed=seed,
        authored=tuple(authored or ()),
        batch_cost=batch_cost,
        causal=causal,
        lengthening_pools=lengthening_pools,
        excerpt_start=excerpt_start,
        excerpt_end=excerpt_end,
        authored_share=authored_share,
        frontier_share=frontier_share,
        edits=tuple(edits or ()),
        edit_share=edit_share,
        scaffold_share=scaffold_share,
    )
    train(
        out,
        config,
        stream,
        resume=resume,
        start_from=start_from,
        validation=tuple(validation or ()),
        console=Console(stderr=True),
    )


@app.command("support")
def support(
    data: Annotated[
        list[Path],
        typer.Option(help="Visits the model was not trained on, with reference notes; may be repeated."),
    ],
    model: Annotated[
        Path | None, typer.Option(help="Folder of the diffusion model; by default the shipped one.")
    ] = None,
    unsupported: Annotated[
        float, typer.Option(min=0.001, max=1, help="Share of unsupported statements that a note may have.")
    ] = 0.15,
) -> None:
    """Fit how probable it is that a statement is supported; writes support.json into the model's folder."""
    from medscribe_core.corpora import read_authored
    from medscribe_core.model.loading import load_model
    from medscribe_core.terminal import progress_bar
    from medscribe_core.training.support import note_models, support_examples, train_support

    visits = [visit for path in data for visit in read_authored(path)]
    folder = model or settings().models_dir / "cpu"
    loaded = load_model(folder)
    with progress_bar("Writing notes") as advance:
        done = iter(range(1, len(visits) + 1))
        examples = support_examples(note_models(loaded), visits, lambda: advance(next(done), len(visits)))
    fitted = train_support(loaded, data, examples, unsupported)
    fitted.save(folder)
    typer.echo(
        f"Fitted to {len(examples.supported):,} statements; those under {fitted.threshold:.0%} will be withheld.",
        err=True,
    )


@app.command("tokenizer")
def tokenizer(
    out: Annotated[Path, typer.Option(help="File to write (*.model).")],
    visits: Annotated[int, typer.Option(min=1, help="Simulated visits to learn from.")] = 20_000,
    vocabulary: Annotated[int, typer.Option(min=1000, help="Number of pieces.")] = 8192,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same visits.")] = 0,
    authored: AuthoredOption = None,
) -> None:
    """Train the SentencePiece tokenizer."""
    from medscribe_core.tokenizer import train_tokenizer
    from medscribe_core.training.tokenizer_text import tokenizer_texts

    trained = train_tokenizer(tokenizer_texts(visits, seed, authored or ()), out, vocab_size=vocabulary)
    typer.echo(f"Wrote {trained.vocab_size} pieces to {out}.", err=True)
