"""The visit page, run by Streamlit's AppTest with a fake engine: what is shown and what the engine was asked."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medscribe_core.errors import InputError, ModelFilesError
from medscribe_core.samples import load_samples
from medscribe_core.schema import NOTE_SECTIONS, Section

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "streamlit_app.py"
LEAVE_AND_RETURN = f"""
import runpy
import streamlit as st
if st.session_state.get("elsewhere"):
    st.write("Another page")
else:
    runpy.run_path({str(ROOT / "pages" / "visit.py")!r})
"""
VISIT = "Doctor: What brings you in?\nPatient: A zebra-striped rash on my left arm since Monday."


def open_page() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=30).run()


def generate(page: AppTest) -> AppTest:
    """Press Generate and wait until there is a note or a problem."""
    page.button(key="generate").click().run()
    if "visit_job" in page.session_state:
        page.session_state["visit_job"].future.exception(timeout=20)
        page.run()
    return page


def box(page: AppTest, name: str):
    """The box called ``name``; its key gets a new number each time that the app fills the boxes."""
    (found,) = [w for w in (*page.text_area, *page.text_input, *page.selectbox) if w.key.startswith(f"visit_{name}_")]
    return found


def texts(page: AppTest) -> list[str]:
    return [element.value for element in page.text]


def errors(page: AppTest) -> list[str]:
    assert not page.exception
    return [element.value for element in page.error]


@pytest.fixture
def page(fake_engine):
    return open_page()


def test_opens_without_an_error(page):
    assert errors(page) == []
    assert box(page, "transcript").value == ""
    assert [element.value for element in page.subheader] == ["Draft note"]


@pytest.mark.parametrize("sample", load_samples(), ids=lambda sample: sample.id)
def test_a_sample_fills_the_boxes(page, sample):
    page.selectbox(key="visit_sample").set_value(sample).run()
    context = sample.patient_context
    assert box(page, "transcript").value == sample.transcript
    assert box(page, "age").value == str(context.age)
    assert box(page, "sex").value == context.sex
    assert box(page, "medications").value.splitlines() == context.medications
    assert box(page, "diagnoses").value.splitlines() == context.active_diagnoses


def test_a_sample_reaches_the_engine_unchanged(page, fake_engine):
    sample = load_samples()[1]
    page.selectbox(key="visit_sample").set_value(sample).run()
    generate(page)
    (asked,) = fake_engine.calls
    assert asked.transcript == sample.transcript
    assert asked.patient_context == sample.patient_context


def test_what_was_typed_reaches_the_engine_and_the_note_is_shown(page, fake_engine):
    box(page, "transcript").set_value(VISIT)
    box(page, "age").set_value(" 41 ")
    box(page, "sex").set_value("F")
    box(page, "medications").set_value("- metformin 500 mg daily\n\n  aspirin 81 mg  \n")
    box(page, "diagnoses").set_value("Type 2 diabetes mellitus")
    generate(page)
    (asked,) = fake_engine.calls
    context = asked.patient_context
    assert (asked.transcript, context.age, context.sex) == (VISIT, 41, "F")
    assert context.medications == ["metformin 500 mg daily", "aspirin 81 mg"]
    assert context.active_diagnoses == ["Type 2 diabetes mellitus"]
    note = fake_engine.answers[0].note
    shown = texts(page)
    assert errors(page) == []
    assert [" ".join(text.split()) for text in shown] == list(note.sections().values())
    headings = [element.value for element in page.markdown]
    assert [f"**{section.title}**" for section in NOTE_SECTIONS] == [
        h for h in headings if h in {f"**{section.title}**" for section in NOTE_SECTIONS}
    ]


def test_listed_problems_stand_one_a_line(page):
    box(page, "transcript").set_value(VISIT)
    generate(page)
    assert "1. Viral upper respiratory infection, new.\n2. Mild insomnia." in texts(page)


def test_confidence_steps_and_milliseconds_are_shown(page):
    box(page, "transcript").set_value(VISIT)
    generate(page)
    captions = [element.value for element in page.caption]
    assert "93% confident" in captions  # 0.934, rounded down
    assert "62% confident, check this section" in captions
    assert "**333 ms** · 12 denoising steps · lowest section confidence 62%" in [e.value for e in page.markdown]
    table = page.table[0].value
    assert dict(zip(table["Stage"], table["Milliseconds"], strict=True))["Total"] == "333.0"
    assert len(table) == 5


def test_given_sections_are_not_judged(page, fake_engine):
    fake_engine.given = {Section.PLAN}
    box(page, "transcript").set_value(VISIT)
    generate(page)
    assert "given by you" in [element.value for element in page.caption]
    assert "**333 ms** · 12 denoising steps · lowest section confidence 88%" in [e.value for e in page.markdown]


def test_warnings_are_shown_as_plain_text(page, fake_engine):
    fake_engine.warnings = ["Left out: <img src=x> **bold** $5"]
    box(page, "transcript").set_value(VISIT)
    generate(page)
    assert fake_engine.warnings[0] in texts(page)
    assert not any("bold" in element.value for element in page.markdown)


@pytest.mark.parametrize("transcript", ["", "   \n\t "])
def test_an_empty_transcript_is_refused_in_one_sentence(page, fake_engine, transcript):
    box(page, "transcript").set_value(transcript)
    box(page, "medications").set_value("aspirin 81 mg daily")
    generate(page)
    assert errors(page) == ["The transcript is empty: paste one or choose a sample visit."]
    assert fake_engine.calls == []
    assert box(page, "transcript").value == transcript
    assert box(page, "medications").value == "aspirin 81 mg daily"


@pytest.mark.parametrize("age", ["400", "-3", "forty", "12.5", "²", "9" * 5000])
def test_an_absurd_age_is_refused_and_everything_stays_in_the_boxes(page, fake_engine, age):
    box(page, "transcript").set_value(VISIT)
    box(page, "age").set_value(age)
    generate(page)
    assert errors(page) == ["The age must be a whole number of years from 0 to 120."]
    assert fake_engine.calls == []
    assert box(page, "transcript").value == VISIT
    assert box(page, "age").value == age
    box(page, "age").set_value("40")
    generate(page)
    assert errors(page) == []
    assert len(fake_engine.calls) == 1


def test_an_overlong_medication_is_refused_in_one_sentence(page, fake_engine):
    box(page, "transcript").set_value(VISIT)
    box(page, "medications").set_value("zebrastatin " * 40)
    generate(page)
    (sentence,) = errors(page)
    assert sentence.startswith("The patient context cannot be used: medications")
    assert "zebrastatin" not in sentence
    assert fake_engine.calls == []


def test_bad_input_found_by_the_engine_is_one_sentence(page, fake_engine):
    fake_engine.error = InputError("The transcript has only one word.")
    box(page, "transcript").set_value("Hello")
    generate(page)
    assert errors(page) == ["The transcript has only one word."]
    assert box(page, "transcript").value == "Hello"


def test_a_failing_engine_is_one_sentence_and_no_word_of_the_visit_is_logged(page, fake_engine, caplog):
    caplog.set_level(logging.DEBUG)
    fake_engine.error = RuntimeError(f"cannot decode {VISIT}")
    box(page, "transcript").set_value(VISIT)
    generate(page)
    (sentence,) = errors(page)
    assert sentence.startswith("The note could not be written because of an internal error (RuntimeError)")
    assert "zebra" not in sentence + caplog.text
    assert "RuntimeError" in caplog.text
    assert box(page, "transcript").value == VISIT


def test_the_last_note_stays_when_the_next_one_fails(page, fake_engine):
    box(page, "transcript").set_value(VISIT)
    generate(page)
    before = texts(page)
    fake_engine.error = InputError("The transcript is not in English.")
    generate(page)
    assert errors(page) == ["The transcript is not in English."]
    assert texts(page) == before
    assert "Below is the previous note." in [element.value for element in page.caption]


def test_missing_weights_are_one_sentence_and_the_boxes_work(monkeypatch):
    def no_engine():
        raise ModelFilesError("The weights in assets/models cannot be read.")

    monkeypatch.setattr("medscribe_core.ui.state.get_engine", no_engine)
    page = open_page()
    assert errors(page) == ["The weights in assets/models cannot be read."]
    box(page, "transcript").set_value(VISIT)
    generate(page)
    assert errors(page) == ["The weights in assets/models cannot be read."]
    assert box(page, "transcript").value == VISIT


def test_changing_the_visit_is_pointed_out_beside_its_old_note(page):
    box(page, "transcript").set_value(VISIT)
    generate(page)
    stale = "The visit has been changed since this note was written."
    assert stale not in [element.value for element in page.caption]
    box(page, "age").set_value("50").run()
    assert stale in [element.value for element in page.caption]


def test_a_sample_does_not_lose_what_was_typed(page):
    first, second = load_samples()[:2]
    box(page, "transcript").set_value(VISIT)
    box(page, "age").set_value("400").run()
    page.selectbox(key="visit_sample").set_value(first).run()
    page.selectbox(key="visit_sample").set_value(second).run()
    assert box(page, "transcript").value == second.transcript
    (bring_back,) = [button for button in page.button if button.label == "Bring back what I had typed"]
    bring_back.click().run()
    assert box(page, "transcript").value == VISIT
    assert box(page, "age").value == "400"
    assert page.selectbox(key="visit_sample").value is None


def test_the_boxes_survive_a_visit_to_another_page(fake_engine):
    page = AppTest.from_string(LEAVE_AND_RETURN, default_timeout=30).run()
    page.selectbox(key="visit_sample").set_value(load_samples()[0]).run()
    box(page, "transcript").set_value(VISIT)
    box(page, "sex").set_value("M")
    box(page, "medications").set_value("").run()
    page.session_state["elsewhere"] = True
    page.run()
    assert not page.text_area
    page.session_state["elsewhere"] = False
    page.run()
    assert [box(page, name).value for name in ("transcript", "sex", "medications")] == [VISIT, "M", ""]
    assert box(page, "age").value == str(load_samples()[0].patient_context.age)


def test_the_page_answers_while_a_note_is_written_and_can_stop_it(page, fake_engine):
    fake_engine.gate = threading.Event()
    try:
        box(page, "transcript").set_value(VISIT)
        page.button(key="generate").click().run()
        box(page, "age").set_value("50").run()
        assert box(page, "age").value == "50"
        page.button(key="stop_writing").click().run()
        page.run()
        assert errors(page) == ["Writing was stopped before the note was complete."]
        assert texts(page) == []
    finally:
        fake_engine.gate.set()


def test_two_tabs_do_not_mix_their_notes(fake_engine):
    one, other = open_page(), open_page()
    box(one, "transcript").set_value(VISIT)
    generate(one)
    other.run()
    assert texts(one) != []
    assert texts(other) == []
    box(other, "transcript").set_value("Doctor: Any fever?\nPatient: No fever at all.")
    generate(other)
    assert one.session_state["visit_written"].encounter.transcript == VISIT
    assert other.session_state["visit_written"].encounter.transcript != VISIT
    ids = [call.encounter_id for call in fake_engine.calls]
    assert len(set(ids)) == 2
