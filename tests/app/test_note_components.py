"""How a note is laid out, and what is sent to the browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medscribe_core.schema import Encounter, SoapNote
from medscribe_core.ui.components.note import confidence_words, download_text, one_item_a_line

ROOT = Path(__file__).resolve().parents[2]
ASSETS = sorted((ROOT / "assets" / "components").iterdir())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("1. Rest. 2. Ice for 3. 5 days. 3. Follow up.", ["1. Rest.", "2. Ice for", "3. 5 days. 3. Follow up."]),
        ("1. Increase lisinopril to 20 mg daily.", ["1. Increase lisinopril to 20 mg daily."]),
        ("Not discussed.", ["Not discussed."]),
        (" ".join(f"{i}. Item." for i in range(1, 13)), [f"{i}. Item." for i in range(1, 13)]),
        ("", [""]),
    ],
)
def test_numbered_items_stand_one_a_line_and_only_white_space_changes(text, lines):
    broken = one_item_a_line(text)
    assert broken.split("\n") == lines
    assert broken.split() == text.split()


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "100% confident"),
        (0.999, "99% confident"),
        (0.8, "80% confident"),
        (0.799, "79% confident, check this section"),
        (0.0, "0% confident, check this section"),
    ],
)
def test_confidence_is_never_rounded_up(confidence, words):
    assert confidence_words(confidence) == words


def test_the_download_says_that_it_is_a_draft_and_holds_the_whole_note(fake_engine):
    generated = fake_engine.generate(Encounter(encounter_id="v", transcript="t"))
    text = download_text(generated)
    assert text.splitlines()[0] == "Draft written by MedScribe (diffusion); not reviewed or signed."
    assert SoapNote.from_text(text) == generated.note


def test_the_player_gets_the_whole_trajectory_at_once(fake_engine):
    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()
    page.text_area(key="visit_transcript_0").set_value("Doctor: How are you?\nPatient: My knee hurts.")
    page.button(key="generate").click().run()
    if "visit_job" in page.session_state:
        page.session_state["visit_job"].future.result(timeout=20)
        page.run()
    (player,) = page.get("bidi_component")
    generated = fake_engine.answers[0]
    assert json.loads(player.proto.json) == {
        "note_id": generated.note_id,
        "trajectory": generated.trajectory.to_payload(),
    }
    assert len(player.proto.json) < 20_000


@pytest.mark.parametrize("path", ASSETS, ids=lambda path: path.name)
def test_browser_files_reach_for_nothing_outside_and_parse_no_words_as_markup(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", source)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source)
