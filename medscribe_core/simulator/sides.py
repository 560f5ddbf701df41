"""Laterality: where the side stands in a note's wording and how it is said."""

from __future__ import annotations

import random
import re

_IN_THE_EYE = {"blurred vision", "vision loss", "visual floaters"}
_SIDED = {"hearing loss", "tinnitus", "swollen neck glands", "epistaxis", "dental pain", "jaw pain"}
_NOTE_FORM = {"unilateral leg swelling": "{side} leg swelling", "claudication": "{side} leg claudication"}

#: Symptoms that make sense on both sides at once.
BILATERAL = frozenset((
    "hearing_loss", "tinnitus", "ear_fullness", "ear_pain", "knee_pain", "hip_pain", "hand_pain", "wrist_pain",
    "eye_redness", "eye_discharge", "foot_pain", "heel_pain", "calf_pain", "shoulder_pain", "flank_pain",
    "claudication", "leg_weakness", "hand_numbness", "hand_tingling", "hand_stiffness", "blurry_vision",
    "eyelid_swelling", "breast_pain",
))  # fmt: skip

_PART = (
    "ear|eye|eyeball|eyelid|upper lid|lid|knee|hip|ankle|heel|foot|hand|wrist|elbow|shoulder|calf|breast|leg|arm"
    "|flank|cheek|big toe|thumb|earlobe|testicle|nipple"
)
_AFTER_OWNER = re.compile(rf"\b(my|this|that|\{{her\}}|one|the|an?) ({_PART})\b(?! (?:sounds|side))")
_OWNED = ("my ", "{her} ")


def sided_note(clinical: str, side: str) -> str:
    """``knee pain``, ``left`` -> ``left knee pain``; ``side`` is left, right or bilateral."""
    if not side:
        return clinical
    if clinical in _IN_THE_EYE:
        return f"{clinical} in both eyes" if side == "bilateral" else f"{clinical} in the {side} eye"
    if clinical in _SIDED:
        return f"bilateral {clinical}" if side == "bilateral" else f"{side}-sided {clinical}"
    return _NOTE_FORM.get(clinical, f"{{side}} {clinical}").format(side=side)


def say_side(phrase: str, side: str, rng: random.Random, wrong_side: str = "") -> str:
    """Put the side into a phrase: "my knee aches" -> "my left knee aches" or "..., the left one".

    ``wrong_side`` is a correction template with {wrong} and {right}, or empty.
    """
    if side == "bilateral":
        return f"{phrase}, {rng.choice(('both sides', 'on both sides', 'left and right', 'both of them'))}"
    word = side
    if wrong_side:
        other = "right" if side == "left" else "left"
        word = wrong_side.replace("{wrong}", other).replace("{right}", side)
    match = _AFTER_OWNER.search(phrase)
    if match and rng.random() < 0.8 and not wrong_side:
        owner, part = match.groups()
        owner = "my" if owner in ("a", "an") and "{her}" not in phrase else owner
        if owner not in ("one", "a", "an"):
            return f"{phrase[: match.start()]}{owner} {word} {part}{phrase[match.end() :]}"
    if wrong_side:
        return f"{phrase}, the {word}"
    tail = rng.choice(
        ("on the {s}", "on the {s} side", "the {s} side", "{s} side", "it's the {s} one", "that's on the {s}")
    )
    return f"{phrase}, {tail.format(s=word)}"
