"""Unmasking policies: which masked positions are committed in a denoising step, one policy a file."""

from medscribe_core.errors import InputError
from medscribe_core.sampling.policies.adaptive import AdaptivePolicy
from medscribe_core.sampling.policies.base import Policy
from medscribe_core.sampling.policies.confidence import ConfidencePolicy

POLICY_NAMES = ("adaptive", "confidence")


def make_policy(name: str | None = None, steps: int | None = None) -> Policy:
    """The policy called ``name`` (default adaptive) with ``steps`` as its number or cap of denoising steps.

    Raises InputError for an unknown name or a number of steps outside 1 to 200.
    """
    name = name or "adaptive"
    if steps is not None and not 1 <= steps <= 200:
        raise InputError(f"The number of denoising steps must be between 1 and 200, not {steps}.")
    if name == "adaptive":
        return AdaptivePolicy(max_steps=steps) if steps else AdaptivePolicy()
    if name == "confidence":
        return ConfidencePolicy(steps=steps) if steps else ConfidencePolicy()
    raise InputError(f"Unknown policy {name[:40]!r}; known policies are {', '.join(POLICY_NAMES)}.")


__all__ = ["POLICY_NAMES", "AdaptivePolicy", "ConfidencePolicy", "Policy", "make_policy"]
