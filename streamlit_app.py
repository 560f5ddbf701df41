"""The app's entry point: ``streamlit run streamlit_app.py``."""

import streamlit as st

from medscribe_core.ui.theme import configure_page

configure_page()
st.navigation(
    [
        st.Page("pages/visit.py", title="Visit", url_path="visit", default=True),
        st.Page("pages/data.py", title="Data", url_path="data"),
        st.Page("pages/quality.py", title="Quality", url_path="quality"),
    ],
    position="top",
).run()
