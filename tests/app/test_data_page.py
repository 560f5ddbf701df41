"""The data page: charts of the shipped figures, each in words too, and a user's own file beside them."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medscribe_core.corpora.explore import explore
from medscribe_core.corpora.explore_files import REFERENCE
from medscribe_core.corpora.opening import ExploredVisit
from medscribe_core.errors import DataError
from medscribe_core.schema import NOTE_SECTIONS, Section
from medscribe_core.ui.theme import CHART_COLORS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "pages" / "data.py"
VIEWS = ("Lengths", "Sections", "Words", "Compared with real speech")
GOOD = json.dumps({"transcript": "Doctor: How long?\nPatient: Four days.", "note": {"hpi": "Cough for 4 days."}})


def open_page() -> AppTest:
    return AppTest.from_file(str(PAGE), default_timeout=120).run()


def view(page: AppTest, name: str) -> AppTest:
    return page.segmented_control(key="data_view").set_value(name).run()


def give(page: AppTest, *lines: str) -> AppTest:
    data = "\n".join(lines).encode()
    return page.file_uploader(key="data_upload").set_value(("a **b**.jsonl", data, "application/jsonl")).run()


def captions(page: AppTest) -> list[str]:
    return [element.value for element in page.caption]


def first_table(page: AppTest) -> dict[str, str]:
    """Corpus -> how many visits it has."""
    table = page.table[0].value
    return dict(zip(table["Corpus"], table["Visits"], strict=True))


@pytest.fixture(scope="module")
def corpora():
    said = "Doctor: How long?\nPatient: Four days of cough, no fever."
    full = {section: f"{section.title} says cough." for section in NOTE_SECTIONS}
    visits = {
        REFERENCE: [ExploredVisit("a", said, full), ExploredVisit("b", said + "\nDoctor: I see.", full)],
        "Noteless": [ExploredVisit("c", "D: Hi.\nP: My cough is worse than ever before.", {})],
        "Speechless": [ExploredVisit("d", "", {Section.PLAN: "1. Rest.", Section.HPI: "Cough."})],
    }
    return explore(visits)["corpora"]


# -- the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VIEWS)
def test_every_chart_is_said_in_words_and_in_a_table_too(name):
    page = view(open_page(), name)
    assert not page.exception and not page.error
    charts = len(page.get("plotly_chart"))
    assert charts >= 1
    assert len(page.subheader) == charts
    assert len(page.table) == charts + 1  # one of the corpora themselves
    tables = [expander.label for expander in page.expander if expander.label.endswith(": the figures as a table")]
    assert tables == [f"{heading.value}: the figures as a table" for heading in page.subheader]
    assert len([text for text in captions(page) if text.endswith(".")]) > charts


def test_the_page_is_in_the_navigation(fake_engine):
    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120).run()
    page.switch_page("pages/data.py").run()
    assert not page.exception
    assert [title.value for title in page.title] == ["Data"]


def test_the_visit_page_does_not_load_the_charts():
    code = (
        "import runpy, sys; from medscribe_core.ui import navigation, state; navigation._process['started'] = True; "
        "state.get_engine = lambda: None; "
        "runpy.run_path('pages/visit.py'); print('medscribe_core.ui.charts' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_terms_and_orders_are_of_the_chosen_corpus():
    page = view(open_page(), "Words")
    page.selectbox(key="data_corpus").set_value(REFERENCE).run()
    assert any(text.startswith(f"Most frequent in {REFERENCE}: ") for text in captions(page))
    page.selectbox(key="data_corpus").set_value("OSCE interviews").run()
    view(page, "Sections")
    assert "This corpus has nothing to show here." in captions(page)


def test_missing_figures_are_one_sentence(monkeypatch):
    def none():
        raise DataError("The figures of the corpora cannot be shown.")

    monkeypatch.setattr("medscribe_core.corpora.explore_files.load_summary", none)
    page = open_page()
    assert [element.value for element in page.error] == ["The figures of the corpora cannot be shown."]
    assert not page.get("plotly_chart")


def test_an_own_file_stands_beside_the_shipped_corpora():
    page = give(open_page(), GOOD, "{", GOOD)
    assert not page.exception
    assert first_table(page)["Your file"] == "2"
    assert "Visits read: 2; lines that cannot be used: 1." in [element.value for element in page.markdown]
    assert [element.value for element in page.text] == [
        "The file, line 2 is not valid JSON (column 2: expecting property name enclosed in double quotes)."
    ]
    assert any("Your file" in text for text in captions(page))
    page.file_uploader(key="data_upload").set_value(None).run()
    assert "Your file" not in first_table(page)


def test_a_bad_file_is_one_sentence_in_plain_text_and_the_charts_stay():
    page = give(open_page(), '{"**a**": 1, "**a**": 2}')
    (sentence,) = [element.value for element in page.text]
    assert sentence.startswith("The file has no visit that can be read: line 1 is not valid JSON (the key '**a**'")
    assert "Your file" not in first_table(page)
    assert page.get("plotly_chart")
    assert not any("**a**" in element.value for element in page.markdown)


# -- the charts -------------------------------------------------------------------------------------------


def test_a_box_shows_the_percentiles_and_leaves_out_corpora_without_them(corpora):
    from medscribe_core.ui.charts import spread

    chart = spread(corpora, "note_words", "Words a note", "words")
    assert chart.table["Corpus"] == [REFERENCE, "Speechless"]
    (box,) = [trace for trace in chart.figure.data if trace.name == REFERENCE]
    assert box.median[0] == corpora[REFERENCE]["note_words"]["p50"]
    assert chart.table["Median"][0] == str(box.median[0]) and f"{REFERENCE} {box.median[0]}" in chart.summary


def test_sections_that_no_note_has_are_said_to_be_none(corpora):
    from medscribe_core.ui.charts import missing_sections, section_lengths, section_orders

    lengths = section_lengths(corpora).table
    assert lengths[Section.ROS.title][lengths["Corpus"].index("Speechless")] == "none"
    missing = missing_sections(corpora).table
    assert missing[Section.ROS.title] == ["0%", "100%"]
    assert section_orders(corpora, "Speechless").table == {"Order": ["PLAN, HPI"], "Notes": ["1"]}
    assert section_orders(corpora, "Noteless") is None


def test_distances_say_which_figures_are_within_the_bar(corpora):
    from medscribe_core.ui.charts import distances

    chart = distances(corpora, REFERENCE)
    apart = corpora["Noteless"]["turn_words"] / corpora[REFERENCE]["turn_words"] - 1
    assert chart.table["Words a turn"] == [f"{apart:+.0%}", "not known"]
    assert f"Figures within 20% of {REFERENCE}: Noteless" in chart.summary


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colors_of_charts_stand_out_from_the_background(scheme):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    background = luminance(config["theme"][scheme]["backgroundColor"])
    for color in CHART_COLORS:
        low, high = sorted((luminance(color), background))
        assert (high + 0.05) / (low + 0.05) >= 3, color  # WCAG 2.2, non-text contrast


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
