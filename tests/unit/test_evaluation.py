"""What counts as a fact, when two facts say the same, and what the figures do with it."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medscribe_core.corpora import read_authored
from medscribe_core.errors import DataError, InputError
from medscribe_core.evaluation.baselines import NearestNote, copy_transcript
from medscribe_core.evaluation.bootstrap import interval
from medscribe_core.evaluation.facts import NoteFact, extract_facts, section_facts
from medscribe_core.evaluation.matching import contradicts, match_facts
from medscribe_core.evaluation.metrics import aggregate, repetition_rate, score_note
from medscribe_core.evaluation.rouge import compute_rouge_l
from medscribe_core.evaluation.section_f1 import macro_f1, section_counts, section_of_form
from medscribe_core.evaluation.splitting import sentences
from medscribe_core.evaluation.suite import evaluate
from medscribe_core.evaluation.wording import read_wording
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote

NOTE = SoapNote(
    hpi=(
        "58-year-old woman presents for follow-up of type 2 diabetes. She checks glucose twice daily at 7 a.m. "
        "Tingling in both feet began 3 weeks ago; no foot sores. Current medications include metformin 500 mg twice "
        "daily, taken with food, and lisinopril 10 mg daily. History of gout and migraine. No known drug allergies."
    ),
    ros="Positive for polyuria, foot paresthesias. Negative for chest pain, feelings of worthlessness or guilt, fever.",
    exam=(
        "Vitals: BP 152/94, HR 76, weight 218 lb. Cardiovascular: regular rhythm, no murmurs. "
        "Skin: dry, scaly erythematous patches in the antecubital fossae. Results: HbA1c 9.1% (8.2% in May), "
        "creatinine 1.1 mg/dL. PHQ-9 14, down from 21."
    ),
    assessment="1. Type 2 diabetes, not at goal, due to missed doses. 2. Diabetic neuropathy, new. 3. Migraine.",
    plan="1. Increase metformin to 1000 mg twice daily. 2. BMP in 2 weeks. 3. Follow up in 4 weeks.",
)


def texts(section, kind=None):
    return [f.text for f in section_facts(section, NOTE[section]) if kind in (None, f.kind)]


def test_hpi_facts_are_sentences_and_the_items_of_medication_and_history_lists():
    assert texts(Section.HPI) == [
        "58-year-old woman",
        "type 2 diabetes",
        "She checks glucose twice daily at 7 a.m.",
        "Tingling in both feet began 3 weeks ago",
        "no foot sores.",
        "metformin 500 mg twice daily, taken with food",
        "lisinopril 10 mg daily",
        "gout",
        "migraine",
        "No known drug allergies.",
    ]


@pytest.mark.parametrize(
    ("opening", "facts"),
    [
        (
            "34-year-old woman presents with rhinorrhea, sore throat, and cough for 4 days.",
            ["34-year-old woman", "rhinorrhea", "sore throat", "cough", "for 4 days"],
        ),
        (
            "Patient presents with knee pain since May and for follow-up of hypertension and gout.",
            ["knee pain", "hypertension", "gout", "since May"],
        ),
        ("9-year-old boy presents for a school physical.", ["9-year-old boy", "a school physical"]),
        ("71-year-old man presents with chest pain with exertion.", ["71-year-old man", "chest pain with exertion"]),
    ],
)
def test_the_opening_sentence_states_who_why_and_since_when(opening, facts):
    assert [fact.text for fact in section_facts(Section.HPI, opening)] == facts


def test_ros_items_carry_their_polarity_and_known_phrases_stay_whole():
    assert [(f.text, f.polarity) for f in section_facts(Section.ROS, NOTE.ros)] == [
        ("polyuria", "positive"),
        ("foot paresthesias", "positive"),
        ("chest pain", "negative"),
        ("feelings of worthlessness or guilt", "negative"),
        ("fever", "negative"),
    ]


@pytest.mark.parametrize("text", ["Negative for fever, chills, or cough.", "Negative for fever, chills or cough."])
def test_a_conjunction_before_the_last_item_is_no_part_of_it(text):
    assert [f.text for f in section_facts(Section.ROS, text)] == ["fever", "chills", "cough"]


def test_exam_facts_are_vitals_findings_and_results():
    assert texts(Section.EXAM, "vital") == ["BP 152/94", "HR 76", "weight 218 lb"]
    assert [(f.system, f.text) for f in section_facts(Section.EXAM, NOTE.exam) if f.kind == "finding"] == [
        ("Cardiovascular", "regular rhythm"),
        ("Cardiovascular", "no murmurs"),
        ("Skin", "dry, scaly erythematous patches in the antecubital fossae"),
    ]
    assert texts(Section.EXAM, "result") == [
        "HbA1c 9.1% (8.2% in May)",
        "creatinine 1.1 mg/dL",
        "PHQ-9 14, down from 21",
    ]


def test_a_problem_has_a_status_and_its_cause_is_a_fact_of_its_own():
    facts = section_facts(Section.ASSESSMENT, NOTE.assessment)
    assert [(f.kind, f.core, f.status) for f in facts] == [
        ("diagnosis", "Type 2 diabetes", "not at goal"),
        ("cause", "missed doses", ""),
        ("diagnosis", "Diabetic neuropathy", "new"),
        ("diagnosis", "Migraine", ""),
    ]


def test_a_known_name_with_a_comma_or_a_cause_is_one_problem():
    text = "1. Chronic kidney disease, stage 3, stable. 2. Allergic contact dermatitis due to plants, improving."
    assert [(f.core, f.status) for f in section_facts(Section.ASSESSMENT, text)] == [
        ("Chronic kidney disease, stage 3", "stable"),
        ("Allergic contact dermatitis due to plants", "improving"),
    ]


def test_plan_items_know_their_kind_of_action():
    facts = section_facts(Section.PLAN, NOTE.plan)
    assert [(f.text, f.action) for f in facts] == [
        ("Increase metformin to 1000 mg twice daily", "increase"),
        ("BMP in 2 weeks", ""),
        ("Follow up in 4 weeks", "follow"),
    ]


def test_every_fact_stands_verbatim_in_its_section():
    assert all(fact.text in NOTE[fact.section] for fact in extract_facts(NOTE))


def test_silence_is_no_fact():
    assert extract_facts(SoapNote(hpi="Not discussed.", exam="Not performed.", plan=" ")) == []


def test_sentences_keep_abbreviations_and_decimals_whole():
    text = "Seen by Dr. Lee at 2 p.m. Temp was 101.2 F. H. pylori test is pending."
    assert sentences(text) == ["Seen by Dr. Lee at 2 p.m.", "Temp was 101.2 F.", "H. pylori test is pending."]


def test_wording_reads_numbers_with_units_drugs_sides_and_negations():
    wording = read_wording("Zestril 20 mg twice daily for left knee pain, no swelling or fever; SpO2 and HbA1c normal")
    assert dict(wording.quantities) == {("20", "mg"): 1, ("2", "time"): 1}
    assert wording.drugs == {"lisinopril"}
    assert wording.sides == {"left"}
    assert wording.negated == {"swelling", "fever"}


@pytest.mark.parametrize(
    ("section", "one", "other"),
    [
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start Zestril 10 mg once daily."),
        (Section.PLAN, "1. Order BMP in 2 weeks.", "1. BMP in 2 weeks."),
        (Section.HPI, "Symptoms began 4 days ago.", "Symptoms started 4 days ago."),
        (
            Section.HPI,
            "She takes metformin 500 mg twice daily.",
            "Current medications: metformin 500 mg 2 times daily.",
        ),
        (Section.EXAM, "Lungs: no wheeze.", "Lungs: no wheezes."),
        (Section.EXAM, "Results: HbA1c 9.10%.", "Results: HbA1c 9.1."),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. hypertension, stable."),
    ],
)
def test_the_same_fact_in_other_words_matches(section, one, other):
    match = match_facts(section_facts(section, one), section_facts(section, other))
    assert len(match.pairs) == 1
    assert not match.missed and not match.unsupported


@pytest.mark.parametrize(
    ("section", "reference", "predicted"),
    [
        (Section.EXAM, "Vitals: BP 152/94.", "Vitals: BP 125/94."),
        (Section.EXAM, "Lungs: wheezes.", "Lungs: no wheezes."),
        (Section.EXAM, "Results: rapid strep negative.", "Results: rapid strep positive."),
        (Section.EXAM, "Musculoskeletal: left knee effusion.", "Musculoskeletal: right knee effusion."),
        (Section.ROS, "Negative for fever.", "Positive for fever."),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. Hypertension, not at goal."),
        (Section.PLAN, "1. Continue lisinopril 10 mg daily.", "1. Stop lisinopril 10 mg daily."),
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start enalapril 10 mg daily."),
        (Section.PLAN, "1. Start metformin 500 mg daily.", "1. Start metformin 500 mg twice daily."),
        (Section.PLAN, "1. Follow up in 4 weeks.", "1. Follow up in 4 months."),
        (Section.HPI, "Tried ibuprofen with relief.", "Tried ibuprofen without relief."),
        (Section.HPI, "Tried ibuprofen with relief.", "Tried ibuprofen with partial relief."),
    ],
)
def test_a_changed_number_drug_side_polarity_status_or_action_contradicts(section, reference, predicted):
    match = match_facts(section_facts(section, reference), section_facts(section, predicted))
    assert match.pairs == ()
    assert match.contradicted == match.unsupported == (0,)


@pytest.mark.parametrize("who", ["41-year-old man", "40-year-old woman"])
def test_another_age_or_sex_contradicts_but_the_complaint_still_matches(who):
    reference = section_facts(Section.HPI, "40-year-old man presents with cough.")
    match = match_facts(reference, section_facts(Section.HPI, f"{who} presents with cough."))
    assert match.pairs == ((1, 1),)
    assert match.contradicted == (0,)


@pytest.mark.parametrize(
    ("section", "reference", "predicted"),
    [
        (Section.HPI, "Patient presents with cough.", "Patient presents with rash."),
        (Section.HPI, "Symptoms are constant.", "Severity is mild."),
        (Section.EXAM, "Neck: supple.", "Abdomen: supple."),
        (Section.EXAM, "Vitals: HR 80.", "Vitals: RR 80."),
        (Section.PLAN, "1. Start lisinopril 10 mg daily.", "1. Start metformin 500 mg twice daily."),
        (Section.PLAN, "1. Continue lisinopril 10 mg daily.", "1. Continue lisinopril."),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. Hypertension."),
        (Section.ASSESSMENT, "1. Hypertension, stable.", "1. Hypertension, well controlled."),
        (Section.ASSESSMENT, "1. Cellulitis, left leg.", "1. Cellulitis, leg."),
    ],
)
def test_another_or_a_vaguer_statement_is_unsupported_but_contradicts_nothing(section, reference, predicted):
    match = match_facts(section_facts(section, reference), section_facts(section, predicted))
    assert match.pairs == match.contradicted == ()
    assert match.unsupported == (0,)


def test_a_fact_said_twice_matches_once():
    once, twice = (
        section_facts(Section.ROS, "Positive for fever."),
        section_facts(Section.ROS, "Positive for fever, fever."),
    )
    match = match_facts(once, twice)
    assert match.pairs == ((0, 0),)
    assert match.unsupported == (1,)


def test_the_closest_pair_is_matched_first():
    gold = section_facts(
        Section.PLAN, "1. Refer to physical therapy for knee. 2. Refer to physical therapy for knee pain."
    )
    guess = section_facts(Section.PLAN, "1. Refer to physical therapy for knee pain.")
    assert match_facts(gold, guess).pairs == ((1, 0),)


vocabulary = ["fever", "cough", "left", "5", "10", "mg", "lisinopril", "no", "daily", "rash", "severe", "knee"]
words = st.lists(st.sampled_from(vocabulary), min_size=1)


@given(words, words)
def test_a_fact_matches_itself_and_contradiction_needs_a_difference(a, b):
    one, other = (NoteFact(Section.HPI, "history", " ".join(w), " ".join(w)) for w in (a, b))
    assert match_facts([one], [one]).pairs == ((0, 0),)
    assert not contradicts(one, one)
    match = match_facts([one], [other])
    assert len(match.pairs) + len(match.unsupported) == 1


def test_a_note_scores_full_marks_against_itself():
    scores = score_note(NOTE, NOTE)
    assert scores.captured == scores.reference_facts == scores.predicted_facts > 20
    assert scores.unsupported == scores.contradicted == scores.special_symbols == scores.empty_sections == 0
    assert macro_f1(scores.section_counts) == scores.rouge_l == scores.length_ratio == 1.0


def test_an_empty_note_scores_nothing():
    scores = score_note(NOTE, SoapNote())
    assert (scores.captured, scores.predicted_facts, scores.empty_sections) == (0, 0, 5)
    assert macro_f1(scores.section_counts) == scores.rouge_l == 0.0


def test_a_plan_item_in_the_hpi_costs_section_f1_in_both():
    moved = NOTE.model_copy(
        update={"hpi": f"{NOTE.hpi} Increase metformin to 1000 mg twice daily.", "plan": "1. BMP in 2 weeks."}
    )
    counts = section_counts(NOTE, moved)
    assert counts[Section.HPI.index].tolist() == [6, 1, 0]
    assert counts[Section.PLAN.index].tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("statement", "numbered", "section"),
    [
        ("Vitals: HR 80.", False, Section.EXAM),
        ("Lungs: clear bilaterally.", False, Section.EXAM),
        ("Positive for rash.", False, Section.ROS),
        ("Start amoxicillin 500 mg three times daily.", False, Section.PLAN),
        ("Removed 4 sutures.", True, Section.PLAN),
        ("Hypertension, not at goal.", False, Section.ASSESSMENT),
        ("Cellulitis of the left leg.", True, Section.ASSESSMENT),
        ("Ankle edema, due to amlodipine.", True, Section.ASSESSMENT),
        ("She works as a baker.", False, Section.HPI),
        ("Doctor: so what brings you in today?", False, Section.OTHER),
        ("I've been coughing.", False, Section.OTHER),
        ("...", False, Section.OTHER),
    ],
)
def test_a_statement_that_matches_nothing_belongs_where_its_form_belongs(statement, numbered, section):
    assert section_of_form(statement, numbered) is section


@pytest.mark.parametrize("debris", ["[MASK]", "[PAD]", "<unk>", "<0x0A>", "\u2581fever", "\u2047"])
def test_special_symbols_in_a_note_are_counted(debris):
    assert score_note(NOTE, SoapNote(hpi=f"Cough {debris} for 2 days.")).special_symbols == 1


def test_repetition_is_the_share_of_word_4_grams_seen_before():
    assert repetition_rate(list("abcdabcd")) == pytest.approx(1 / 5)
    assert repetition_rate(list("abc")) == 0.0


def test_rouge_ignores_order_of_sentences_in_rouge_l_sum_only():
    swapped = SoapNote(hpi="Cough for 2 days. Fever since Monday.")
    reference = SoapNote(hpi="Fever since Monday. Cough for 2 days.")
    scores = compute_rouge_l(swapped, reference)
    assert scores["rougeLsum"] == pytest.approx(1.0)
    assert scores["rougeL"] == pytest.approx(4 / 7)


def test_intervals_hold_the_value_and_are_the_same_for_the_same_seed():
    values = np.array([[1.0, 2.0], [0.0, 2.0], [2.0, 2.0], [1.0, 2.0]])

    def ratio(means):
        return means[:, 0] / means[:, 1]

    low, high = interval(values, ratio, seed=1)
    assert low < 0.5 < high
    assert (low, high) == interval(values, ratio, seed=1)
    assert interval(values[:1], ratio, seed=1) == (0.5, 0.5)


def test_facts_are_pooled_over_notes():
    short = SoapNote(ros="Positive for fever.")
    figures = aggregate([score_note(NOTE, NOTE), score_note(short, SoapNote(ros="Positive for rash, cough."))], seed=0)
    facts = len(extract_facts(NOTE))
    assert figures["facts_captured"]["value"] == pytest.approx(facts / (facts + 1), abs=1e-4)
    assert figures["unsupported_share"]["value"] == pytest.approx(2 / (facts + 2), abs=1e-4)
    assert figures["empty_sections"] == 4


@pytest.fixture
def visits(tmp_path):
    """A file of three visits with the same style of note."""
    path = tmp_path / "visits.jsonl"
    complaints = {"a": "cough", "b": "knee pain", "c": "burning urination"}
    lines = []
    for name, complaint in complaints.items():
        note = {section.value: section.empty_text for section in NOTE_SECTIONS}
        note["hpi"] = f"Patient presents with {complaint}."
        transcript = f"Doctor: What is wrong?\nPatient: It's my {complaint}."
        lines.append({"id": name, "transcript": transcript, "patient_context": {"age": 40}, "note": note})
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_the_suite_counts_a_failed_visit_as_an_empty_note(visits):
    notes = {visit.id: visit.note for visit in read_authored(visits)}

    def generate(encounter, **settings):
        if encounter.encounter_id == "b":
            raise InputError("The transcript is too short.")
        return SimpleNamespace(note=notes[encounter.encounter_id], timings={"total": 10.0}, steps=4)

    done = []
    engine = SimpleNamespace(generate=generate, weights_id="abc")
    result = evaluate(engine, visits, progress=lambda n, total: done.append((n, total))).as_json()
    assert result["failures"] == {"b": "The transcript is too short."}
    assert result["aggregate"]["facts_captured"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert result["latency_ms"] == {"total": {"mean": 10.0, "p50": 10.0, "p99": 10.0}}
    assert result["settings"]["weights"] == "abc"
    assert [encounter["id"] for encounter in result["encounters"]] == ["a", "b", "c"]
    assert done == [(1, 3), (2, 3), (3, 3)]
    assert "Patient presents" not in json.dumps(result)


def test_the_baselines_copy_the_transcript_and_take_the_nearest_training_note(visits):
    training = list(read_authored(visits))
    nearest = NearestNote(training)
    assert [nearest(visit.encounter) for visit in training] == [visit.note for visit in training]
    copied = copy_transcript(training[0].encounter)
    assert copied.hpi == "Doctor: What is wrong? Patient: It's my cough."
    assert score_note(training[0].note, copied).captured == 0
    with pytest.raises(DataError):
        NearestNote([])


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{", "line 2"),
        ('{"id": "x"}', "patient_context"),
        ('{"id": "a", "transcript": "t", "patient_context": {}, "note": {}}', "twice"),
        ('{"id": "x", "transcript": "t", "patient_context": {"age": 900}, "note": {}}', "patient_context.age"),
        ('{"id": "x", "transcript": "t", "patient_context": {}, "note": {"soap": ""}}', "note.soap"),
    ],
)
def test_a_line_in_a_wrong_format_is_named(tmp_path, line, named):
    path = tmp_path / "visits.jsonl"
    path.write_text('{"id": "a", "transcript": "t", "patient_context": null, "note": {}}\n' + line)
    with pytest.raises(DataError, match=named):
        list(read_authored(path))


def test_extracted_facts_are_those_that_the_simulator_put_in():
    """Precision and recall of the extractor against 50 simulated notes whose facts are known by construction."""
    from medscribe_core.simulator import simulate_encounters

    found = stated = extracted = 0
    for visit in simulate_encounters(50, 7, "validation"):
        truth = {(fact["section"], normal(fact["statement"])) for fact in visit["facts"]}
        # Age and sex come from the chart; the simulator lists only what was said.
        facts = {
            (fact.section.value, normal(fact.text))
            for fact in extract_facts(SoapNote(**visit["note"]))
            if fact.kind != "demographics"
        }
        found += len(truth & facts)
        stated += len(truth)
        extracted += len(facts)
    print(f"extractor against the simulator: precision {found / extracted:.3f}, recall {found / stated:.3f}")
    assert found / extracted >= 0.9
    assert found / stated >= 0.9


def normal(statement):
    return " ".join(statement.lower().removeprefix("history of ").rstrip(".").split())


def test_a_medication_list_that_repeats_itself_is_read():
    text = "Current medications include daily, aspirin daily, taken daily and daily, aspirin daily and daily."
    assert [fact.kind for fact in section_facts(Section.HPI, text)]
    repeated = (
        "Current medications include lisinopril 10 mg daily, taken daily, and lisinopril 10 mg daily, taken daily."
    )
    stated = [fact.text for fact in section_facts(Section.HPI, repeated) if fact.kind == "medication"]
    assert stated == ["lisinopril 10 mg daily, taken daily"] * 2
