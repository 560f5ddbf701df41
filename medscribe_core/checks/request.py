"""What is asked of the engine: options that do not go together are refused, what a note leaves out is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sized

from medscribe_core.context import MAX_CONTEXT_TOKENS, ContextTokens
from medscribe_core.errors import InputError
from medscribe_core.schema import NOTE_SECTIONS, Section

DIFFUSION, AUTOREGRESSIVE = MODELS = ("diffusion", "autoregressive")
#: How the diffusion model lays a note out: a slot a fact of its content plan, or sections of predicted length.
PLAN, BY_SECTIONS = LAYOUTS = ("plan", "sections")
_MIN_SLOTS = 8  # positions that must be left for the sections to be written


def check_options(
    model: str,
    *,
    policy: str | None = None,
    steps: int | None = None,
    temperature: float = 0.0,
    use_cache: bool = True,
    layout: str | None = None,
) -> None:
    """Raise InputError for an unknown model and for an option that the model does not have."""
    if model not in MODELS:
        raise InputError(f"Unknown model {model[:40]!r}; known models are {', '.join(MODELS)}.")
    if model == AUTOREGRESSIVE and (policy is not None or steps is not None or temperature > 0):
        raise InputError(
            "The autoregressive model writes the most probable token, one a pass; unmasking policy, denoising steps "
            "and temperature are for the diffusion model."
        )
    if layout is not None and layout not in LAYOUTS:
        raise InputError(f"Unknown layout {layout[:40]!r}; known layouts are {', '.join(LAYOUTS)}.")
    if model == DIFFUSION and not use_cache:
        raise InputError("Only the autoregressive model has a key-value cache that can be left out.")


def check_room(given: Mapping[Section, Sized], limit: int) -> None:
    """Raise InputError when the tokens of the ``given`` sections leave no room for the others within ``limit``."""
    used = sum(map(len, given.values())) + len(NOTE_SECTIONS)
    left = len(NOTE_SECTIONS) - len(given)
    if used + left * _MIN_SLOTS > limit:
        raise InputError(
            f"The given sections have {used:,} tokens; with what is still to be written a note holds {limit}."
        )


def request_warnings(context: ContextTokens, given: Collection[Section]) -> list[str]:
    """Sentences about what was left out of the visit or needs no writing."""
    warnings = []
    if context.left_out:
        warnings.append(
            f"The visit is longer than {MAX_CONTEXT_TOKENS:,} tokens: {len(context.left_out)} of "
            f"{context.turn_count} turns, those with the fewest numbers and clinical words, were left out "
            f"(turns {_ranges(context.left_out)})."
        )
    if len(given) == len(NOTE_SECTIONS):
        warnings.append("All five sections were given, so nothing was written.")
    return warnings


def _ranges(indices: list[int]) -> str:
    """1-based numbers with runs written as ranges: [0, 1, 2, 5] -> "1-3, 6"."""
    runs: list[list[int]] = []
    for i in indices:
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return ", ".join(str(r[0] + 1) if len(r) == 1 else f"{r[0] + 1}-{r[-1] + 1}" for r in runs)
