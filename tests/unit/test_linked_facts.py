"""Linked facts: what follows from an edit for the statements about the same thing, and for no other ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.editing.linked import linked_changes
from medscribe_core.editing.linked.words import intakes, is_given_for, next_dose, stems, with_items
from medscribe_core.editing.propagation import apply_changes, check_edit
from medscribe_core.editing.revision import Locks
from medscribe_core.facts.statements import statements
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote
from tests.unit.test_revision import joined, spans_of, stand_in_order

NOTE = SoapNote(
    hpi="58-year-old woman presents with left knee pain and cough for 3 weeks and for follow-up of hypertension. "
    "Current medications include lisinopril 10 mg daily, metformin 500 mg twice daily, and aspirin 81 mg daily. "
    "No known drug allergies. Current smoker, 10 cigarettes per day.",
    ros="Positive for fatigue. Negative for fever, chest pain.",
    exam="Vitals: BP 152/94, HR 76. Musculoskeletal: left knee tenderness. Results: HbA1c 6.8%.",
    assessment="1. Left knee osteoarthritis, worsening. 2. Hypertension, not at goal. 3. Type 2 diabetes mellitus.",
    plan="1. Increase lisinopril to 20 mg daily. 2. Continue metformin 500 mg twice daily. 3. Start ibuprofen 400 mg "
    "every 8 hours. 4. Order left knee X-ray. 5. Counseled on smoking cessation. 6. Follow up in 4 weeks.",
)


def carried(section, old, new, note=NOTE, **options):
    """The note that follows when ``old`` becomes ``new`` in a section, without the edited section."""
    text = note[Section(section)]
    assert old in text
    edit = check_edit(note, section, text.replace(old, new), **options)
    sections = apply_changes(edit, linked_changes(edit)).sections()
    return {s.value: sections[s] for s in NOTE_SECTIONS if s is not edit.section and sections[s] != note[s]}


@pytest.mark.parametrize(
    ("section", "old", "new", "expected"),
    [
        ("hpi", "pain and cough", "pain, cough, and fever", {"ros": "Positive for fatigue. Negative for chest pain."}),
        ("ros", "Negative for fever", "Negative for cough, fever", {"hpi": NOTE.hpi.replace("pain and cough", "pain")}),
        (
            "hpi",
            "metformin 500 mg twice daily, and",
            "metformin 1000 mg twice daily, and",
            {"plan": NOTE.plan.replace("Continue metformin 500", "Continue metformin 1000")},
        ),
        (
            "plan",
            "metformin 500 mg",
            "metformin 850 mg",
            {"hpi": NOTE.hpi.replace("metformin 500", "metformin 850")},
        ),
        (
            "hpi",
            "metformin 500 mg twice daily, and",
            "glipizide 5 mg daily, and",
            {"plan": NOTE.plan.replace("metformin 500 mg twice daily", "glipizide 5 mg daily")},
        ),
        (
            "plan",
            "Continue metformin 500 mg twice daily",
            "Continue glipizide 5 mg daily",
            {"hpi": NOTE.hpi.replace("metformin 500 mg twice daily", "glipizide 5 mg daily")},
        ),
        (
            "assessment",
            "not at goal",
            "well controlled",
            {"plan": NOTE.plan.replace("Increase lisinopril to 20", "Continue lisinopril 10")},
        ),
        (
            "hpi",
            "follow-up of hypertension",
            "follow-up of osteoporosis",
            {"assessment": NOTE.assessment.replace("Hypertension", "Osteoporosis")},
        ),
        (
            "assessment",
            "2. Hypertension",
            "2. Osteoporosis",
            {"hpi": NOTE.hpi.replace("of hypertension", "of osteoporosis")},
        ),
        (
            "assessment",
            "Left",
            "Right",
            {
                "hpi": NOTE.hpi.replace("left", "right"),
                "exam": NOTE.exam.replace("left", "right"),
                "plan": NOTE.plan.replace("left", "right"),
            },
        ),
        (
            "exam",
            "BP 152/94",
            "BP 118/74",
            {"assessment": NOTE.assessment.replace("not at goal", "well controlled")},
        ),
        ("exam", "BP 152/94", "BP 132/94", {}),
        ("exam", "BP 152/94", "BP 78/40", {}),
        ("plan", "in 4 weeks", "in 6 weeks", {}),
        ("hpi", "10 cigarettes", "15 cigarettes", {}),
    ],
)
def test_the_statements_about_the_changed_fact_follow(section, old, new, expected):
    assert carried(section, old, new) == expected


def test_a_drug_that_is_not_taken_is_not_continued_and_numbers_are_renewed():
    found = carried("hpi", "metformin 500 mg twice daily, and ", "and ")
    assert found == {
        "plan": "1. Increase lisinopril to 20 mg daily. 2. Start ibuprofen 400 mg every 8 hours. 3. Order left knee "
        "X-ray. 4. Counseled on smoking cessation. 5. Follow up in 4 weeks."
    }


def test_nothing_is_given_that_a_new_allergy_rules_out():
    found = carried("hpi", "No known drug allergies", "Allergic to aspirin (hives)")
    assert "ibuprofen" not in found["plan"] and list(found) == ["plan"]


def test_an_allergy_that_is_the_reason_of_a_treatment_stands_in_the_history():
    found = carried("plan", "every 8 hours", "every 8 hours because of aspirin allergy")
    assert found == {"hpi": NOTE.hpi.replace("No known drug allergies", "Allergy to aspirin")}


def test_advice_on_what_is_denied_goes():
    found = carried("hpi", "Current smoker, 10 cigarettes per day", "Never smoker")
    assert "smoking" not in found["plan"] and "5. Follow up" in found["plan"]


def test_a_problem_that_is_struck_out_needs_neither_drug_nor_test():
    found = carried("assessment", " 2. Hypertension, not at goal. 3. Type 2", " 2. Type 2")
    assert "lisinopril" not in found["plan"] and "1. Continue metformin" in found["plan"]
    assert list(found) == ["plan"]


@pytest.mark.parametrize(
    ("directive", "gone", "written"),
    [
        ("lisinopril to be increased to 40 mg daily", "to 20 mg", "1. Increase lisinopril to 40 mg daily."),
        ("to be treated with amlodipine 5 mg daily", "", "6. Start amlodipine 5 mg daily. 7. Follow up"),
        (
            "to be treated with losartan 50 mg daily in place of lisinopril",
            "Increase lisinopril",
            "1. Start losartan 50 mg daily.",
        ),
        ("lisinopril to be stopped", "Increase lisinopril", "1. Stop lisinopril."),
        ("ibuprofen to be avoided", "ibuprofen", "3. Order left knee X-ray."),
        ("left knee X-ray not needed", "X-ray", "4. Counseled on"),
        ("to be evaluated with renal ultrasound", "", "6. Order renal ultrasound. 7. Follow up"),
    ],
)
def test_directives_of_the_assessment_are_followed_in_the_plan(directive, gone, written):
    plan = carried("assessment", "not at goal", f"not at goal, {directive}")["plan"]
    assert written in plan
    assert not gone or gone not in plan


def test_a_home_drug_that_is_replaced_is_stopped_and_the_new_one_started():
    found = carried("assessment", "mellitus", "mellitus, to be treated with glipizide 5 mg daily in place of metformin")
    assert "2. Start glipizide 5 mg daily." in found["plan"]
    assert "6. Stop metformin. 7. Follow up" in found["plan"]


@pytest.mark.parametrize(
    ("before", "after", "gone", "written"),
    [
        ("1. Anemia, new.", "1. Anemia, new, X-ray needed.", "", "Order X-ray."),
        ("1. Viral bronchitis.", "1. Bronchitis, to be treated with doxycycline 100 mg daily.", "No antibiotics",
         "1. Start doxycycline 100 mg daily."),
        ("1. Sinusitis.", "1. Sinusitis, to be treated with azithromycin 500 mg daily.", "amoxicillin",
         "2. Start azithromycin 500 mg daily."),
    ],
)  # fmt: skip
def test_an_order_takes_the_place_of_what_it_contradicts(before, after, gone, written):
    plan = "1. No antibiotics. 2. Start amoxicillin 500 mg daily. 3. Follow up in 2 weeks."
    if "bronchitis" in before:
        plan = "1. No antibiotics. 2. Follow up in 2 weeks."
    note = NOTE.model_copy(update={"assessment": before, "plan": plan})
    found = carried("assessment", before, after, note)["plan"]
    assert written in found
    assert not gone or gone not in found


def test_a_drug_that_goes_up_instead_of_on_was_not_enough_and_the_home_dose_stays():
    assessment = "1. Hypertension, well controlled."
    plan = "1. Continue lisinopril 10 mg daily. 2. Follow up in 4 weeks."
    note = NOTE.model_copy(update={"assessment": assessment, "plan": plan})
    found = carried("plan", "Continue lisinopril 10", "Increase lisinopril to 20", note)
    assert found == {"assessment": "1. Hypertension, not at goal."}


def test_a_problem_that_was_an_abnormal_value_is_none_when_the_value_is_normal():
    note = NOTE.model_copy(update={"assessment": "1. Prediabetes, new. 2. Hypertension, stable."})
    note = note.model_copy(update={"exam": "Results: HbA1c 6.1%."})
    assert carried("exam", "6.1", "5.3", note) == {"assessment": "1. Hypertension, stable."}


def test_a_drug_that_is_to_blame_no_longer_goes_on():
    note = NOTE.model_copy(
        update={"assessment": "1. Cough, due to lisinopril.", "plan": "1. Stop lisinopril. 2. Follow up in 2 weeks."}
    )
    found = carried("assessment", "lisinopril", "reflux", note)
    assert found == {"plan": "1. Continue lisinopril 10 mg daily. 2. Follow up in 2 weeks."}


def test_a_symptom_that_is_told_now_and_was_denied_moves_and_makes_the_list_that_was_missing():
    note = NOTE.model_copy(update={"ros": "Negative for vomiting."})
    told = carried("hpi", "Current smoker", "She vomited twice yesterday. Current smoker", note)
    assert told == {"ros": "Positive for vomiting."}
    note = NOTE.model_copy(update={"hpi": NOTE.hpi + " She has nausea.", "ros": "Positive for nausea, fatigue."})
    denied = carried("hpi", "She has nausea", "She has no nausea", note)
    assert denied == {"ros": "Positive for fatigue. Negative for nausea."}


def test_an_empty_list_leaves_no_sentence_and_an_empty_section_its_text():
    for ros, left in (
        ("Positive for fatigue. Negative for fever.", "Positive for fatigue."),
        ("Negative for fever.", "Not discussed."),
    ):
        note = NOTE.model_copy(update={"ros": ros})
        assert carried("hpi", "pain and cough", "pain, cough, and fever", note) == {"ros": left}


def test_the_only_complaint_stays():
    note = NOTE.model_copy(update={"hpi": "Patient presents with cough for 3 weeks."})
    assert carried("ros", "Negative for", "Negative for cough,", note) == {}


def test_each_change_names_its_cause_and_a_confidence():
    text = NOTE.hpi.replace("metformin 500", "metformin 850").replace("cough", "fever")
    changes = linked_changes(check_edit(NOTE, "hpi", text))
    assert [(c.section, c.cause.after) for c in changes] == [(Section.ROS, "fever"), (Section.PLAN, "850")]
    assert all(0 < c.confidence < 1 for c in changes)


def test_locked_sections_and_spans_never_change():
    at = NOTE.plan.index("metformin")
    spans = Locks(spans={Section.PLAN: [(at, at + 4)]})
    assert carried("hpi", "metformin 500", "metformin 850", locks=spans) == {}
    sections = Locks(frozenset({Section.PLAN, Section.HPI}))
    assert set(carried("assessment", "Left", "Right", locks=sections)) == {"exam"}
    assert set(carried("assessment", "Left", "Right", to=["hpi"])) == {"hpi"}


def test_an_edit_of_white_space_has_no_linked_change():
    assert linked_changes(check_edit(NOTE, "plan", NOTE.plan + "\n")) == []


UNRELATED = {
    Section.HPI: "Works as a librarian.",
    Section.ROS: "Denies insomnia.",
    Section.EXAM: "Skin: warm and dry.",
    Section.ASSESSMENT: "4. Anemia, stable.",
    Section.PLAN: "7. Refer to dermatology.",
}
EDITS = [
    ("hpi", "lisinopril 10 mg", "losartan 50 mg"),
    ("hpi", "cough", "fever"),
    ("hpi", "No known drug allergies", "Allergic to aspirin (hives)"),
    ("ros", "Negative for", "Negative for cough,"),
    ("exam", "152/94", "118/74"),
    ("exam", "left", "right"),
    ("assessment", "Left", "Right"),
    ("assessment", "not at goal", "well controlled"),
    ("assessment", "not at goal", "not at goal, to be treated with amlodipine 5 mg daily in place of lisinopril"),
    ("assessment", "1. Left knee osteoarthritis, worsening. ", ""),
    ("plan", "Continue metformin 500 mg", "Continue metformin 850 mg"),
    ("plan", "Increase lisinopril to 20", "Continue lisinopril 10"),
    ("plan", "4. Order left", "4. Order right"),
]


@st.composite
def locked_edits(draw):
    note = SoapNote(**{s.value: f"{NOTE[s]} {UNRELATED[s]}" for s in NOTE_SECTIONS})
    section, old, new = draw(st.sampled_from(EDITS))
    others = [s for s in NOTE_SECTIONS if s.value != section]
    locked = frozenset(draw(st.lists(st.sampled_from(others), max_size=2)))
    spans = {s: draw(spans_of(note[s])) for s in others}
    return check_edit(note, section, note[Section(section)].replace(old, new), locks=Locks(locked, spans))


@given(locked_edits())
@settings(max_examples=60, deadline=None)
def test_locked_text_and_unrelated_statements_never_change(edit):
    changes = linked_changes(edit)
    after = apply_changes(edit, changes)
    assert after[edit.section] == edit.content
    for section in NOTE_SECTIONS:
        if section is edit.section:
            continue
        old, new = edit.note[section], after[section]
        assert stand_in_order([old[a:b] for a, b in joined(edit.locks.of(section, old))], new)
        assert UNRELATED[section].split(". ", 1)[-1] in new
        touched = {change.index for change in changes if change.section is section and change.kind != "add"}
        kept = [old[s.body : s.end] for i, s in enumerate(statements(section, old)) if i not in touched]
        assert stand_in_order(kept, new)
        if section in edit.locks.sections:
            assert new == old


def test_drugs_are_read_with_dose_and_frequency_and_unknown_ones_by_their_dose():
    found = intakes("Takes Zestril 10 mg twice daily, metformin extended release 500 mg, and acarbosum 50 mg.")
    assert [(i.name, i.generic, i.amount) for i in found] == [
        ("Zestril", "lisinopril", "10 mg twice daily"), ("metformin", "metformin", "500 mg"),
        ("acarbosum", "acarbosum", "50 mg"),
    ]  # fmt: skip
    assert intakes("Weight loss of 10 lb with fatigue.") == ()


def test_knowledge_of_drugs_is_that_of_the_banks():
    assert is_given_for("lisinopril", "Hypertension, not at goal")
    assert not is_given_for("lisinopril", "Migraine")
    assert (next_dose("lisinopril", "10 mg"), next_dose("lisinopril", "40 mg")) == ("20 mg", "")


def test_stems_join_the_forms_of_a_word():
    assert stems("vomiting") == stems("She vomited") == stems("vomits")
    assert stems("smoking") == stems("smokes")


@pytest.mark.parametrize(
    ("body", "items", "kept", "expected"),
    [
        ("with a, b, and c for 3 days.", ["a", "b", "c"], ["a", "c"], "with a and c for 3 days."),
        ("with x, y and z.", ["x", "y", "z"], ["x", "y", "z", "w"], "with x, y, z and w."),
        ("with x and y.", ["x", "y"], ["x", "y", "w"], "with x, y, and w."),
        ("Negative for x, y, z.", ["x", "y", "z"], ["y", "z"], "Negative for y, z."),
        ("with pain for 3 days in the ear.", ["pain in the ear"], ["cough"], "with pain for 3 days in the ear."),
        ("a 58-year-old with ear pain, rash.", ["ear pain", "rash"], ["rash"], "a 58-year-old with rash."),
    ],
)
def test_an_enumeration_keeps_its_style(body, items, kept, expected):
    assert with_items(body, items, kept) == expected
