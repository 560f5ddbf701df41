"""MedScribe: a masked-diffusion language model that writes a SOAP note from a visit's transcript."""

import os

# Both are read when PyTorch is loaded or first used, so they are set before anything can import it.
# Waiting threads sleep: beside a browser on two cores, spinning ones made a note three to four times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Each shape of a matrix product has its kernel compiled once; with the default of 1,024 kept kernels, notes of many
# lengths would be compiling all the time.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "20000")
