"""Resumable training state and the hand-off of finished weights."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from medscribe_core.errors import ModelFilesError
from medscribe_core.model.loading import CONFIG_FILE, ENCODER_FILE, WEIGHTS_FILES
from medscribe_core.model.note_model import NoteModel


@dataclass
class Progress:
    """Where a run stands: next batch of the stream, minutes and steps spent, the log of its validations."""

    pool: int = 0
    batch: int = 0
    step: int = 0
    examples: int = 0
    minutes: float = 0.0
    history: list[dict] = field(default_factory=list)


class Average:
    """Exponential moving average of the weights."""

    def __init__(self, model: torch.nn.Module, decay: float):
        self.decay = decay
        self.updates = 0
        self.weights = {name: p.detach().clone() for name, p in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: torch.nn.Module) -> None:
        """Move towards the model's weights; the first updates move faster."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        live = [p.detach() for _, p in model.named_parameters() if p.requires_grad]
        kept = [self.weights[name] for name, p in model.named_parameters() if p.requires_grad]
        torch._foreach_lerp_(kept, live, 1.0 - decay)


def save_checkpoint(path: Path, state: dict) -> None:
    """Write atomically: an interrupted write leaves the previous checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def load_checkpoint(path: Path) -> dict:
    """Raises ModelFilesError when the file is missing or corrupt."""
    try:
        return torch.load(path, weights_only=False)
    except FileNotFoundError as error:
        raise ModelFilesError(f"There is no checkpoint {path.name} to resume from.") from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise ModelFilesError(f"The checkpoint {path.name} is corrupt.") from error


def export_weights(folder: Path, model: NoteModel, weights: dict[str, Tensor], record: dict) -> None:
    """Write weights in fp16 (one file for the encoder, one for the rest), config.json and training_record.json.

    Args:
        model: names the kind, the sizes and the weights that are expected.

    Raises ModelFilesError when one of the model's weights is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    expected = {name for name, _ in model.named_parameters()}
    missing = expected - set(weights)
    if missing:
        raise ModelFilesError(f"The checkpoint lacks the weight {sorted(missing)[0]!r}.")
    halves = {name: w.detach().to(torch.float16).contiguous() for name, w in weights.items() if name in expected}
    for file_name, in_encoder in ((ENCODER_FILE, True), (WEIGHTS_FILES[model.kind], False)):
        part = {name: w for name, w in halves.items() if name.startswith("encoder.") is in_encoder}
        partial = folder / f"{file_name}.partial"
        save_file(part, partial, metadata={"format": "pt"})
        partial.replace(folder / file_name)
    config = {"kind": model.kind, **model.config.to_dict()}
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    (folder / "training_record.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
