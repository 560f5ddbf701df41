"""A model folder: weights, configuration (which says what kind of model it is), tokenizer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from medscribe_core.errors import ModelFilesError
from medscribe_core.model.causal import CausalTransformer
from medscribe_core.model.config import ModelConfig
from medscribe_core.model.denoiser import ClinicalDiffusionLM
from medscribe_core.model.note_model import NoteModel
from medscribe_core.model.precision import fast_bfloat16
from medscribe_core.tokenizer import ClinicalTokenizer, load_tokenizer

ENCODER_FILE = "encoder.safetensors"
DENOISER_FILE = "denoiser.safetensors"
CAUSAL_FILE = "causal.safetensors"
CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.model"
#: Everything but the encoder, by the kind of the model.
WEIGHTS_FILES = {ClinicalDiffusionLM.kind: DENOISER_FILE, CausalTransformer.kind: CAUSAL_FILE}
MODEL_TYPES: dict[str, type[NoteModel]] = {m.kind: m for m in (ClinicalDiffusionLM, CausalTransformer)}

M = TypeVar("M", bound=NoteModel)


@dataclass(frozen=True)
class LoadedModel(Generic[M]):
    """A model ready for inference; ``weights_id`` is the start of the SHA-256 of its weights files."""

    model: M
    tokenizer: ClinicalTokenizer
    weights_id: str


def model_type(folder: Path) -> type[NoteModel]:
    """Which of the models the folder holds; raises ModelFilesError when its configuration does not say."""
    return _read_config(folder)[0]


def load_model(
    folder: Path, expected: type[M] = ClinicalDiffusionLM, *, dtype: torch.dtype | None = None
) -> LoadedModel[M]:
    """Load the model in ``folder``: encoder and note model weights, configuration and tokenizer.

    Args:
        expected: the kind of model that the folder must hold.
        dtype: of the weights in memory; by default bfloat16 where the CPU has hardware for it, else float32.

    Raises:
        ModelFilesError: a file is missing or corrupt, the model is of another kind, or weights, configuration and
            tokenizer do not fit together.
    """
    found, config = _read_config(folder)
    if found is not expected:
        raise ModelFilesError(f"The folder {folder.name} holds the {found.kind} model, not the {expected.kind} one.")
    weights_files = (ENCODER_FILE, WEIGHTS_FILES[found.kind])
    for name in (*weights_files, TOKENIZER_FILE):
        _require(folder, name)
    tokenizer = load_tokenizer(folder / TOKENIZER_FILE)
    if tokenizer.vocab_size != config.vocab_size:
        raise ModelFilesError(
            f"The tokenizer has {tokenizer.vocab_size} pieces but the model expects {config.vocab_size}."
        )
    weights = {name: w for file_name in weights_files for name, w in _read_weights(folder / file_name).items()}
    model = expected(config)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelFilesError(f"The weights in {folder.name} do not fit the configuration {CONFIG_FILE}.") from error
    model = model.to(dtype or (torch.bfloat16 if fast_bfloat16() else torch.float32)).eval().requires_grad_(False)
    digest = hashlib.sha256()
    for name in weights_files:
        digest.update((folder / name).read_bytes())
    return LoadedModel(model, tokenizer, digest.hexdigest()[:16])


def _require(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise ModelFilesError(f"The model file {name} is missing from the folder {folder.name}.")
    return folder / name


def _read_config(folder: Path) -> tuple[type[NoteModel], ModelConfig]:
    """The kind of model, the diffusion model where none is named, and its sizes."""
    path = _require(folder, CONFIG_FILE)
    try:
        data = dict(json.loads(path.read_text(encoding="utf-8")))
        kind = str(data.pop("kind", ClinicalDiffusionLM.kind))
        config = ModelConfig.from_dict(data)
    except (ValueError, TypeError) as error:
        raise ModelFilesError(f"The model file {CONFIG_FILE} is corrupt.") from error
    if kind not in MODEL_TYPES:
        raise ModelFilesError(
            f"The model configuration names the kind {kind[:40]!r}; known kinds are {', '.join(MODEL_TYPES)}."
        )
    return MODEL_TYPES[kind], config


def _read_weights(path: Path) -> dict[str, torch.Tensor]:
    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelFilesError(f"The model file {path.name} is corrupt.") from error
    if any(not torch.isfinite(w).all() for w in weights.values()):
        raise ModelFilesError(f"The model file {path.name} holds values that are not numbers.")
    return weights
