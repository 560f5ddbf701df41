"""The app's entry point: ``streamlit run streamlit_app.py``."""

from medscribe_core.ui.navigation import run_pages
from medscribe_core.ui.theme import configure_page

configure_page()
run_pages(
    {
        "pages/visit.py": "Visit",
        "pages/edit.py": "Edit",
        "pages/template.py": "Template",
        "pages/compare.py": "Compare",
        "pages/data.py": "Data",
        "pages/quality.py": "Quality",
    }
)
