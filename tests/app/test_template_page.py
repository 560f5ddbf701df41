"""The template page, run by Streamlit's AppTest with a fake engine: what is asked and what becomes of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medscribe_core.editing.templates import find_blanks
from medscribe_core.errors import InputError
from medscribe_core.generated import Trajectory, TrajectoryToken
from medscribe_core.samples import load_samples
from medscribe_core.sampling.infill import InfilledNote, WrittenSpan, check_infilling
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote
from medscribe_core.ui.template_files import load_templates

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "streamlit_app.py"
PAGE = ROOT / "pages" / "template.py"
LEAVE_AND_RETURN = f"""
import runpy
import streamlit as st
if st.session_state.get("elsewhere"):
    st.write("Another page")
else:
    runpy.run_path({str(PAGE)!r})
"""
OWN = "HPI: Zebra **rash** for 3 days.\nEXAM: Vitals: BP ___/___."


@dataclass
class FillingEngine:
    """Writes "120" into the first blank of a section and a sentence into an absent one."""

    asked: list[tuple[Encounter, dict[Section, str]]] = field(default_factory=list)
    error: Exception | None = None

    def infill(self, encounter: Encounter, given: Mapping[Section, str]) -> InfilledNote:
        self.asked.append((encounter, dict(given)))
        if self.error is not None:
            raise self.error
        infilling = check_infilling(given, transcript=encounter.transcript)
        texts, written, unfilled = {}, {}, {}
        for section in NOTE_SECTIONS:
            text = given.get(section, "")
            blanks = find_blanks(section, text)
            texts[section.value] = text or "Written."
            if not text:
                written[section] = [WrittenSpan(0, 8, 0.9)]
            elif blanks:
                start = blanks[0].start
                texts[section.value] = f"{text[:start]}120{text[blanks[0].end :]}"
                written[section] = [WrittenSpan(start, start + 3, 0.7)]
                unfilled[section] = len(blanks) - 1
        return InfilledNote(
            SoapNote(**texts),
            written,
            {section: count for section, count in unfilled.items() if count},
            infilling.sources is not None,
            dict.fromkeys(NOTE_SECTIONS, 0.9),
            Trajectory([TrajectoryToken("plan", "Written.", 1, 0.9), TrajectoryToken("hpi", "Zebra", 0, 1.0)], 1),
            {"total": 88.0},
            1,
        )


@pytest.fixture
def engine(monkeypatch) -> FillingEngine:
    made = FillingEngine()
    monkeypatch.setattr("medscribe_core.ui.state.get_engine", lambda: made)
    return made


@pytest.fixture
def page(engine) -> AppTest:
    return AppTest.from_file(str(PAGE), default_timeout=30).run()


def box(page: AppTest, name: str):
    (found,) = [
        w for w in (*page.text_area, *page.text_input, *page.selectbox) if w.key.startswith(f"template_{name}_")
    ]
    return found


def fill_in(page: AppTest, template: str | None = None) -> AppTest:
    if template is not None:
        box(page, "template").set_value(template)
    page.button(key="template_fill").click().run()
    if "template_job" in page.session_state:
        page.session_state["template_job"][1].future.exception(timeout=20)
        page.run()
    return page


def shown(page: AppTest) -> dict[str, list[tuple[str, str]]]:
    """Section -> the pieces of its text as they are drawn."""
    drawn = [c.proto for c in page.get("bidi_component") if c.proto.component_name.endswith("medscribe_marked")]
    pieces = [[tuple(piece) for piece in json.loads(proto.json)["pieces"]] for proto in drawn]
    names = [s.value for s in NOTE_SECTIONS if any(f"template_text_{s.value}" in proto.id for proto in drawn)]
    return dict(zip(names, pieces, strict=True))


def errors(page: AppTest) -> list[str]:
    assert not page.exception
    return [element.value for element in page.error]


def captions(page: AppTest) -> list[str]:
    return [element.value for element in page.caption]


def test_the_page_is_in_the_navigation(engine):
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    page.switch_page("pages/template.py").run()
    assert errors(page) == []
    assert [title.value for title in page.title] == ["Template"]


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.id)
def test_a_template_fills_its_box_and_reaches_the_engine_unchanged(page, engine, template):
    page.selectbox(key="template_choice").set_value(template).run()
    assert box(page, "template").value == template.to_text()
    fill_in(page)
    assert errors(page) == []
    ((_, given),) = engine.asked
    assert given == {Section(name): text for name, text in template.sections.model_dump(exclude_none=True).items()}


def test_given_text_stays_and_what_was_written_is_marked_as_inference_until_accepted(page, engine):
    fill_in(page, OWN)
    assert shown(page)["hpi"] == [("given", "Zebra **rash** for 3 days.")]
    assert shown(page)["exam"] == [("given", "Vitals: BP "), ("inferred", "120"), ("given", "/___.")]
    assert shown(page)["plan"] == [("inferred", "Written.")]
    assert "given by you" in captions(page)
    assert "inferred, no transcript · 70% confident, check this section · 1 blank left open" in captions(page)
    page.button(key="template_accept_plan").click().run()
    assert shown(page)["plan"] == [("written", "Written.")]
    assert shown(page)["exam"][1] == ("inferred", "120")
    page.button(key="template_accept_plan").click().run()
    assert shown(page)["plan"] == [("inferred", "Written.")]


def test_with_a_sample_visit_nothing_is_an_inference(page, engine):
    sample = load_samples()[0]
    page.selectbox(key="template_sample").set_value(sample).run()
    fill_in(page, OWN)
    ((encounter, _),) = engine.asked
    assert (encounter.transcript, encounter.patient_context) == (sample.transcript, sample.patient_context)
    assert shown(page)["plan"] == [("written", "Written.")]
    assert not [button for button in page.button if button.key.startswith("template_accept")]


def test_the_patient_context_alone_reaches_the_engine(page, engine):
    box(page, "age").set_value(" 41 ")
    box(page, "medications").set_value("metformin 500 mg daily\n\n")
    fill_in(page, OWN)
    context = engine.asked[0][0].patient_context
    assert (context.age, context.medications) == (41, ["metformin 500 mg daily"])


def test_only_the_chosen_sections_are_written(page, engine):
    page.pills(key="template_sections").set_value([Section.PLAN])
    fill_in(page, OWN)
    assert set(shown(page)) == {"hpi", "exam", "plan"}
    assert shown(page)["exam"] == [("given", "Vitals: BP ___/___.")]
    assert "given by you · 2 blanks left open" in captions(page)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("", "The template is empty."),
        ("Zebra rash for 3 days ___", "no section titles"),
        ("HPI: Cough.\nHPI: Zebra.", "twice"),
    ],
)
def test_a_template_that_cannot_be_read_is_one_sentence_and_stays_in_its_box(page, engine, template, reason):
    fill_in(page, template)
    (sentence,) = errors(page)
    assert reason in sentence and "Zebra" not in sentence
    assert box(page, "template").value == template
    assert engine.asked == []


def test_a_complete_template_leaves_nothing_to_write(page, engine):
    fill_in(page, "\n".join(f"{section.header} Said." for section in NOTE_SECTIONS))
    assert errors(page) == ["The chosen sections are complete, so there is nothing to write in them."]


def test_an_absurd_age_is_one_sentence(page, engine):
    box(page, "age").set_value("400")
    fill_in(page, OWN)
    (sentence,) = errors(page)
    assert sentence.startswith("The patient context cannot be used: age")
    assert box(page, "template").value == OWN


def test_a_refusal_of_the_engine_keeps_the_earlier_note(page, engine):
    fill_in(page, OWN)
    before = shown(page)
    engine.error = InputError("The given text has 600 tokens; a note holds 512.")
    fill_in(page)
    assert errors(page) == ["The given text has 600 tokens; a note holds 512."]
    assert shown(page) == before
    assert "Below is the note of what was asked before." in captions(page)


def test_a_template_does_not_lose_what_was_typed(page):
    box(page, "template").set_value(OWN).run()
    page.selectbox(key="template_choice").set_value(load_templates()[0]).run()
    page.selectbox(key="template_choice").set_value(load_templates()[1]).run()
    (bring_back,) = [button for button in page.button if button.label == "Bring back what I had typed"]
    bring_back.click().run()
    assert box(page, "template").value == OWN
    assert page.selectbox(key="template_choice").value is None


def test_leaving_the_page_loses_nothing(engine):
    page = AppTest.from_string(LEAVE_AND_RETURN, default_timeout=30).run()
    fill_in(page, OWN)
    page.button(key="template_accept_plan").click().run()
    before = shown(page)
    page.session_state["elsewhere"] = True
    page.run()
    page.session_state["elsewhere"] = False
    page.run()
    assert box(page, "template").value == OWN
    assert shown(page) == before


def test_two_tabs_are_independent(engine):
    one, other = (AppTest.from_file(str(PAGE), default_timeout=30).run() for _ in range(2))
    fill_in(one, OWN)
    other.run()
    assert box(other, "template").value == ""
    assert shown(other) == {}


def test_words_of_the_template_are_never_drawn_as_markup(page):
    fill_in(page, OWN)
    assert not any("rash" in element.value for element in (*page.markdown, *page.caption))
