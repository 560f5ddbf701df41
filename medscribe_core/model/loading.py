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


@dataclass(frozen=True)
class LoadedModel:
    """A model ready for inference; ``weights_id`` is the start of the SHA-256 of its weights file."""

    model: ClinicalDiffusionLM
    tokenizer: ClinicalTokenizer
    weights_id: str


def load_model(folder: Path, *, dtype: torch.dtype | None = None) -> LoadedModel:
    """Load ``folder`` (weights.safetensors, config.json, tokenizer.model).

    Args:
        dtype: of the weights in memory; by default bfloat16 where the CPU has hardware for it, else float32.

    Raises:
        ModelFilesError: a file is missing or corrupt, or weights, configuration and tokenizer do not fit together.
    """
    weights_path, config_path = folder / "weights.safetensors", folder / "config.json"
    tokenizer_path = folder / "tokenizer.model"
    for path in (weights_path, config_path, tokenizer_path):
        if not path.is_file():
            raise ModelFilesError(f"The model file {path.name} is missing from {folder.name}.")
    try:
        config = ModelConfig.from_dict(json.loads(config_path.read_text(encoding="utf-8")))
    except (ValueError, AttributeError) as error:
        raise ModelFilesError(f"The model file {config_path.name} is corrupt.") from error
    tokenizer = load_tokenizer(tokenizer_path)
    if tokenizer.vocab_size != config.vocab_size:
        raise ModelFilesError(
            f"The tokenizer has {tokenizer.vocab_size} pieces but the model expects {config.vocab_size}."
        )
    try:
        weights = load_file(weights_path)
    except (SafetensorError, OSError) as error:
        raise ModelFilesError(f"The model file {weights_path.name} is corrupt.") from error
    model = ClinicalDiffusionLM(config)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelFilesError(f"The model file {weights_path.name} does not fit its configuration.") from error
    if any(not torch.isfinite(w).all() for w in weights.values()):
        raise ModelFilesError(f"The model file {weights_path.name} holds values that are not numbers.")
    model = model.to(dtype or (torch.bfloat16 if fast_bfloat16() else torch.float32)).eval().requires_grad_(False)
    return LoadedModel(model, tokenizer, hashlib.sha256(weights_path.read_bytes()).hexdigest()[:16])
