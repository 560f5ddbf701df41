"""What every page of the app shares: title, icon and width. Colors are in .streamlit/config.toml."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

#: Colors of the series of a chart, in order. Each stands out from both the light and the dark background.
CHART_COLORS = ("#2a8190", "#c0651d", "#7d6bc0", "#5d8a34", "#b5527f", "#7b8488")

_ASSETS = Path(__file__).resolve().parents[2] / "assets"


def configure_page() -> None:
    """Set the browser tab's title and icon and the layout; call once, before anything is drawn."""
    st.set_page_config(page_title="MedScribe", page_icon=str(_ASSETS / "favicon.svg"), layout="wide")
