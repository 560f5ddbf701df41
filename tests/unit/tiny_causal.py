"""A tiny untrained autoregressive model of the tiny denoiser's sizes."""

import torch

from medscribe_core.model.causal import CausalTransformer
from tests.unit.tiny import CONFIG


def tiny_causal_model(seed: int = 0) -> CausalTransformer:
    """Random weights, spread out enough that predictions differ between positions."""
    torch.manual_seed(seed)
    model = CausalTransformer(CONFIG).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(2.0)
        model.reader.weight.normal_(std=0.1)
    return model
