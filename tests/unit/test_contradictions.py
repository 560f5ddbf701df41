"""What a note says in two ways, and where an edit says other than the transcript."""

import pytest

from medscribe_core.checks.contradictions import against_transcript, contradictions
from medscribe_core.schema import Section, SoapNote

NOTE = SoapNote(
    hpi="58-year-old woman presents with right knee pain for 3 weeks and for follow-up of hypertension. "
    "Current medications include lisinopril 10 mg daily. Denies chest pain.",
    ros="Positive for fatigue. Negative for dyspnea, chest pain.",
    exam="Vitals: BP 152/94. Musculoskeletal: right knee effusion.",
    assessment="1. Hypertension, not at goal. 2. Right knee osteoarthritis.",
    plan="1. Increase lisinopril to 20 mg daily. 2. Order x-ray of the right knee. 3. Follow up in 4 weeks.",
)
TRANSCRIPT = (
    "Doctor: Is the blood pressure still high?\n"
    "Patient: It was one fifty-two over ninety-four this morning. My right knee hurts.\n"
    "Doctor: The hypertension is not at goal. I will raise the lisinopril to twenty milligrams."
)


def about(note):
    return [(found.about, found.section.value, str(found.other)) for found in contradictions(note)]


def test_a_note_that_agrees_with_itself_has_none():
    assert about(NOTE) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"assessment": "1. Hypertension, well controlled."}, ("treatment", "assessment", "plan")),
        ({"plan": "1. Continue lisinopril 10 mg daily."}, ("treatment", "assessment", "plan")),
        ({"plan": "1. Increase lisinopril to 5 mg daily."}, ("dose", "plan", "hpi")),
        (
            {"plan": "1. Increase lisinopril to 20 mg daily. 2. Order x-ray of the left knee."},
            ("side", "assessment", "plan"),
        ),
        ({"exam": "Musculoskeletal: left knee effusion."}, ("side", "hpi", "exam")),
        ({"ros": "Positive for chest pain."}, ("presence", "hpi", "ros")),
        ({"ros": "Negative for right knee pain."}, ("presence", "hpi", "ros")),
    ],
)
def test_two_sections_that_cannot_both_be_right_are_named(changed, expected):
    assert expected in about(NOTE.model_copy(update=changed))


def test_a_visible_complaint_that_the_examination_denies():
    note = SoapNote(hpi="Patient presents with leg edema.", exam="Extremities: no edema.")
    assert about(note) == [("presence", "exam", "hpi")]


@pytest.mark.parametrize(
    "hpi", ["Mother had chest pain.", "Chest pain has not recurred.", "Aspirin causes dyspnea.", "He was dizzy."]
)
def test_other_people_and_other_times_are_no_contradiction(hpi):
    assert about(SoapNote(hpi=hpi, ros="Negative for chest pain, dyspnea, dizzy.")) == []


def test_a_start_that_replaces_another_drug_fits_a_controlled_problem():
    note = SoapNote(
        assessment="1. Hypertension, well controlled.", plan="1. Stop lisinopril. 2. Start losartan 50 mg daily."
    )
    assert about(note) == []


@pytest.mark.parametrize(
    ("section", "before", "after", "kind", "quoted"),
    [
        ("exam", "Vitals: BP 152/94.", "Vitals: BP 126/78.", "number", "one fifty-two over ninety-four"),
        (
            "hpi",
            "Patient presents with right knee pain.",
            "Patient presents with left knee pain.",
            "side",
            "right knee",
        ),
        ("assessment", "1. Hypertension, not at goal.", "1. Hypertension, well controlled.", "status", "not at goal"),
        (
            "plan",
            "1. Increase lisinopril to 20 mg daily.",
            "1. Increase lisinopril to 40 mg daily.",
            "number",
            "twenty",
        ),
        (
            "plan",
            "1. Increase lisinopril to 20 mg daily.",
            "1. Increase losartan to 20 mg daily.",
            "drug",
            "lisinopril",
        ),
    ],
)
def test_an_edit_against_the_transcript_is_shown_in_its_own_words(section, before, after, kind, quoted):
    [found] = against_transcript(Section(section), before, after, TRANSCRIPT)
    assert (found.about, found.other) == (kind, "transcript")
    assert quoted in found.quote
    assert TRANSCRIPT[found.start : found.end] == found.quote
    assert found.quote in found.sentence()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1. Increase lisinopril to 40 mg daily.", "1. Increase lisinopril to 20 mg daily."),
        ("1. Follow up in 4 weeks.", "1. Follow up in 6 weeks."),
        ("1. Rest.", "1. Rest. 2. Order BMP."),
        ("1. Rest.", "1. Rest."),
    ],
)
def test_what_the_transcript_says_nothing_against_is_no_disagreement(before, after):
    assert against_transcript(Section.PLAN, before, after, TRANSCRIPT) == []
