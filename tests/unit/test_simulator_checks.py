"""The independent checker, the edits it guards, shards, and the figures that compare corpora."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from medscribe_core.corpora.explore import COMPARED, differences, distinct, explore, nearest, overlap, terms_in
from medscribe_core.corpora.opening import ExploredVisit, kind_of, open_corpus
from medscribe_core.corpora.phi_screen import find_identifiers
from medscribe_core.errors import DataError
from medscribe_core.schema import NOTE_SECTIONS, PatientContext, Section, SoapNote
from medscribe_core.simulator import (
    EDIT_KINDS,
    draw_edit,
    excerpt,
    load_banks,
    load_scenarios,
    sample_visit,
    simulate_encounters,
)
from medscribe_core.simulator.agreement import clashes
from medscribe_core.simulator.banks import raw_banks
from medscribe_core.simulator.checker import check_visit, count_problems
from medscribe_core.simulator.color import MOST_REMARKS, aside, remark_at_examination, small_talk
from medscribe_core.simulator.content import scenario_content
from medscribe_core.simulator.conversation import Conversation
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.lay_terms import thing_with_article, with_article
from medscribe_core.simulator.note import write_note
from medscribe_core.simulator.note_checks import check_note
from medscribe_core.simulator.shards import write_shards
from medscribe_core.simulator.variation import vary


def record(number: int = 0) -> dict:
    return next(simulate_encounters(1, 3, "train", number))


# -- the checker ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("split", "count"), [("train", 150), ("validation", 30), ("test", 120)])
def test_visits_hold_no_contradiction(split, count):
    counts = count_problems(simulate_encounters(count, 71, split))
    assert counts == Counter(visits=count)


def broken(change) -> list[str]:
    """Problems of the first visit that ``change`` (which returns whether it applied) could spoil."""
    for number in range(60):
        visit = record(number)
        assert check_visit(visit) == []
        if change(visit):
            return check_visit(visit)
    pytest.fail("no visit to spoil")


def replace_in(visit: dict, section: str, old: str, new: str) -> bool:
    before = visit["note"][section]
    visit["note"][section] = re.sub(old, new, before, count=1)
    return visit["note"][section] != before


def test_a_wrong_number_is_found():
    assert any("347" in p for p in broken(lambda v: replace_in(v, "exam", r"HR \d+", "HR 347")))


def test_a_drug_that_nobody_named_is_found():
    found = broken(lambda v: replace_in(v, "plan", r"Start (?!over)[A-Za-z -]+?(?= \d)", "Start evolocumab"))
    assert any("evolocumab was never named" in p for p in found)


def test_an_invented_statement_is_found():
    found = broken(lambda v: replace_in(v, "ros", r"Positive for ", "Positive for night sweats of doom, "))
    assert any("no fact says" in p for p in found)


def test_a_symptom_both_present_and_denied_is_found():
    def spoil(visit):
        match = re.search(r"Negative for ([^,.]+)", visit["note"]["ros"])
        return bool(match) and replace_in(visit, "ros", "Positive for ", f"Positive for {match.group(1)}, ")

    assert any("both present and denied" in p for p in broken(spoil))


def test_a_swapped_side_is_found():
    def spoil(visit):
        for fact in visit["facts"]:
            if fact["values"].get("side") == "left" and fact["spans"]:
                fact["values"]["side"] = "right"
                return True
        return False

    assert any("another side" in p for p in broken(spoil))


def test_a_quote_that_is_not_verbatim_is_found():
    def spoil(visit):
        visit["evidence"][0]["quote"] += " never said"
        return True

    assert any("quote" in p for p in broken(spoil))


@pytest.mark.parametrize(
    ("sections", "named"),
    [
        ({"plan": "1. Stop lisinopril. 2. Continue lisinopril 20 mg daily."}, "both"),
        ({"plan": "1. Start amoxicillin 500 mg daily. 2. No antibiotics."}, "antibiotic"),
        ({"plan": "1. No imaging. 2. Order chest X-ray."}, "imaging"),
        ({"hpi": "Allergic to sulfa (rash).", "plan": "1. Start Bactrim 1 tablet daily."}, "allergic to sulfa"),
        (
            {
                "hpi": "Current medications include lisinopril 10 mg daily.",
                "plan": "1. Continue lisinopril 20 mg daily.",
            },
            "another dose",
        ),
        (
            {
                "hpi": "Current medications include lisinopril 10 mg daily.",
                "plan": "1. Increase lisinopril to 5 mg daily.",
            },
            "no increase",
        ),
        ({"exam": "General: no acute distress, ill appearing."}, "contradicts"),
        ({"assessment": "1. Gout, stable. 2. Gout, worsening."}, "twice"),
        ({"hpi": "Never smoker.", "plan": "1. Counseled on smoking cessation."}, "opposite"),
        ({"exam": "Vitals: BP 80/120."}, "diastolic"),
    ],
)
def test_contradictions_inside_a_note_are_found(sections, named):
    problems = check_note(SoapNote(**sections))
    assert len(problems) == 1 and named in problems[0]


# -- what visits may be ---------------------------------------------------------------------------------


def test_medications_take_no_article():
    assert with_article("ibuprofen") == "ibuprofen"
    assert thing_with_article("hydrocortisone cream") == "hydrocortisone cream"
    assert with_article("EKG") == "an EKG"


def test_allergy_rules_out_its_class():
    banks = load_banks("train")
    allergy = Fact("allergy", "allergy_reported", Section.HPI, "", {"substance": "penicillin"})
    start = lambda drug: Fact("plan", "plan_start", Section.PLAN, "", {"drug": drug})  # noqa: E731
    assert clashes(allergy, [start("amoxicillin")], banks) and clashes(allergy, [start("Augmentin")], banks)
    assert not clashes(allergy, [start("doxycycline")], banks)


def test_new_drugs_mostly_start_low():
    lowest = total = 0
    banks = load_banks("train")
    for seed in range(220):
        for fact in sample_visit(random.Random(seed), "train", coherent=True).facts:
            drug = banks.medications.get(fact.values.get("drug", ""))
            if fact.concept == "plan_start" and drug and fact.values["dose"] in drug.doses:
                total += 1
                lowest += fact.values["dose"] == drug.doses[0]
    assert total > 60 and lowest > 0.5 * total


def test_what_an_excerpt_tells_is_in_its_note():
    """No attribute or history whose words lie in the excerpt is missing from its facts."""
    for seed in range(150):
        visit, rng = sample_visit(random.Random(seed), "train"), random.Random(seed)
        part = excerpt(visit, rng)
        said = "\n".join(turn.text for turn in part.turns)
        kept = {fact.statement for fact in part.facts} | {
            f"for {fact.values['duration']}" for fact in part.facts if fact.concept == "duration"
        }
        for fact in visit.facts:
            if fact.kind in ("attribute", "history") and fact.evidence:
                turn, start, end = fact.evidence[0]
                words = visit.turns[turn].text[start:end]
                assert len(words.split()) < 6 or words not in said or fact.statement in kept


def test_variations_never_say_what_is_held_out():
    rng = random.Random(5)
    held = next(p for p in reversed(load_banks("test").patterns["plan_follow_up"].spoken) if len(p.split()) > 5)
    assert vary("I'll see you, okay", rng, "train", 1.0)
    for _ in range(20):
        assert vary(held, rng, "test", 0.3).count("{interval}") == held.count("{interval}")


SMALL_TALK = (
    "small_talk_patient", "small_talk_patient_clinic", "small_talk_patient_older", "small_talk_patient_younger",
    "patient_aside", "small_talk_doctor", "small_talk_doctor_clinic", "small_talk_reply",
)  # fmt: skip


def remarks_of_the_bank() -> list[str]:
    rows = {row["concept"]: row["spoken"] for row in raw_banks() if row["bank"] == "glue"}
    pairs = [text for pair in rows["small_talk_pair"] + rows["small_talk_pair_clinic"] for text in pair]
    return [text for concept in SMALL_TALK for text in rows[concept]] + pairs


def test_remarks_are_many_different_and_say_nothing_of_health_or_identity():
    remarks = remarks_of_the_bank()
    assert len(remarks) >= 900 and len({text.lower() for text in remarks}) == len(remarks)
    drugs = {row["generic"].lower() for row in raw_banks() if row["bank"] == "medication"}
    for text in remarks:
        assert not find_identifiers(text[0].upper() + text[1:]), text
        assert not list(terms_in(text)) and not drugs & set(text.lower().split()), text
        assert "{" not in text and not text.endswith("."), text


def conversations(count: int) -> Iterator[Conversation]:
    banks = load_banks("train")
    for seed in range(count):
        rng = random.Random(seed)
        content = scenario_content(rng.choice(load_scenarios()), banks, rng, caregiver=False)
        talk = Conversation(content, banks, rng, mess=1.0)
        for _ in range(12):
            rng.choice((small_talk, aside, remark_at_examination))(talk)
        yield talk


def test_no_remark_is_made_twice_or_too_often():
    made = []
    for talk in conversations(60):
        texts = [str(remark) for remark in talk.remarks]
        assert len(set(texts)) == len(texts) <= MOST_REMARKS
        made += texts
    assert len(set(made)) > 100


def test_what_is_seen_in_the_clinic_is_not_spoken_of_at_a_distance():
    banks = load_banks("train")
    clinic = {str(said) for said in banks.glue["small_talk_patient_clinic"] + banks.glue["small_talk_pair_clinic"]}
    near = far = 0
    for talk in conversations(150):
        seen = sum(str(remark) in clinic for remark in talk.remarks)
        near, far = (near + seen, far) if talk.content.examined else (near, far + seen)
    assert near > 0 and far == 0


# -- edits ----------------------------------------------------------------------------------------------


def test_every_kind_of_edit_occurs_and_is_minimal():
    kinds, empty = Counter(), 0
    for visit in simulate_encounters(320, 17, "train"):
        note, edit = SoapNote(**visit["note"]), visit["edit"]
        kinds[edit["kind"]] += 1
        empty += not edit["expected"]
        named = [edit["section"], *edit["expected"], *edit["unchanged"]]
        assert sorted(named) == sorted(s.value for s in NOTE_SECTIONS)
        assert edit["new_content"] != note[Section(edit["section"])]
        assert all(text != note[Section(name)] for name, text in edit["expected"].items())
        after = note.model_copy(update={edit["section"]: edit["new_content"], **edit["expected"]})
        assert all(after[Section(name)] == note[Section(name)] for name in edit["unchanged"])
        assert check_note(after) == []
    assert empty < 0.3 * 320
    assert set(kinds) >= set(EDIT_KINDS) - {"smoking", "severity"}


@pytest.mark.parametrize("kind", EDIT_KINDS)
def test_a_kind_of_edit_can_be_asked_for(kind):
    for seed in range(600):
        visit = sample_visit(random.Random(seed), "train")
        try:
            edit = draw_edit(visit.facts, visit.patient_context, "train", random.Random(seed), kind)
        except ValueError:
            continue
        assert edit["kind"] == kind
        assert edit["new_content"] != write_note(visit.facts, visit.patient_context)[Section(edit["section"])]
        return
    pytest.fail(f"no visit allows {kind}")


def test_a_note_without_facts_has_no_edit():
    with pytest.raises(ValueError, match="without facts"):
        draw_edit([], PatientContext(), "train", random.Random(1))


# -- shards ---------------------------------------------------------------------------------------------


def test_shards_do_not_depend_on_the_workers(tmp_path):
    one = write_shards(tmp_path / "one", 9, 4, "train", shards=2)
    two = write_shards(tmp_path / "two", 9, 4, "train", shards=2, workers=2)
    assert one == two == json.loads((tmp_path / "one" / "manifest.json").read_text())
    lines = []
    for entry in one["shards"]:
        data = (tmp_path / "one" / entry["file"]).read_bytes()
        assert data == (tmp_path / "two" / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"] and len(data) == entry["bytes"]
        lines += data.decode().splitlines()
    assert [json.loads(line) for line in lines] == json.loads(json.dumps(list(simulate_encounters(9, 4, "train"))))


def test_shards_refuse_what_cannot_be(tmp_path):
    with pytest.raises(DataError, match="cannot be cut"):
        write_shards(tmp_path, 2, 0, "train", shards=3)
    write_shards(tmp_path, 2, 0, "train", shards=1)
    with pytest.raises(DataError, match="another run"):
        write_shards(tmp_path, 2, 0, "train", shards=2)


# -- figures --------------------------------------------------------------------------------------------


def visit(name: str, transcript: str, **sections: str) -> ExploredVisit:
    return ExploredVisit(name, transcript, {Section(key): text for key, text in sections.items()})


def test_figures_of_a_small_corpus():
    talk = "Doctor: How long?\nPatient: Four days of cough."
    first = visit("a", talk, hpi="Cough for 4 days.", plan="1. Rest.")
    result = explore({"one": [first], "two": [first, visit("b", "Doctor: No.\nPatient: Hypertension, I hear.")]})
    one = result["corpora"]["one"]
    assert result["tokens"] == 6
    assert one["turn_words"] == 3 and one["turns_with_number"] == 0.5
    assert one["sections_missing"]["ros"] == 1 and one["sections_missing"]["plan"] == 0
    assert one["section_orders"] == {"hpi plan": 1}
    assert one["nearest_neighbor"] is None and one["note_words"]["p50"] == 6
    assert set(differences(result, "one")["two"]) == set(COMPARED)


def test_distinct_overlap_neighbors_and_terms():
    assert distinct(["a", "b", "a", "b"], 2) == pytest.approx(2 / 3)
    assert overlap(visit("a", "the cough", hpi="cough, fever")) == 0.5
    assert nearest(["a b c d e", "a b c d e", "v w x y z"], random.Random(0)).count(1.0) == 2
    assert list(terms_in("Type 2 diabetes mellitus and lisinopril")) == ["type 2 diabetes mellitus", "lisinopril"]


def test_corpora_are_told_apart_by_their_first_line(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps(record()) + "\n")
    (tmp_path / "b.jsonl").write_text('{"id": "x", "category": "r", "dialogue": "D: hi\\nP: hello"}\n')
    (tmp_path / "c.csv").write_text("colour,shape\nred,round\n")
    assert [kind_of(tmp_path / name).value for name in ("a.jsonl", "b.jsonl")] == ["authored", "osce"]
    assert next(open_corpus(tmp_path / "a.jsonl")).transcript == record()["transcript"]
    with pytest.raises(DataError, match="columns of no corpus"):
        kind_of(tmp_path / "c.csv")
