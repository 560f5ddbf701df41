"""The one training loop of both models: a budget of minutes, resumable, checkpoints every few minutes."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from torch import nn
from torch.utils.data import DataLoader

from medscribe_core.diffusion.schedule import learning_rate
from medscribe_core.errors import ModelFilesError
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.config import PRESETS
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.loading import TOKENIZER_FILE, load_model, model_type
from medscribe_core.model.precision import autocast
from medscribe_core.model.pretrained import initialise_from_minilm, minilm_folder
from medscribe_core.tokenizer import load_tokenizer
from medscribe_core.training.checkpoint import Average, Progress, export_weights, load_checkpoint, save_checkpoint
from medscribe_core.training.muon import Muon
from medscribe_core.training.objective import training_loss
from medscribe_core.training.stream import BatchStream, StreamConfig, read_encounters
from medscribe_core.training.validation import health_problems, validate, validation_sets


@dataclass(frozen=True)
class TrainingConfig:
    """Hyperparameters of a run.

    Attributes:
        minutes: total budget of the run, over all its resumptions; the cosine runs over it.
        muon_rate: peak learning rate of Muon for the hidden matrices outside the encoder; 0 leaves them to AdamW.
        encoder_rate: learning rate of the pretrained layers relative to the peak; 0 keeps them frozen.
        encoder_layers: how many of the last pretrained layers are trained when ``encoder_rate`` is above 0.
        accumulate: batches a step (gradient accumulation to the effective batch).
    """

    minutes: float = 75.0
    peak_rate: float = 1e-3
    floor_rate: float = 1e-5
    muon_rate: float = 0.0
    encoder_rate: float = 0.0
    encoder_layers: int = 3
    warmup: float = 0.02
    weight_decay: float = 0.01
    clip: float = 1.0
    average_decay: float = 0.999
    accumulate: int = 1
    checkpoint_minutes: float = 4.0
    validation_minutes: float = 5.0
    preset: str = "cpu"
    seed: int = 0


class Trainer:
    """Holds the model, optimizer, average and position of one run in ``folder``.

    The stream says which model is trained: the autoregressive one if it is causal, else the diffusion model.
    """

    def __init__(self, folder: Path, config: TrainingConfig, stream: StreamConfig):
        self.folder, self.config, self.stream = folder, config, stream
        self.tokenizer = load_tokenizer(stream.tokenizer)
        torch.manual_seed(config.seed)
        self.model = (CausalTransformer if stream.causal else ClinicalDiffusionLM)(PRESETS[config.preset])
        self.progress = Progress()
        self.model.encoder.requires_grad_(False)
        if config.encoder_rate > 0:
            self.model.encoder.layers[-config.encoder_layers :].requires_grad_(True)
        adam, muon = self._parameter_groups()
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.AdamW(adam, betas=(0.9, 0.98), fused=True)
        }
        if muon:
            self.optimizers["muon"] = Muon(muon, lr=config.muon_rate, weight_decay=config.weight_decay)
        self.average = Average(self.model, config.average_decay)

    def start(self) -> float:
        """Initialise from MiniLM; returns the share of pieces with an entry of their own."""
        exact = initialise_from_minilm(self.model, self.tokenizer, minilm_folder())
        self.average = Average(self.model, self.config.average_decay)
        return exact

    def start_from(self, folder: Path) -> None:
        """Initialise from an exported model instead; raises ModelFilesError when it does not fit the preset.

        A model of the other kind, or one without a reader or content plan, gives every weight that both have. A
        denoiser that begins as an autoregressive model goes on predicting each token one position earlier (DiffuLLaMA,
        Gong et al., 2025).
        """
        found, wanted = model_type(folder), type(self.model)
        loaded = load_model(folder, found, dtype=torch.float32).model
        sizes = replace(self.model.config, shifted=False)
        parts = {"reads_evidence": sizes.reads_evidence, "plans_content": sizes.plans_content}
        same_parts = all(getattr(loaded.config, name) == value for name, value in parts.items())
        if replace(loaded.config, shifted=False, **parts) != sizes:
            raise ModelFilesError(f"The model in {folder.name} has other sizes than the preset {self.config.preset}.")
        self.model.load_state_dict(loaded.state_dict(), strict=found is wanted and same_parts)
        shifted = loaded.config.shifted if found is wanted else found is CausalTransformer
        self.model.config = replace(sizes, shifted=shifted)
        self.average = Average(self.model, self.config.average_decay)

    def resume(self) -> None:
        """Continue from the folder's checkpoint: weights, optimizer, average and place in the data.

        Raises ModelFilesError when there is none, or it is of the other model.
        """
        state = load_checkpoint(self.folder / "checkpoint.pt")
        kind = state.get("kind", ClinicalDiffusionLM.kind)
        if kind != self.model.kind:
            raise ModelFilesError(
                f"The run in {self.folder.name} trains the {kind} model, not the {self.model.kind} one."
            )
        self.model.config = replace(self.model.config, shifted=state.get("shifted", False))
        self.model.load_state_dict(state["model"])
        self.average.weights = state["average"]
        self.average.updates = state["average_updates"]
        self.progress = state["progress"]
        if state.get("trainable") == self._trainable() and set(state["optimizers"]) == set(self.optimizers):
            for name, optimizer in self.optimizers.items():
                optimizer.load_state_dict(state["optimizers"][name])

    def save(self) -> None:
        """Write the resumable checkpoint."""
        save_checkpoint(
            self.folder / "checkpoint.pt",
            {
                "kind": self.model.kind,
                "shifted": self.model.config.shifted,
                "model": self.model.state_dict(),
                "average": self.average.weights,
                "average_updates": self.average.updates,
                "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
                "trainable": self._trainable(),
                "progress": self.progress,
            },
        )

    def _trainable(self) -> list[str]:
        return [name for name, parameter in self.model.named_parameters() if parameter.requires_grad]

    def _parameter_groups(self) -> tuple[list[dict], list[dict]]:
        """Groups for AdamW (each with its ``scale`` of the learning rate) and for Muon."""
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        matrices: list[nn.Parameter] = []
        for name, parameter in self.model.named_parameters():
            if not parameter.requires_grad:
                continue
            hidden = parameter.dim() == 2 and name.startswith(("layers.", "adapter.layers.")) and "mixing" not in name
            if hidden and self.config.muon_rate > 0:
                matrices.append(parameter)
                continue
            decays = parameter.dim() >= 2 and "tokens" not in name
            groups.setdefault((name.startswith("encoder."), decays), []).append(parameter)
        adam = [
            {
                "params": parameters,
                "weight_decay": self.config.weight_decay if decays else 0.0,
                "scale": self.config.encoder_rate if in_encoder else 1.0,
            }
            for (in_encoder, decays), parameters in groups.items()
        ]
        return adam, [{"params": matrices}] if matrices else []

    def step(self, batches: list) -> dict[str, float]:
        """One optimizer step over ``accumulate`` batches; returns the loss parts."""
        config = self.config
        rate = learning_rate(self.progress.minutes / config.minutes, config.peak_rate, config.floor_rate, config.warmup)
        for group in self.optimizers["adam"].param_groups:
            group["lr"] = rate * group["scale"]
        if "muon" in self.optimizers:
            for group in self.optimizers["muon"].param_groups:
                group["lr"] = rate / config.peak_rate * config.muon_rate
        sums: dict[str, float] = {}
        for batch in batches:
            generator = torch.Generator().manual_seed(self.progress.step)
            with autocast():
                parts = training_loss(self.model, batch, train_encoder=config.encoder_rate > 0, generator=generator)
            (parts.total / len(batches)).backward()
            for name, value in vars(parts).items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / len(batches)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), config.clip)
        for optimizer in self.optimizers.values():
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.average.update(self.model)
        pool, index, count = batches[-1].position
        self.progress.pool, self.progress.batch = (pool + 1, 0) if index + 1 == count else (pool, index + 1)
        self.progress.step += 1
        self.progress.examples += sum(batch.context_ids.shape[0] for batch in batches)
        return {**sums, "norm": float(norm), "rate": rate}

    def validate(self, sets: dict) -> dict[str, float]:
        """Validate the averaged weights."""
        live = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self._load(self.average.weights)
        result = validate(self.model, self.tokenizer, sets)
        self._load(live)
        return result

    @torch.no_grad()
    def _load(self, weights: dict) -> None:
        for name, parameter in self.model.named_parameters():
            parameter.copy_(weights[name])

    def export(self, target: Path) -> None:
        """Write the averaged weights with configuration, tokenizer and training record: a folder that can be loaded."""
        record = {
            "training": asdict(self.config),
            "data": {
                **{k: v for k, v in asdict(self.stream).items() if k not in {"tokenizer", "authored", "edits"}},
                "authored": [path.name for path in self.stream.authored],
                "edits": [path.name for path in self.stream.edits],
            },
            "minutes": round(self.progress.minutes, 1),
            "steps": self.progress.step,
            "examples": self.progress.examples,
            "history": self.progress.history,
        }
        export_weights(target, self.model, self.average.weights, record)
        (target / TOKENIZER_FILE).write_bytes(self.stream.tokenizer.read_bytes())


def train(
    folder: Path,
    config: TrainingConfig,
    stream: StreamConfig,
    *,
    resume: bool = False,
    start_from: Path | None = None,
    validation: tuple[Path, ...] = (),
    console: Console | None = None,
) -> Trainer:
    """Train the stream's model for the rest of ``config.minutes``.

    Writes checkpoint.pt, log.jsonl and export/ into ``folder``.

    Args:
        resume: go on from the folder's checkpoint.
        start_from: a model folder whose weights a new run begins with; by default MiniLM and random layers.

    Raises:
        ModelFilesError: nothing to resume or start from, or MiniLM is not installed.
        DataError: an authored file cannot be read.
    """
    console = console or Console()
    folder.mkdir(parents=True, exist_ok=True)
    read_encounters(stream.authored)  # a file that cannot be trained on is named here, not in the data process
    trainer = Trainer(folder, config, stream)
    if resume:
        trainer.resume()
        console.print(f"Resumed after {trainer.progress.minutes:.1f} minutes, step {trainer.progress.step}.")
    elif start_from is not None:
        trainer.start_from(start_from)
    else:
        console.print(f"MiniLM loaded; {trainer.start():.0%} of the pieces map exactly.")
    sets = validation_sets(trainer.tokenizer, validation)
    source = BatchStream(stream, trainer.progress.pool, trainer.progress.batch)
    batches = iter(DataLoader(source, batch_size=None, num_workers=1, prefetch_factor=8))
    trainer.model.train()
    log = (folder / "log.jsonl").open("a", encoding="utf-8")
    last_save = last_validation = trainer.progress.minutes
    usual = 0.0  # seconds of a step, smoothed
    with Bar(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console) as bar, log:
        task = bar.add_task("training", total=config.minutes, completed=trainer.progress.minutes)
        while trainer.progress.minutes < config.minutes:
            began = time.monotonic()
            parts = trainer.step([next(batches) for _ in range(config.accumulate)])
            # A paused process must not count its pause.
            elapsed = time.monotonic() - began
            usual = 0.9 * (usual or elapsed) + 0.1 * min(elapsed, 5.0 * (usual or elapsed))
            trainer.progress.minutes += min(elapsed, 5.0 * usual) / 60
            spent = trainer.progress.minutes
            if trainer.progress.step % 20 == 0:
                _log(log, {"step": trainer.progress.step, "minutes": spent, **parts})
                bar.update(
                    task, completed=spent, description=f"step {trainer.progress.step} loss {parts['tokens']:.2f}"
                )
            if spent - last_save > config.checkpoint_minutes:
                trainer.save()
                last_save = spent
            if spent - last_validation > config.validation_minutes or spent >= config.minutes:
                _validate(trainer, sets, log, console)
                last_validation = spent
    trainer.save()
    trainer.export(folder / "export")
    return trainer


def _validate(trainer: Trainer, sets: dict, log, console: Console) -> None:
    result = {k: round(v, 4) for k, v in trainer.validate(sets).items()}
    entry = {
        "step": trainer.progress.step,
        "minutes": round(trainer.progress.minutes, 2),
        "examples": trainer.progress.examples,
        **result,
    }
    trainer.progress.history.append(entry)
    _log(log, {"validation": entry})
    console.print(entry)
    for problem in health_problems(result):
        console.print(f"[bold red]Health check:[/] {problem}.")


def _log(log, entry: dict) -> None:
    log.write(json.dumps(entry) + "\n")
    log.flush()
