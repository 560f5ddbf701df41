"""A section's text in which what the model wrote is told from what was given."""

from __future__ import annotations

from typing import Literal

from medscribe_core.ui.components.mounting import component

Kind = Literal["given", "written", "inferred"]

_mount = component("marked")


def marked_text(pieces: list[tuple[Kind, str]], *, key: str) -> None:
    """Draw the ``pieces``, which joined are the text."""
    _mount(key=key, data={"pieces": pieces})
