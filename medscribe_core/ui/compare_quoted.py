"""Figures of the case study about other models on other hardware: quoted, not measured here."""

from __future__ import annotations

SOURCE = (
    "Quoted from the case study that MedScribe follows: a 7B autoregressive model in production, and the latency that "
    "a 1B to 3B diffusion model is to reach on one NVIDIA A100 (80 GB). Nothing in these two tables was measured by "
    "this project, and none of it can be set against the figures above: other models, other hardware, other visits."
)

#: Columns by their titles.
MODELS = {
    "Quoted figure": [
        "Time of a complete note",
        "A note of 400 tokens on an A100",
        "Physicians accept without edits",
        "ROUGE-L",
        "Section F1",
        "Clinical accuracy",
        "Accepted after infilling",
    ],
    "7B autoregressive, production": ["12 to 20 s", "about 15 s, 400 passes", "68%", "0.48", "0.93", "0.87", "52%"],
    "Diffusion, target": [
        "under 500 ms",
        "about 400 ms, 20 passes",
        "at least 65%",
        "at least 0.45",
        "at least 0.90",
        "at least 0.85",
        "at least 60%",
    ],
}

BUDGET = {
    "Component, A100": [
        "Request parsing and validation",
        "Context encoding",
        "Diffusion, 20 steps",
        "Post-processing and validation",
        "Response serialization",
        "Total",
    ],
    "Target, ms": ["5", "50", "350", "30", "5", "440"],
    "p50, ms": ["2", "35", "310", "20", "2", "369"],
    "p99, ms": ["8", "80", "420", "50", "8", "566"],
}
