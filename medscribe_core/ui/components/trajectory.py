"""The unmasking animation: plays a note's denoising trajectory in the browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from medscribe_core.generated import GeneratedNote

_ASSETS = Path(__file__).resolve().parents[3] / "assets" / "components"


def _asset(suffix: str) -> str:
    return (_ASSETS / f"trajectory.{suffix}").read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "medscribe_trajectory", html=_asset("html"), css=_asset("css"), js=_asset("js"), isolate_styles=True
)


def trajectory_player(generated: GeneratedNote, *, key: str) -> None:
    """Draw the player for ``generated``.

    The whole trajectory is sent once, as data; playing, scrubbing and stepping never re-run the script. A note
    (told apart by its ``note_id``) plays by itself once, unless the reader's system asks for reduced motion.
    """
    _mount(key=key, data={"note_id": generated.note_id, "trajectory": generated.trajectory.to_payload()})
