"""What the visit simulator promises: what is said, what is noted, and that the two agree."""

from __future__ import annotations

import json
import math
import os
import random
import re
import subprocess
import sys

import pytest

from medscribe_core.errors import DataError
from medscribe_core.schema import NOTE_SECTIONS, PatientContext, Section, SoapNote
from medscribe_core.simulator import (
    STYLES,
    draw_edit,
    excerpt,
    load_banks,
    load_scenarios,
    render,
    sample_visit,
    simulate_encounters,
    training_example,
    write_jsonl,
    write_note,
)
from medscribe_core.simulator.banks import raw_banks, split_phrases
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.person import third_person
from medscribe_core.simulator.scenarios import parse_scenarios
from medscribe_core.simulator.sides import say_side, sided_note
from medscribe_core.simulator.speech_numbers import say_number, say_quantities
from medscribe_core.simulator.styles import lay_out

SPLITS = ("train", "validation", "test")
SPOKEN_LISTS = ("present", "absent", "ask", "present_heard_by_other", "spoken", "patient_says", "patient_reports")


def visits(count: int, seed: int = 0, split: str = "train", **how):
    return [sample_visit(random.Random(f"{seed}/{i}"), split, **how) for i in range(count)]


# -- splits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 5, 7, 11, 12, 19, 20, 45])
def test_every_phrase_belongs_to_train_or_is_held_out(n):
    items = list(range(n))
    train, tuning, test = (split_phrases(items, split) for split in SPLITS)
    if n == 1:
        assert train == tuning == test == items
        return
    assert test == items[n - math.ceil(n / 5) :]
    if n >= 12:
        assert train + tuning + test == items
        assert len(tuning) == (2 if n >= 20 else 1)
    else:
        assert train + test == items
        assert tuning == train


def test_held_out_phrases_are_never_said_in_training_visits():
    """Looks for the wording of long held-out phrases in what train visits say, in every style."""
    known, held = [], set()
    for row in raw_banks():
        for key in SPOKEN_LISTS:
            items = row.get(key) or []
            flat = [x for item in items for x in (item if isinstance(item, list) else [item])]
            train = {x for item in split_phrases(items, "train") for x in (item if isinstance(item, list) else [item])}
            known += [_bare(x) for x in train]
            held |= {literal for x in flat if x not in train and len((literal := _longest_literal(x)).split()) >= 5}
        known += [_bare(row.get(key) or "") for key in ("note", "clinical", "note_absent")]  # wordings, not phrases
    corpus = "\n".join(known)
    held = {literal for literal in held if literal not in corpus}
    assert len(held) > 1500
    rng = random.Random(7)
    said = "\n".join(_bare(training_example(rng, "train", excerpt_probability=0.0)["transcript"]) for _ in range(250))
    assert not [literal for literal in held if literal in said]


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9{}' ]+", " ", text.lower().replace(" ,", ",").replace("-", " ")).replace("  ", " ")


def _longest_literal(phrase: str) -> str:
    return max((_bare(part).strip() for part in re.split(r"\{\w+\}", phrase)), key=len)


# -- determinism --------------------------------------------------------------------------------------


