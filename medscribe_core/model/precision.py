"""Which number format a forward pass uses on this machine."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def fast_bfloat16() -> bool:
    """True where matrix multiplication in bfloat16 has hardware tiles (AMX), several times faster than float32."""
    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(supported and supported())


def autocast() -> AbstractContextManager:
    """bfloat16 autocast where that is faster, otherwise float32 as it is."""
    return torch.autocast("cpu", dtype=torch.bfloat16) if fast_bfloat16() else nullcontext()
