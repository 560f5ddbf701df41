"""A section's text in which what the model wrote is told from what was given."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

Kind = Literal["given", "written", "inferred"]

_ASSETS = Path(__file__).resolve().parents[3] / "assets" / "components"


def _asset(suffix: str) -> str:
    return (_ASSETS / f"marked.{suffix}").read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "medscribe_marked", html=_asset("html"), css=_asset("css"), js=_asset("js"), isolate_styles=True
)


def marked_text(pieces: list[tuple[Kind, str]], *, key: str) -> None:
    """Draw the ``pieces``, which joined are the text."""
    _mount(key=key, data={"pieces": pieces})
