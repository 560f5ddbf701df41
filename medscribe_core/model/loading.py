"""Reading a model folder: weights, configuration, tokenizer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from medscribe_core.errors import ModelFilesError
from medscribe_core.model.config import ModelConfig
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.precision import fast_bfloat16
from medscribe_core.tokenizer import ClinicalTokenizer, load_tokenizer

ENCODER_FILE = "encoder.safetensors"
DENOISER_FILE = "denoiser.safetensors"
CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.model"


@dataclass(frozen=True)
class LoadedModel:
    """A model ready for inference; ``weights_id`` is the start of the SHA-256 of its weights files."""

    model: ClinicalDiffusionLM
    tokenizer: ClinicalTokenizer
    weights_id: str


def load_model(folder: Path, *, dtype: torch.dtype | None = None) -> LoadedModel:
    """Load the model in ``folder``: encoder and denoiser weights, configuration and tokenizer.

    Args:
        dtype: of the weights in memory; by default bfloat16 where the CPU has hardware for it, else float32.

    Raises:
        ModelFilesError: a file is missing or corrupt, or weights, configuration and tokenizer do not fit together.
    """
    for name in (ENCODER_FILE, DENOISER_FILE, CONFIG_FILE, TOKENIZER_FILE):
        if not (folder / name).is_file():
            raise ModelFilesError(f"The model file {name} is missing from the folder {folder.name}.")
    try:
        config = ModelConfig.from_dict(json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))
    except (ValueError, AttributeError) as error:
        raise ModelFilesError(f"The model file {CONFIG_FILE} is corrupt.") from error
    tokenizer = load_tokenizer(folder / TOKENIZER_FILE)
    if tokenizer.vocab_size != config.vocab_size:
        raise ModelFilesError(
            f"The tokenizer has {tokenizer.vocab_size} pieces but the model expects {config.vocab_size}."
        )
    weights = _read_weights(folder / ENCODER_FILE) | _read_weights(folder / DENOISER_FILE)
    model = ClinicalDiffusionLM(config)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelFilesError(f"The weights in {folder.name} do not fit the configuration {CONFIG_FILE}.") from error
    model = model.to(dtype or (torch.bfloat16 if fast_bfloat16() else torch.float32)).eval().requires_grad_(False)
    digest = hashlib.sha256()
    for name in (ENCODER_FILE, DENOISER_FILE):
        digest.update((folder / name).read_bytes())
    return LoadedModel(model, tokenizer, digest.hexdigest()[:16])


def _read_weights(path: Path) -> dict[str, torch.Tensor]:
    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelFilesError(f"The model file {path.name} is corrupt.") from error
    if any(not torch.isfinite(w).all() for w in weights.values()):
        raise ModelFilesError(f"The model file {path.name} holds values that are not numbers.")
    return weights