def test_same_seed_same_encounters_whatever_the_hash_seed():
    code = (
        "import json;from medscribe_core.simulator import simulate_encounters as s;"
        "print(json.dumps(list(s(6, 11, 'train'))))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop()) == list(simulate_encounters(6, 11, "train"))


def test_other_seed_or_split_gives_other_encounters():
    texts = [next(simulate_encounters(1, seed, split))["transcript"] for seed in (1, 2) for split in ("train", "test")]
    assert len(set(texts)) == 4


# -- the note says what was said ------------------------------------------------------------------------


@pytest.mark.parametrize("split", SPLITS)
def test_statements_and_quotes_are_verbatim_in_every_style(split):
    for number, visit in enumerate(visits(36, 1, split)):
        rendered = render(visit, STYLES[number % len(STYLES)], random.Random(number))
        for fact, spans in zip(rendered.facts, rendered.spans, strict=True):
            assert fact.statement in rendered.note[fact.section]
            assert all(rendered.transcript[a:b] == rendered.transcript[a:b].strip() != "" for a, b in spans)
            assert bool(spans) == bool(fact.evidence)


@pytest.mark.parametrize("style", ["labels_doctor_patient", "labels_short", "bracket_lower", "asr_raw", "caregiver"])
def test_styling_keeps_the_letters_of_every_span(style):
    def letters(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    for number, visit in enumerate(visits(30, 2)):
        transcript, spans = lay_out(visit, style, random.Random(number))
        for fact, found in zip(visit.facts, spans, strict=True):
            said = [letters(visit.turns[turn].text[a:b]) for turn, a, b in fact.evidence]
            assert [letters(transcript[a:b]) for a, b in found] == said


def test_every_number_of_the_note_is_said_or_in_the_context():
    rng = random.Random(3)
    checked = 0
    for number in range(240):
        visit = sample_visit(rng, SPLITS[number % 3])
        rendered = render(visit, STYLES[number % len(STYLES)], rng)
        heard = numbers_heard(rendered.transcript) | numbers_heard(visit.patient_context.as_line())
        for fact in rendered.facts:
            stated = [text for key, text in fact.values.items() if key not in ("condition", "vaccine", "system")]
            for figure in re.findall(r"\d[\d,]*(?:\.\d+)?", " ".join(stated)):
                checked += 1
                assert figure.replace(",", "") in heard, (fact.concept, fact.statement)
    assert checked > 1500


_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: n for n, word in enumerate(_UNITS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SINGLE = {"a": "1", "an": "1", "once": "1", "twice": "2", "thrice": "3", "couple": "2", "single": "1", "every": "1"}


def numbers_heard(text: str) -> set[str]:
    """All readings of all number words and figures of a text: more than was meant, but every one that was."""
    tokens = re.findall(r"\d[\d,]*(?:\.\d+)?|[a-z']+", text.lower())
    heard = set()
    for start, token in enumerate(tokens):
        heard.add(_SINGLE.get(token, token.replace(",", "")))
        run = []
        for word in tokens[start : start + 9]:
            if word not in _WORDS and word not in ("hundred", "thousand", "and", "point", "oh", "a", "half"):
                break
            run.append(word)
            heard |= _readings(run)
    return heard


def _readings(run: list[str]) -> set[str]:
    if run[-3:] == ["and", "a", "half"]:
        return {f"{whole}.5" for whole in _readings(run[:-3])}
    if "point" in run:
        cut = run.index("point")
        wholes = _readings(run[:cut]) if run[:cut] not in ([], ["oh"], ["zero"]) else {"0"}
        return {f"{whole}.{_digits(run[cut + 1 :])}" for whole in wholes}
    wholes = {_digits(run), str(_sum(run))}
    if len(run) > 1 and _WORDS.get(run[-1], 99) < 10:  # "ninety-eight six"
        wholes |= {f"{_sum(run[:-1])}.{_WORDS[run[-1]]}", f"{_digits(run[:-1])}.{_WORDS[run[-1]]}"}
    return wholes


def _digits(run: list[str]) -> str:
    out = ""
    for before, word in zip(["", *run], run, strict=False):
        n = "0" if word == "oh" else str(_WORDS.get(word, ""))
        completes_tens = _WORDS.get(before, 0) >= 20 and 0 < _WORDS.get(word, 0) < 10
        out = out[:-1] + n if completes_tens else out + n
    return out


def _sum(run: list[str]) -> int:
    total = current = 0
    for word in run:
        if word == "hundred":
            current = max(current, 1) * 100
        elif word == "thousand":
            total, current = total + max(current, 1) * 1000, 0
        else:
            current += _WORDS.get(word, 0)
    return total + current


def test_every_drug_of_the_note_is_said_or_in_the_context():
    rng = random.Random(4)
    for number in range(200):
        visit = sample_visit(rng, SPLITS[number % 3])
        rendered = render(visit, STYLES[number % len(STYLES)], rng)
        heard = re.sub(r"[^a-z0-9]+", " ", f"{rendered.transcript} {visit.patient_context.as_line()}".lower())
        for fact in rendered.facts:
            for name in (fact.values.get("drug"), fact.values.get("new_drug")):
                assert not name or re.sub(r"[^a-z0-9]+", " ", name.lower()) in heard, name


def test_facts_that_nobody_said_stand_in_the_context():
    for visit in visits(120, 5):
        chart = visit.patient_context.medications + visit.patient_context.active_diagnoses
        assert all(fact.statement in chart for fact in visit.facts if not fact.evidence)


def test_no_placeholder_is_left_and_no_blank_is_doubled():
    rng = random.Random(6)
    for number in range(150):
        example = training_example(rng, SPLITS[number % 3], excerpt_probability=0.3)
        text = example["transcript"] + example["note"].to_text()
        assert "{" not in text and "}" not in text and "  " not in text and ".." not in text


def test_no_symptom_is_both_present_and_denied():
    for visit in visits(150, 8):
        here = {f.concept for f in visit.facts if f.kind in ("complaint", "symptom_present")}
        denied = {f.concept for f in visit.facts if f.kind == "symptom_absent"}
        assert not here & denied


def test_findings_of_a_visit_do_not_contradict_each_other():
    banks = load_banks("train")
    for visit in visits(150, 9):
        found = [f.concept for f in visit.facts if f.kind == "finding"]
        assert not any(other in banks.findings[one].contradicts for one in found for other in found)


# -- the note's style -----------------------------------------------------------------------------------


def test_note_of_no_facts_reads_as_the_house_style_says():
    note = write_note([], PatientContext())
    assert note.sections() == {section: section.empty_text for section in NOTE_SECTIONS}


def test_first_sentence_names_age_sex_complaint_and_duration():
    cough = Fact("complaint", "cough_dry", Section.HPI, "dry cough", {})
    days = Fact("attribute", "duration", Section.HPI, "for 4 days", {"duration": "4 days"})
    visit = Fact("complaint", "hypertension", Section.HPI, "hypertension", {"visit": "follow-up"})
    write = lambda facts, **who: write_note(facts, PatientContext(**who)).hpi  # noqa: E731
    assert write([cough, days], age=58, sex="F") == "58-year-old woman presents with dry cough for 4 days."
    assert write([cough], age=9, sex="M") == "9-year-old boy presents with dry cough."
    assert write([visit], age=40) == "Patient presents for follow-up of hypertension."
    assert write([days], age=40, sex="F") == "Symptoms have lasted 4 days."


def test_follow_up_comes_last_and_precautions_before_it():
    for visit in visits(60, 10):
        plan = write_note(visit.facts, visit.patient_context).plan
        items = re.split(r"(?:^| )\d+\. ", plan)[1:]
        last = [i for i, item in enumerate(items) if re.match(r"Follow up|Return if|Go to the emergency", item)]
        assert last == list(range(len(items) - len(last), len(items)))
        follow = [i for i, item in enumerate(items) if item.startswith("Follow up")]
        assert follow in ([], [len(items) - 1])


def test_review_of_systems_stands_in_the_order_said():
    for visit in visits(40, 11):
        denied = [f for f in visit.facts if f.kind == "symptom_absent"]
        assert [min(f.evidence) for f in denied] == sorted(min(f.evidence) for f in denied)
        if denied:
            listed = ", ".join(f.statement for f in denied)
            assert f"Negative for {listed}." in write_note(visit.facts, visit.patient_context).ros


# -- excerpts and edits ---------------------------------------------------------------------------------


def test_excerpts_hold_only_facts_said_inside():
    for number, visit in enumerate(visits(120, 12)):
        part = excerpt(visit, random.Random(number), min_turns=3, max_turns=8)
        assert len(part.turns) <= 9
        note = write_note(part.facts, part.patient_context)
        for fact in part.facts:
            assert fact.statement in note[fact.section]
            for turn, start, end in fact.evidence:
                assert part.turns[turn].text[start:end].strip()
            assert all(0 <= turn < len(part.turns) for turn in fact.requires)
        said_outside = {f.statement for f in visit.facts} - {f.statement for f in part.facts}
        inside = {f.statement for f in part.facts}
        assert not any(s in note.plan for s in said_outside if s[:5] in ("Start", "Order") and s not in str(inside))


def test_excerpts_are_mostly_not_empty_and_short():
    rng = random.Random(13)
    examples = [training_example(rng, "train", excerpt_probability=1.0) for _ in range(120)]
    assert all(example["is_excerpt"] for example in examples)
    assert sum(bool(example["evidence"]) for example in examples) > 110


def test_edits_name_every_section_once_and_change_the_note():
    linked = 0
    for number, visit in enumerate(visits(80, 14)):
        note = write_note(visit.facts, visit.patient_context)
        edit = draw_edit(visit.facts, visit.patient_context, "train", random.Random(number))
        assert sorted([edit["section"], *edit["expected"], *edit["unchanged"]]) == sorted(
            s.value for s in NOTE_SECTIONS
        )
        assert edit["new_content"] != note[Section(edit["section"])]
        assert all(text != note[Section(name)] for name, text in edit["expected"].items())
        linked += bool(edit["expected"])
    assert linked > 15


def test_changed_home_dose_is_followed_by_the_plan():
    values = {"drug": "lisinopril", "dose": "10 mg", "frequency": "daily"}
    home = Fact("medication", "lisinopril", Section.HPI, "lisinopril 10 mg daily", values)
    plan = Fact("plan", "plan_continue", Section.PLAN, "Continue lisinopril 10 mg daily", values)
    for seed in range(12):
        edit = draw_edit([home, plan], PatientContext(), "train", random.Random(seed))
        if edit["expected"]:
            texts = [edit["new_content"], *edit["expected"].values()]
            doses = {re.search(r"\d+ mg", text).group(0) for text in texts if " mg" in text}
            assert len(doses) <= 1 and "10 mg" not in doses
            return
    pytest.fail("no linked edit in twelve draws")


# -- encounters -----------------------------------------------------------------------------------------


def test_encounters_are_in_the_authored_format():
    for row in simulate_encounters(40, 15, "test"):
        row = json.loads(json.dumps(row))
        assert row["transcript_style"] in STYLES
        note = SoapNote(**row["note"])
        PatientContext(**row["patient_context"])
        assert 5 <= len(row["evidence"]) <= 18
        for item in row["evidence"]:
            assert item["statement"] in note[Section(item["section"])]
            assert item["quote"] in row["transcript"]
        for fact in row["facts"]:
            assert fact["statement"] in note[Section(fact["section"])]
            assert all(0 <= a < b <= len(row["transcript"]) for a, b in fact["spans"])


def test_write_jsonl_is_complete_or_absent(tmp_path):
    done = []
    write_jsonl(tmp_path / "out.jsonl", 5, 1, "train", progress=done.append)
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [f"sim-train-1-{i:05d}" for i in range(5)]
    assert done == [1, 2, 3, 4, 5]

    def stop(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_jsonl(tmp_path / "half.jsonl", 5, 1, "train", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_unwritable_file_and_unknown_split_are_one_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write_jsonl(tmp_path / "no" / "out.jsonl", 1, 1, "train")
    with pytest.raises(DataError, match="Unknown split 'dev'"):
        list(simulate_encounters(1, 1, "dev"))


# -- scenarios ------------------------------------------------------------------------------------------


def test_every_scenario_makes_a_note():
    from medscribe_core.simulator.content import scenario_content
    from medscribe_core.simulator.dialogue import hold_conversation
    from medscribe_core.simulator.visit import in_order_said

    scenarios = load_scenarios()
    assert len(scenarios) >= 30
    banks = load_banks("test")
    for scenario in scenarios:
        rng = random.Random(scenario.id)
        content = scenario_content(scenario, banks, rng, scenario.caregiver)
        turns = hold_conversation(content, banks, rng)
        assert len(turns) >= 2
        note = write_note(in_order_said(content), content.context)
        assert all(fact.statement in note[fact.section] for fact in content.facts())


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("presenting: [a_cough]", "presenting: 'a_cough'"),
        ("plan: [{action: plan_sing}]", "plan: 'plan_sing'"),
        ("plan: [{action: plan_start, drug: sugar}]", "plan.plan_start.drug: 'sugar'"),
        ("plan: [{action: plan_lab, tset: CBC}]", "plan.plan_lab: 'tset'"),
        ("history: {shoe_size: 0.5}", "history: 'shoe_size'"),
        ("associated: {fever: 2}", "associated.fever"),
        ("colour: red", "colour"),
    ],
)
def test_scenario_errors_name_file_id_and_key(line, named):
    text = f"- id: odd\n  complaint: x\n  category: acute\n  age: [20, 30]\n  {line}\n"
    with pytest.raises(DataError) as error:
        parse_scenarios(text, "odd.yaml")
    assert "odd.yaml" in str(error.value) and "Scenario odd" in str(error.value) and named in str(error.value)


# -- wording --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["152", "94", "105", "1250", "50,000", "101.2", "98.6", "0.5", "3.125", "12.5", "0.42"]
)
def test_spoken_numbers_are_heard_as_written(text):
    for seed in range(60):
        spoken = say_number(text, random.Random(seed), digits=0.0, terse="." in text)
        assert not re.search(r"\d", spoken)
        assert text.replace(",", "") in numbers_heard(spoken), spoken


def test_quantities_are_said_with_their_units():
    rng = random.Random(1)
    assert say_quantities("20 mg twice daily", rng, 0.0) == "twenty milligrams twice daily"
    assert say_quantities("2 puffs", rng, 0.0) == "two puffs"
    assert say_quantities("1% cream", rng, 0.0) == "one percent cream"
    assert say_quantities("strength 5/5", rng, 0.0) == "strength five over five"


def test_sides_stand_in_note_and_speech():
    assert sided_note("knee pain", "left") == "left knee pain"
    assert sided_note("blurred vision", "right") == "blurred vision in the right eye"
    assert sided_note("tinnitus", "left") == "left-sided tinnitus"
    for seed in range(20):
        assert "left" in say_side("my knee hurts", "left", random.Random(seed))


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("I take my {drug} every day", "{she} takes {her} {drug} every day"),
        ("I've been taking it", "{she}'s been taking it"),
        ("I never miss my {drug}", "{she} never misses {her} {drug}"),
        ("I hereby frobnicate", ""),
    ],
)
def test_caregivers_speak_in_the_third_person(first, other):
    assert third_person(first) == other


def test_caregivers_never_speak_of_the_patient_as_i():
    for visit in visits(40, 16, caregiver=True):
        assert visit.caregiver
        speakers = {turn.speaker for turn in visit.turns}
        assert "patient" not in speakers
