"""A tiny untrained denoiser, so that behaviour is tested in milliseconds."""

from typing import TypeVar

import torch

from medscribe_core.model.config import EncoderConfig, ModelConfig
from medscribe_core.model.denoiser import ClinicalDiffusionLM, EncodedContext
from medscribe_core.model.note_model import NoteModel

Model = TypeVar("Model", bound=NoteModel)
VOCABULARY, PAD, MASK, FIRST_WORD = 60, 0, 2, 10
CONFIG = ModelConfig(
    vocab_size=VOCABULARY,
    width=32,
    layers=2,
    heads=2,
    feed_forward=48,
    reads_evidence=True,
    plans_content=True,
    encoder=EncoderConfig(width=24, layers=2, heads=2, feed_forward=32, max_positions=32, middle_layer=1),
)


def tiny_model(seed: int = 0) -> ClinicalDiffusionLM:
    """Random weights, spread out enough that predictions differ between positions."""
    torch.manual_seed(seed)
    return spread_out(ClinicalDiffusionLM(CONFIG).eval())


def spread_out(model: Model) -> Model:
    """The model with larger weights, and a reader that reads."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(2.0)
        model.reader.weight.normal_(std=0.1)
    return model


def tiny_context(model: ClinicalDiffusionLM, contexts: int = 1, length: int = 9, padding: int = 0) -> EncodedContext:
    """Encoded random contexts; ``padding`` more positions are masked out."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(FIRST_WORD, VOCABULARY, (contexts, length), generator=generator)
    padded = torch.cat((ids, torch.zeros(contexts, padding, dtype=torch.long)), dim=1)
    lengths = torch.full((contexts,), length)
    mask = None if padding == 0 else torch.arange(length + padding)[None].expand(contexts, -1) < length
    with torch.no_grad():
        middle, last = model.encoder(padded, lengths)
        return model.encode_context(padded, middle, last, mask)


def forbidden() -> torch.Tensor:
    """Special tokens but [PAD] may not be written."""
    return torch.tensor([i != PAD and i < FIRST_WORD for i in range(VOCABULARY)])
