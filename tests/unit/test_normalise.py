"""Numbers heard become figures, nothing else changes, and every character knows where it came from."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import medscribe_core
from medscribe_core.normalise import normalise

BANKS = Path(medscribe_core.__file__).parent / "simulator" / "banks"

READINGS = [
    ("one fifty-two over ninety-four", "152/94"),
    ("152 over 94", "152/94"),
    ("Pressure's one eighty-four over one-oh-two.", "Pressure's 184/102."),
    ("one twenty over eighty pulse seventy two oxygen ninety seven percent", "120/80 pulse 72 oxygen 97%"),
    ("a hundred and one point two", "101.2"),
    ("Hundred and two. Then a hundred point four.", "102. Then 100.4."),
    ("fever was hundred and point eight", "fever was 100.8"),
    ("temp was ninety-eight six today", "temp was 98.6 today"),
    ("temp one oh one two", "temp 101.2"),
    ("temp ninety eight one forty over ninety", "temp 98 140/90"),
    ("101 degrees Fahrenheit", "101 F"),
    ("pulse one oh five", "pulse 105"),
    ("two hundred and eighteen pounds", "218 lb"),
    ("weight one seventy one, sixty-three inches", "weight 171, 63 inches"),
    ("pulse ninety six one ninety on the scale", "pulse 96 190 on the scale"),
    ("one forty, one thirty-eight", "140, 138"),
    ("fasting one sixty two one fifty eight one seventy one fifty five", "fasting 162 158 170 155"),
    ("home readings are one twenties over seventies", "home readings are 120s over 70s"),
    ("97 %", "97%"),
    ("TSH zero point zero five", "TSH 0.05"),
    ("potassium four point one two months ago", "potassium 4.1 2 months ago"),
    ("ninety-six nine by mouth", "96.9 by mouth"),
    ("Ninety eight two in the ear, pulse eighty", "98.2 in the ear, pulse 80"),
    ("you're breathing twenty three times a minute", "you're breathing 23 times a minute"),
    ("pulse ninety four breathing thirty two times per minute", "pulse 94 breathing 32 times per minute"),
    ("ACR at two fifteen", "ACR at 215"),
    ("your a c r came back at three thirty", "your a c r came back at 330"),
    ("Creatinine is at point eight.", "Creatinine is at 0.8."),
    ("creatinine point eight and steady", "creatinine 0.8 and steady"),
    ("kidney number was a point eight which is fine", "kidney number was a 0.8 which is fine"),
]
DOSES = [
    ("twenty milligrams", "20 mg"),
    ("20 milligrams", "20 mg"),
    ("twenty mg", "20 mg"),
    ("5 mg", "5 mg"),
    ("5mg", "5 mg"),
    ("twenty-milligram tablets", "20 mg tablets"),
    ("fifty micrograms, seventy-five mikes", "50 mcg, 75 mcg"),
    ("ten units at night", "10 units at night"),
    ("five milliliters, two grams, a gram", "5 mL, 2 g, 1 g"),
    ("point five milligrams", "0.5 mg"),
    ("since i went up to the point five which was three weeks ago", "since i went up to the 0.5 which was 3 weeks ago"),
    ("down to point two milligrams", "down to 0.2 mg"),
    ("take one twenty milligram tablet", "take 1 20 mg tablet"),
    ("Take one twenty-five milligram tablet.", "Take 1 25 mg tablet."),
    ("takes two fifty milligram tablets", "takes 2 50 mg tablets"),
    ("One thirty-milligram tablet now.", "1 30 mg tablet now."),
    ("a one twenty milligram tablet", "a 120 mg tablet"),
    ("verapamil one twenty milligrams", "verapamil 120 mg"),
    ("take one fifty milligrams at night", "take 150 mg at night"),
    ("methocarbamol seven fifty milligram tablets", "methocarbamol 750 mg tablets"),
    ("verapamil eighty three times a day", "verapamil 80 3 times a day"),
    ("sacubitril valsartan twenty-four twenty-six twice a day", "sacubitril valsartan 24 26 twice a day"),
    ("half a pill", "0.5 tablet"),
    ("half a tablet", "0.5 tablet"),
    ("half a milligram", "0.5 mg"),
    ("one and a half tablets", "1.5 tablets"),
    ("thirty-seven point five", "37.5"),
    ("eighteen hundred then twelve hundred", "1800 then 1200"),
    ("twenty-five hundred", "2500"),
    ("gabapentin twelve fifty", "gabapentin 1250"),
    ("two thousand five hundred units", "2500 units"),
    ("fifty thousand units", "50000 units"),
    ("ibuprofen six hundred three times a day", "ibuprofen 600 3 times a day"),
    ("methocarbamol seven fifty three times a day", "methocarbamol 750 3 times a day"),
    ("fluconazole one fifty one tablet now", "fluconazole 150 1 tablet now"),
    ("amoxicillin five hundred ten days", "amoxicillin 500 10 days"),
    ("twenty-two times an hour", "22 times an hour"),
    ("Sertraline, one twenty-five.", "Sertraline, 125."),
]
COUNTS = [
    ("three weeks, two pills", "3 weeks, 2 pills"),
    ("five to six days", "5 to 6 days"),
    ("seven out of ten", "7/10"),
    ("two plus edema", "2+ edema"),
    ("sixty eight year old man", "68 year old man"),
    ("Forty-two-year-old woman", "42-year-old woman"),
    ("one week and one more dose", "1 week and 1 more dose"),
    ("Doctor: Misses?\nPatient: One. I was camping.", "Doctor: Misses?\nPatient: 1. I was camping."),
    ("one or two beers", "1 or 2 beers"),
    ("the point two people made, tender at a point two centimeters", "the point 2 people made, tender at a point 2 cm"),
    ("an hour and a half", "1.5 hours"),
    ("half an hour before breakfast", "30 minutes before breakfast"),
    ("a week or two", "1 or 2 weeks"),
    ("see me in a month, a year ago", "see me in 1 month, 1 year ago"),
    ("a pack a day", "1 pack a day"),
    ("call nine one one or nine eight eight", "call 911 or 988"),
]
NAMES = [
    ("type two diabetes, stage three, type one", "type 2 diabetes, stage 3, type 1"),
    ("my last a one c was eight point nine", "my last A1c was 8.9"),
    ("A1C and a1c", "A1c and A1c"),
    ("b twelve shots and vitamin D three", "B12 shots and vitamin D3"),
    ("vitamin d two thousand, vitamin c five hundred", "vitamin d 2000, vitamin c 500"),
    ("free t four", "free T4"),
    ("L four L five disc", "L4 L5 disc"),
    ("gad seven sixteen, p h q nine twelve", "GAD-7 16, PHQ-9 12"),
    ("o two ninety six", "O2 96"),
]
TIMES = [
    ("at two thirty", "at 2:30"),
    ("ACR was fine. Come at two fifteen.", "ACR was fine. Come at 2:15."),
    ("six-thirty a.m.", "6:30 a.m."),
    ("half past ten", "10:30"),
    ("a quarter to nine", "8:45"),
    ("in nineteen ninety-eight", "in 1998"),
    ("since twenty nineteen", "since 2019"),
    ("right twenty thirty, left twenty twenty-five", "right 20/30, left 20/25"),
]


@pytest.mark.parametrize(("heard", "written"), READINGS + DOSES + COUNTS + NAMES + TIMES)
def test_numbers_heard_become_figures(heard: str, written: str) -> None:
    assert normalise(heard).text == written


@pytest.mark.parametrize(("heard", "written"), READINGS + DOSES + COUNTS + NAMES + TIMES)
def test_written_numbers_stay_as_they_are(heard: str, written: str) -> None:
    assert normalise(written).text == written


@pytest.mark.parametrize(
    "text",
    [
        "this one",
        "the one I take",
        "no one told me",
        "one of those",
        "one thing",
        "the morning one makes me foggy",
        "twice a day, once a week",
        "the first and the twenty-first",
        "a couple of days",
        "a dozen",
        "two thirds",
        "oh wow, oh no",
        "at this point in time",
        "that's the point",
        "half asleep, half of them",
        "take it twice a day before meals",
        "a lot a day",
        "to, too, for, ate, won",
        "B12, SpO2, COVID-19, 4-0 nylon, 3/4, 10:30",
    ],
)
def test_what_is_no_number_is_left_alone(text: str) -> None:
    assert normalise(text).text == text


@pytest.mark.parametrize("transform", [str.upper, str.title, lambda s: s.replace("-", " ")])
def test_casing_and_hyphens_do_not_matter(transform) -> None:
    said = (
        "blood pressure one fifty-two over ninety-four, lisinopril twenty-five milligrams, oxygen ninety-seven percent"
    )
    assert re.findall(r"[\d/%.]+", normalise(transform(said)).text) == ["152/94", "25", "97%"]


def test_white_space_quotes_and_control_characters_are_tidied() -> None:
    messy = "  Doctor:\t\u201cIt\u2019s\u201d  fine.\r\n\r\nPatient:\u00a0cafe\u0301\u200b\x07 \n"
    assert normalise(messy).text == 'Doctor: "It\'s" fine.\nPatient: caf\u00e9'


def test_punctuation_set_apart_joins_its_word() -> None:
    assert normalise("[doctor] okay , three weeks . fever ?").text == "[doctor] okay, 3 weeks. fever?"


def test_a_reading_points_back_to_the_words_that_were_said() -> None:
    said = "So it's one fifty-two over  ninety-four today."
    heard = normalise(said)
    start = heard.text.index("152/94")
    first, last = heard.original_span(start, start + 6)
    assert said[first:last] == "one fifty-two over  ninety-four"
    first, last = heard.original_span(start + 4, start + 6)
    assert said[first:last] == "ninety-four"


def test_words_that_were_said_point_to_the_reading() -> None:
    said = "Take half a pill and twenty milligrams of it."
    heard = normalise(said)
    where = said.index("twenty milligrams")
    first, last = heard.normalised_span(where, where + len("twenty milligrams"))
    assert heard.text[first:last] == "20 mg"
    where = said.index("half a pill")
    first, last = heard.normalised_span(where, where + 4)
    assert heard.text[first:last] == "0.5 tablet"


def test_composed_characters_keep_both_originals() -> None:
    heard = normalise("cafe\u0301 au lait")
    assert heard.original_span(3, 4) == (3, 5)


VOCABULARY = """one two seven twelve fifteen twenty fifty ninety hundred thousand zero oh point half quarter and over
out of to or a an times tablet pills milligrams mg % percent degrees fahrenheit plus days week hour missed type c b t
vitamin phq temp eyes at in since p.m. 5 98.6 20 1,000 152/94 - , . second first thirds twenties daily past ago per no
this the fever day pounds"""
NUMBER_WORDS = st.lists(st.sampled_from(VOCABULARY.split()), max_size=12)


@given(NUMBER_WORDS, st.sampled_from([" ", "-", "  ", "\n"]))
def test_normalising_number_words_twice_changes_nothing_more(words: list[str], joint: str) -> None:
    once = normalise(joint.join(words)).text
    assert normalise(once).text == once


@given(st.text())
def test_normalising_any_text_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@given(st.one_of(st.text(), NUMBER_WORDS.map(" ".join)), st.data())
def test_offsets_are_valid_for_any_text(text: str, data: st.DataObject) -> None:
    heard = normalise(text)
    assert len(heard.starts) == len(heard.ends) == len(heard.text)
    assert heard.starts == sorted(heard.starts)
    assert heard.ends == sorted(heard.ends)
    assert all(0 <= start <= end <= len(text) for start, end in zip(heard.starts, heard.ends, strict=True))
    start = data.draw(st.integers(0, len(heard.text)))
    end = data.draw(st.integers(start, len(heard.text)))
    first, last = heard.original_span(start, end)
    assert 0 <= first <= last <= len(text)
    covering = heard.normalised_span(first, last)
    if heard.text[start:end].isalpha():
        assert covering[0] <= start
        assert end <= covering[1]


@given(st.text(alphabet="bcdfgjklmpqrs .,:;!?\n()[]'\"", max_size=60))
def test_text_without_numbers_only_has_its_spaces_tidied(text: str) -> None:
    tidied = normalise(text).text
    assert "".join(tidied.split()) == "".join(text.split())
    assert re.findall(r"\w+", tidied) == re.findall(r"\w+", text)


def _phrases() -> list[str]:
    spoken = {"spoken", "present", "absent", "ask", "present_heard_by_other", "patient_reports", "patient_says"}
    found: list[str] = []
    for bank in sorted(BANKS.glob("*.jsonl")):
        for line in bank.read_text(encoding="utf-8").splitlines():
            for key, value in json.loads(line).items():
                if key in spoken:
                    found += [phrase for item in value for phrase in ([item] if isinstance(item, str) else item)]
    return found


def test_bank_phrases_lose_nothing_but_number_words() -> None:
    phrases = _phrases()
    assert len(phrases) > 10_000
    for phrase in phrases:
        written = normalise(phrase).text
        words = iter(re.findall(r"[\w'{}]+", phrase.lower()))
        kept = [w for w in re.findall(r"[\w'{}]+", written.lower()) if not re.search(r"\d", w)]
        kept = [w for w in kept if w not in {"mg", "mcg", "lb", "minutes", "tablet", "or", "hours", "weeks", "ounces"}]
        assert all(word in words for word in kept), phrase
        assert normalise(written).text == written


@pytest.mark.parametrize(
    ("concept", "slots", "figures"),
    [
        ("blood_pressure", {"sys": "one fifty-two", "dia": "ninety-four"}, ["152", "94"]),
        ("blood_pressure", {"sys": "one oh eight", "dia": "sixty"}, ["108", "60"]),
        ("heart_rate", {"value": "one eighteen"}, ["118"]),
        ("respiratory_rate", {"value": "sixteen"}, ["16"]),
        ("temperature", {"value": "a hundred and one point two"}, ["101.2"]),
        ("temperature", {"value": "ninety-eight point six"}, ["98.6"]),
        ("spo2", {"value": "ninety-seven"}, ["97"]),
        ("weight", {"value": "two hundred and eighteen"}, ["218"]),
        ("bmi", {"value": "thirty-one point four"}, ["31.4"]),
        ("pain_score", {"value": "seven"}, ["7"]),
    ],
)
def test_vitals_said_in_words_are_found_as_figures(concept: str, slots: dict[str, str], figures: list[str]) -> None:
    banks = (BANKS / "vitals.jsonl").read_text(encoding="utf-8").splitlines()
    vital = next(bank for bank in map(json.loads, banks) if bank["concept"] == concept)
    for phrase in vital["spoken"]:
        said = phrase.format(**slots)
        written = re.findall(r"\d+(?:\.\d+)?", normalise(said).text)
        assert set(figures) <= set(written), said


def test_speaker_labels_are_untouched() -> None:
    text = "DR: Pain?\nPT: Three.\nD: Okay.\n[patient] two days"
    assert normalise(text).text == "DR: Pain?\nPT: 3.\nD: Okay.\n[patient] 2 days"


REPEATED = [
    "one ",
    "five over ",
    "a hundred ",
    "1.1.1a",
    "five-",
    "\u0301",
    "half a ",
    "one or ",
    "e\u0301",
    "\n ",
    "98 six ",
]


@pytest.mark.parametrize("unit", REPEATED)
def test_long_monotonous_input_is_normalised_once_and_for_all(unit: str) -> None:
    once = normalise(unit * 5_000)
    assert len(once.text) == len(once.starts)
    assert normalise(once.text).text == once.text
