"""How a page's components-v2 component is made of its files in assets/components."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_ASSETS = Path(__file__).resolve().parents[3] / "assets" / "components"


def component(name: str, *, styled_like: str | None = None) -> Callable[..., Any]:
    """What mounts the component of ``name``.html, .css and .js; the styles of ``styled_like`` come before its own."""

    def asset(file_name: str) -> str:
        return (_ASSETS / file_name).read_text(encoding="utf-8")

    return st.components.v2.component(
        f"medscribe_{name}",
        html=asset(f"{name}.html"),
        css="".join(asset(f"{styled}.css") for styled in (styled_like, name) if styled),
        js=asset(f"{name}.js"),
        isolate_styles=True,
    )
