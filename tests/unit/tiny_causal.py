"""A tiny untrained autoregressive model of the tiny denoiser's sizes."""

import torch

from medscribe_core.model.causal import CausalTransformer
from tests.unit.tiny import CONFIG, spread_out


def tiny_causal_model(seed: int = 0) -> CausalTransformer:
    """Random weights, spread out enough that predictions differ between positions."""
    torch.manual_seed(seed)
    return spread_out(CausalTransformer(CONFIG).eval())
