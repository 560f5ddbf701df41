"""The app's pages, and the way back to them for a page that was opened by its address before the app."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_MAIN = Path(__file__).resolve().parents[2] / "streamlit_app.py"
_WANTED = "wanted_page"
_process = {"started": False}


def run_pages(pages: dict[str, str]) -> None:
    """Run the page that the address names; ``pages`` maps their files to titles, the first one is the default."""
    _process["started"] = True
    files = list(pages)
    navigation = st.navigation(
        [st.Page(file, title=title, url_path=title.lower(), default=file == files[0]) for file, title in pages.items()],
        position="top",
    )
    wanted = st.session_state.pop(_WANTED, None)
    if wanted in files:
        st.switch_page(wanted)
    navigation.run()


def through_app(file: str) -> None:
    """First call of every page: go through the app if this process has not drawn it yet.

    Until the app has run once, Streamlit takes a page's address for a script of its own, without title and menu.
    """
    if not _process["started"]:
        st.session_state[_WANTED] = file
        st.switch_page(str(_MAIN))
