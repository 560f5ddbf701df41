"""`medscribe train ...`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from medscribe_core.errors import InputError
from medscribe_core.settings import settings

app = typer.Typer(
    help="Train the tokenizer or the diffusion model.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
AuthoredOption = Annotated[
    list[Path] | None, typer.Option(help="JSONL of authored encounters to train on; may be repeated.")
]


@app.command("diffusion")
def diffusion(
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint, log and exported weights.")],
    minutes: Annotated[float, typer.Option(min=0.1, help="Total budget of the run, resumptions included.")] = 75.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    start_from: Annotated[Path | None, typer.Option(help="Folder of a model that a new run begins with.")] = None,
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
    seed: Annotated[int, typer.Option(min=0, help="Of weights and data order.")] = 0,
) -> None:
    """Train the masked-diffusion model."""
    from medscribe_core.model.config import PRESETS
    from medscribe_core.training.loop import TrainingConfig, train_diffusion
    from medscribe_core.training.stream import StreamConfig

    if preset not in PRESETS:
        raise InputError(f"Unknown preset {preset[:40]!r}; known presets are {', '.join(PRESETS)}.")
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
        lengthening_pools=lengthening_pools,
    )
    train_diffusion(
        out,
        config,
        stream,
        resume=resume,
        start_from=start_from,
        validation=tuple(validation or ()),
        console=Console(stderr=True),
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
