"""Notes side by side on one clock: replays in the browser how each of them was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_ASSETS = Path(__file__).resolve().parents[3] / "assets" / "components"


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "medscribe_side_by_side",
    html=_asset("side_by_side.html"),
    # Controls and notes look like those of the trajectory player.
    css=_asset("trajectory.css") + _asset("side_by_side.css"),
    js=_asset("side_by_side.js"),
    isolate_styles=True,
)


def side_by_side(comparison_id: str, lanes: list[dict[str, Any]], *, key: str) -> None:
    """Draw one player for all ``lanes`` (see ``compare_figures.lane_payload``).

    Everything is sent once, as data; playing and scrubbing never re-run the script. A comparison plays by itself once,
    unless the reader's system asks for reduced motion. A token appears at the milliseconds before writing plus its
    pass's share of the milliseconds of writing.
    """
    _mount(key=key, data={"id": comparison_id, "lanes": lanes})
