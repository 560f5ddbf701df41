"""MedScribe: a masked-diffusion language model that writes a SOAP note from a visit's transcript."""

import os
from importlib import import_module

# All are read when PyTorch is loaded or first used, so they are set before anything can import it.
# Waiting threads spin for a moment and then sleep: beside a browser on two cores, threads that spin on made a note
# three to four times slower; threads that sleep at once make it 1.6 times slower on a quiet machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "200000")
# Each shape of a matrix product has its kernel compiled once; with the default of 1,024 kept kernels, notes of many
# lengths would be compiling all the time.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "20000")

#: Public names and the modules that they live in, which are loaded when a name is first asked for.
_PUBLIC = {
    "infill_note": "medscribe_core.sampling.infill",
    "propagate_edit": "medscribe_core.sampling.propagate",
}
__all__ = ["infill_note", "propagate_edit"]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
