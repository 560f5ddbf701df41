"""The PHI screen: identifiers are found by kind, ordinary clinical language is not, and no report quotes a text."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.corpora import read_authored
from medscribe_core.corpora.authored import AuthoredEncounter
from medscribe_core.corpora.phi_screen import find_identifiers, screen
from medscribe_core.errors import DataError
from medscribe_core.simulator import write_jsonl
from medscribe_core.training.stream import read_encounters

PLANTED = {
    "name": [
        "I saw Dr. Kovalenko about it.",
        "Good morning, Mrs. Abiodun-Hale.",
        "my name is thaddeus",
        "hi mr okonkwo have a seat",
        "this is doctor vandermeer calling",
        "i saw doctor patel in spring",
        "Nurse Quintero took the blood pressure.",
        "DR. VANDERMEER dictating.",
        "Thaddeus Vandermeer is a 54-year-old man with cough.",
        "Hello, Thaddeus. How is the knee?",
        "Patient name: Vandermeer",
    ],
    "date": [
        "It began on 03/14/2021.",
        "seen 3/14/21 for this",
        "on 2021-03-14 she fell",
        "surgery in 10/2020",
        "On March 3rd he fell.",
        "May 14, 2019",
        "the 3rd of March",
        "back in october of 2008",
        "on july twentieth",
        "the third of september",
        "in march twenty twenty one",
        "date of birth 7-4-62",
        "12-Mar-2021",
        "set the quit date on november four",
    ],
    "phone": [
        "Call me at (555) 013-4477.",
        "555-013-4477",
        "+1 555 013 4477",
        "my cell is 013-4477",
        "it's five five five oh one three four four seven seven",
    ],
    "email": ["write to t.vandermeer@example.org please", "thaddeus at example dot com"],
    "record_number": [
        "MRN 00482913",
        "your medical record number is 482913",
        "member ID: XQ4829135",
        "chart number four eight two nine one",
    ],
    "ssn": ["123-45-6789", "my social security number is 123 45 6789", "SSN: 123456789"],
    "address": [
        "I live at 42 Alder Creek Road.",
        "fourteen elm street",
        "Portland, OR 97201",
        "zip code 97201",
        "P.O. Box 118",
    ],
    "url": ["see https://example.org/x", "www.example.org", "mychart.example.com", "go to example dot com"],
}
ORDINARY = [
    "BP 120/80, strength 5/5, pain 7/10, murmur 2/6, vision 20/20, HR 88, SpO2 97%.",
    "Doctor: How are you?\nPatient: Fine.",
    "Dr.: Any fever?",
    "I saw the Dr. She said to wait.",
    "the doctor. He told me to rest",
    "my doctor put me on metformin and the doctor says it's fine",
    "You may take 2 tablets. May I listen? It may be 3 weeks.",
    "It started in May. HbA1c in June 9.1%, in March 11.2%.",
    "Since last October, or November when it got cold.",
    "We march 3 times a week and in august it was hot.",
    "In 2019 I had my gallbladder out; about 2000 calories, 1500 mg a day.",
    "Start lisinopril 10 mg daily, St. John's wort, MS Contin 15 mg, MR imaging of the brain.",
    "Order nurse BP check in 3 days. Nurse practitioner visit.",
    "every 4-6 hours, 150-400 thousand, 500-1000 mg, 10-15-20 reps",
    "My name is on the bottle. What's its name? His name is not in the chart.",
    "Hello, doctor. Hi, I'm back. Hey there. Good morning. Good afternoon, sir.",
    "I miss Sundays with the grandkids.",
    "I walked 2 miles down the street; three blocks of the avenue.",
    "one two three times, four or five, maybe six",
    "hi miss how are you",
    "his record is clean and the record player is number 1",
    "The first of many; the second time in May.",
    "[**Known lastname 4829**] was seen on [**2151-7-16**] by Dr. [**Last Name (STitle) 118**].",
]


def encounter(transcript: str, name: str = "x-1") -> AuthoredEncounter:
    return AuthoredEncounter.model_validate({"id": name, "patient_context": {}, "transcript": transcript, "note": {}})


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in PLANTED.items() for text in texts])
def test_a_planted_identifier_of_each_kind_is_found(kind, text):
    assert kind in {found.kind for found in find_identifiers(text)}


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_clinical_language_raises_no_alarm(text):
    assert find_identifiers(text) == []


PLAIN = st.lists(st.sampled_from(["the", "cough", "is", "worse", "I", "take", "20", "mg", ".", ",", "120/80"])).map(
    " ".join
)


@given(PLAIN, st.sampled_from([(k, t) for k, texts in PLANTED.items() for t in texts]), PLAIN)
@settings(max_examples=150, deadline=None)
def test_an_identifier_is_found_wherever_it_stands(before, planted, after):
    kind, text = planted
    assert kind in {found.kind for found in find_identifiers(f"{before}\n{text}\n{after}")}


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_screened_and_finds_lie_in_it(text):
    for found in find_identifiers(text):
        assert 0 <= found.start < found.end <= len(text)


def test_the_report_names_kind_and_record_and_never_the_text():
    report = screen([encounter("Doctor: Hello."), encounter("I saw Dr. Kovalenko on 03/14/2021.", "x-2")])
    assert report.screened == 2
    assert report.by_kind() == {"name": 1, "date": 1}
    assert report.by_record() == {"x-2": ["name", "date"]}
    assert "Kovalenko" not in repr(report) and "2021" not in repr(report)


def test_every_text_of_a_record_is_screened():
    base = {"id": "x", "patient_context": {}, "transcript": "Doctor: Hello.", "note": {}}
    for change, place in (
        ({"patient_context": {"medications": ["from Dr. Kovalenko"]}}, "context"),
        ({"note": {"plan": "1. See Dr. Kovalenko."}}, "plan"),
        ({"edit": {"section": "plan", "new_content": "a", "expected": {"hpi": "Dr. Kovalenko"}}}, "edit"),
        ({"evidence": [{"section": "hpi", "statement": "a", "quote": "Dr. Kovalenko"}]}, "evidence 0"),
        ({"facts": [{"values": {"who": ["Dr. Kovalenko"]}}]}, "facts"),
    ):
        report = screen([AuthoredEncounter.model_validate(base | change)])
        assert [alarm.place for alarm in report.alarms] == [place]


def test_a_reviewed_identifier_is_counted_and_another_in_the_same_record_is_reported():
    first = screen([encounter("I saw Dr. Kovalenko.")])
    reviewed = {alarm.digest for alarm in first.alarms}
    again = screen([encounter("I saw Dr. Kovalenko and Dr. Vandermeer.")], reviewed)
    assert (again.reviewed, again.by_kind()) == (1, {"name": 1})
    assert screen([encounter("I saw Dr. Kovalenko.", "x-2")], reviewed).reviewed == 0


def test_simulated_visits_raise_no_alarm(tmp_path):
    write_jsonl(tmp_path / "visits.jsonl", 60, 3, "train")
    report = screen(read_authored(tmp_path / "visits.jsonl"))
    assert (report.screened, report.alarms) == (60, [])


def test_training_refuses_an_encounter_with_an_identifier(tmp_path):
    path = tmp_path / "visits.jsonl"
    lines = [encounter("Doctor: Hello.", "ok"), encounter("Call 555-013-4477, I'm Dr. Kovalenko.", "bad")]
    path.write_text("".join(json.dumps(line.as_json()) + "\n" for line in lines))
    with pytest.raises(DataError, match=r"'bad'.*phone, name") as caught:
        read_encounters([path])
    assert "Kovalenko" not in str(caught.value)
    path.write_text(json.dumps(lines[0].as_json()) + "\n")
    assert [record.id for record in read_encounters([path])] == ["ok"]
