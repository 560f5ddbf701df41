"""From notes to training data: section titles, token labels, filters, splits and near duplicates."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core.corpora.assessment_plan import split_assessment_plan
from medscribe_core.corpora.filtering import FilterStats, filter_notes
from medscribe_core.corpora.headers import section_spans, sections_of
from medscribe_core.corpora.near_duplicates import NearDuplicates, jaccard, shingles
from medscribe_core.corpora.records import CorpusRecord
from medscribe_core.corpora.section_parser import parse_section_labels
from medscribe_core.corpora.splits import split_name, split_records
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote
from medscribe_core.settings import REPOSITORY
from medscribe_core.tokenizer import load_tokenizer

TOKENIZER = load_tokenizer(REPOSITORY / "assets" / "models" / "cpu" / "tokenizer.model")
NOTE = SoapNote(
    hpi="29-year-old woman presents with cough for 5 days. She takes ibuprofen 200 mg as needed. No sick contacts.",
    ros="Positive for cough, rhinorrhea, fatigue. Negative for dyspnea, chest pain, fever.",
    exam="Vitals: HR 82, Temp 98.9 F, SpO2 99%. Lungs: clear to auscultation, no wheezing.",
    assessment="1. Viral upper respiratory infection, new. 2. Mild insomnia.",
    plan="1. Saline rinse twice daily. 2. Ibuprofen 400 mg every 6 hours as needed. 3. Follow up in 10 days.",
)
TITLES = {
    Section.HPI: (
        "HPI|History of Present Illness|HISTORY OF THE PRESENT ILLNESS|Hx of present illness|"
        "History of Presenting Illness|Present Illness|Brief HPI|Interval History|SUBJECTIVE|Chief Complaint|"
        "CC|Reason for Visit|Reason for Consultation|Past Medical History|PMH|PMHx|"
        "PAST MEDICAL AND SURGICAL HISTORY|Past Medical/Surgical History|PSH|Past Surgical History|"
        "Family History|FH|Social History|SHx|Social|Past History|Allergies|Allergies/Adverse Reactions|"
        "Allergies and Adverse Drug Reactions|Medications|Medications on Admission|Home Medications|Current Meds|"
        "Admission Medications|Outpatient Medications|Meds on admission|Past Oncologic History|Obstetric History"
    ),
    Section.ROS: (
        "ROS|Review of Systems|REVIEW OF SYSTEMS (ROS)|Systems Review|Pertinent Review of Systems|Review of Symptoms"
    ),
    Section.EXAM: (
        "Physical Exam|PHYSICAL EXAMINATION|PE|Exam|EXAM|Physical Exam on Admission|Discharge Exam|"
        "ADMISSION PHYSICAL EXAM|Physical examination at discharge|Objective|Vitals|Vital Signs|VS|"
        "Vitals Reviewed|Pertinent Results|Results|Labs|Admission Labs|Labs on Admission|LABORATORY DATA|"
        "Laboratory Studies|Imaging|Imaging Studies|Microbiology|Discharge Labs|EKG|CXR|Mental Status Exam|"
        "Physical Findings|Radiology Results|Other Pertinent Results"
    ),
    Section.ASSESSMENT: (
        "Assessment|ASSESSMENT|Impression|Diagnosis|Diagnoses|Discharge Diagnosis|Discharge Diagnoses|"
        "Final Diagnosis|Principal Diagnosis|Secondary Diagnoses|Admission Diagnosis|Hospital Course|"
        "Brief Hospital Course|SUMMARY OF HOSPITAL COURSE|Hospital Course by Problem|HOSPITAL COURSE BY SYSTEM|"
        "ED Course|MICU Course|Discharge Condition|Condition on Discharge|Problem List|Clinical Impression|"
        "Medical Decision Making|Active Issues"
    ),
    Section.PLAN: (
        "Plan|PLAN|Treatment Plan|Plan of Care|Recommendations|Discharge Medications|Medications on Discharge|"
        "Discharge Instructions|Instructions|Followup Instructions|Follow-up Instructions|Follow up|Follow-"
        "Up Appointments|Discharge Disposition|Disposition|Discharge Plan|Transitional Issues|Patient Education|"
        "Return Precautions|Follow-up plan"
    ),
    Section.OTHER: (
        "Admission Date|Date of Birth|Service|Attending|Major Surgical or Invasive Procedure|Procedures|Sex|"
        "Discharge Date|Dictated By|Code Status"
    ),
}


@pytest.mark.parametrize(("section", "title"), [(s, t) for s, titles in TITLES.items() for t in titles.split("|")])
def test_titles_of_discharge_summaries_map_to_our_sections(section, title):
    for written in (f"{title}:", f"  {title} : ", title, title.upper() + ":", f"{title} (per family):"):
        (span,) = section_spans(f"{written}\nsome words that follow here")
        assert (span.section, span.start) == (section, len(written) - len(written.lstrip()))


@pytest.mark.parametrize(
    "text",
    [
        "the explan: rest",
        "we discussed the plan: rest",
        "He has a plan\nto rest",
        "plan",
        "Planning: ahead",
        "Cardiovascular: regular",
        "General: well. Lungs: clear.",
        "an example: assessment of it",
    ],
)
def test_no_title_inside_words_or_sentences(text):
    assert section_spans(text) == []


def test_a_title_with_a_colon_counts_at_a_sentence_start():
    text = "HPI: cough for 2 days. ROS: no fever. Exam: lungs clear.  Plan: rest."
    assert [span.section for span in section_spans(text)] == [Section.HPI, Section.ROS, Section.EXAM, Section.PLAN]


def test_a_radiologists_impression_is_no_assessment():
    text = "Pertinent Results:\nCT: done.\nIMPRESSION: no bleed.\nIMPRESSION\nstroke"
    spans = section_spans(text)
    assert [(span.section, text[span.body : span.end].strip()) for span in spans][-1] == (Section.ASSESSMENT, "stroke")
    assert "no bleed" in sections_of(text)[Section.EXAM]


@pytest.mark.parametrize(
    ("text", "assessment", "plan"),
    [
        (
            "1. Gout, acute.\n- Start colchicine.\n2. Hypertension.\n- Continue lisinopril.",
            ["Gout", "Hypertension"],
            ["colchicine", "lisinopril"],
        ),
        (
            "Gout.\n\u2022 Medical Reasoning: swollen.\n\u2022 Medical Treatment: colchicine.",
            ["Gout", "swollen"],
            ["colchicine"],
        ),
        ("# CHF: continue lasix\n# COPD - start prednisone", ["CHF", "COPD"], ["lasix", "prednisone"]),
        ("1. Gout, acute. Start colchicine 0.6 mg daily.", ["Gout, acute."], ["Start colchicine 0.6 mg daily."]),
        (
            "A 50-year-old man with gout. He is improving. I recommend rest.",
            ["gout", "improving"],
            ["I recommend rest."],
        ),
        ("8 months status post repair.\n- Medical Treatment: exercise.", ["repair"], ["exercise"]),
        ("1. Continue aspirin.\n2. Follow up in a week.", [], ["aspirin", "week"]),
    ],
)
def test_assessment_and_plan_are_cut_by_their_own_structure(text, assessment, plan):
    found = {Section.ASSESSMENT: "", Section.PLAN: ""}
    for section, start, end in split_assessment_plan(text):
        found[section] += text[start:end]
    for word in assessment:
        assert word in found[Section.ASSESSMENT] and word not in found[Section.PLAN]
    for word in plan:
        assert word in found[Section.PLAN] and word not in found[Section.ASSESSMENT]


LINES = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ["ASSESSMENT AND PLAN", "A/P:", "1. Gout.", "- Start x.", "", "PLAN:", "HPI: a", "# CHF: b", "\r"]
        ),
    )
)


@given(LINES)
@settings(max_examples=150, deadline=None)
def test_spans_cover_a_note_from_its_first_title_without_gaps(lines):
    text = "\n".join(lines)
    spans = section_spans(text)
    for span, following in pairwise(spans):
        assert span.start <= span.body <= span.end == following.start
    assert not spans or spans[-1].end == len(text)
    parts = split_assessment_plan(text)
    assert "".join(text[start:end] for _, start, end in parts) == (text if parts else "")


def test_labels_are_of_tokens_and_follow_the_titles():
    text = "seen today\nHPI: cough.\nPLAN: rest at home."
    ids, labels = parse_section_labels(text, TOKENIZER)
    assert ids == TOKENIZER.encode(text) and len(labels) == len(ids)
    assert labels == sorted(labels, key=[Section.OTHER.index, Section.HPI.index, Section.PLAN.index].index)
    by_label = {
        label: TOKENIZER.decode(i for i, found in zip(ids, labels, strict=True) if found == label) for label in labels
    }
    assert by_label[Section.HPI.index].strip() == "HPI: cough."
    assert by_label[Section.PLAN.index].strip() == "PLAN: rest at home."


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), min_size=5, max_size=5))
@settings(max_examples=80, deadline=None)
def test_every_token_of_a_rendered_section_has_its_label(bodies):
    # Lower case without a colon holds no title of its own.
    bodies = [" ".join(body.lower().replace(":", " ").split()) for body in bodies]
    parts = [f"{section.header} {body}" for section, body in zip(NOTE_SECTIONS, bodies, strict=True)]
    text = "\n".join(parts)
    ids, labels = parse_section_labels(text, TOKENIZER)
    _, offsets = TOKENIZER.encode_with_offsets(text)
    assert len(ids) == len(labels) == len(offsets)
    ends = [sum(len(part) + 1 for part in parts[: i + 1]) for i in range(5)]
    for (start, end), label in zip(offsets, labels, strict=True):
        visible = next((at for at in range(start, end) if not text[at].isspace()), None)
        if visible is not None:
            assert label == sum(visible >= limit for limit in ends)


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=80, deadline=None)
def test_any_text_has_one_label_a_token(text):
    ids, labels = parse_section_labels(text, TOKENIZER)
    assert len(ids) == len(labels) and set(labels) <= {section.index for section in Section}


def test_filter_counts_one_reason_a_note_and_keeps_the_rest():
    good = NOTE.to_text()
    short = "HPI: cough.\nROS: none.\nPLAN: rest."
    long = good + " Walk every day." * 300
    few = f"HPI: {NOTE.hpi} {NOTE.hpi} {NOTE.hpi}\nPLAN: {NOTE.plan}"
    dominated = f"HPI: {NOTE.hpi * 8}\nROS: {NOTE.ros}\nEXAM: {NOTE.exam}\nPLAN: {NOTE.plan}"
    kept, stats = filter_notes([good, short, long, few, dominated, good], TOKENIZER, min_tokens=40, max_tokens=600)
    assert kept == [good, good]
    assert stats == FilterStats(2, too_short=1, too_long=1, too_few_sections=1, one_section_dominates=1)
    assert stats.total == 6


def test_a_section_in_which_nothing_was_said_does_not_count():
    silent = NOTE.model_copy(update={"ros": "Not discussed.", "exam": "Not performed.", "assessment": "Not discussed."})
    assert filter_notes([silent.to_text()], TOKENIZER, min_tokens=10)[1].too_few_sections == 1
    assert filter_notes([NOTE], TOKENIZER, text=SoapNote.to_text)[0] == [NOTE]


@given(st.lists(st.sampled_from([NOTE.to_text(), "HPI: a", "", NOTE.hpi])), st.integers(0, 200), st.integers(0, 200))
@settings(max_examples=50, deadline=None)
def test_every_note_is_kept_or_counted_and_wider_bounds_keep_no_fewer(notes, least, most):
    kept, stats = filter_notes(notes, TOKENIZER, least, most)
    assert len(kept) == stats.kept and stats.total == len(notes)
    assert len(filter_notes(notes, TOKENIZER, max(least - 20, 0), most + 20)[0]) >= len(kept)


def records(count, per_patient, seed=0):
    rng = random.Random(seed)
    words = [f"w{i}" for i in range(500)]
    return [
        CorpusRecord(f"r{i}", f"patient-{i // per_patient}", transcript=" ".join(rng.choices(words, k=40)))
        for i in range(count)
    ]


def test_a_patient_is_on_one_side_only_and_the_parts_are_80_10_10():
    split = split_records(records(3000, 3))
    sides = [{record.group for record in part} for part in (split.train, split.validation, split.test)]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    shares = [len(side) / 1000 for side in sides]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.03)
    assert not split.duplicates


@given(st.text(), st.integers(0, 3))
def test_a_patients_part_depends_on_id_and_seed_only(group, seed):
    assert split_name(group, seed) == split_name(group, seed) in {"train", "validation", "test"}


def test_near_duplicates_are_removed_and_never_on_two_sides():
    originals = records(150, 1)
    copies = [
        CorpusRecord(f"copy-{r.id}", f"other-{r.id}", transcript=r.transcript.upper() + " extra words")
        for r in originals
    ]
    split = split_records([*originals, *copies])
    assert split.duplicates == [(copy.id, original.id) for copy, original in zip(copies, originals, strict=True)]
    assert {r.id for part in (split.train, split.validation, split.test) for r in part} == {r.id for r in originals}


@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=9).map(" ".join), max_size=12), st.sampled_from([0.5, 0.8, 1.0])
)
@settings(max_examples=200, deadline=None)
def test_the_index_finds_exactly_what_comparing_all_pairs_finds(texts, threshold):
    index, kept = NearDuplicates(threshold, words=2), []
    for number, text in enumerate(texts):
        sets = shingles(text, 2)
        expected = next((key for key, other in kept if jaccard(other, sets) >= threshold), None)
        assert index.find(text) == expected
        assert index.add(str(number), text) == expected
        if expected is None:
            kept.append((str(number), sets))


def test_a_threshold_out_of_range_is_refused():
    for threshold in (0, 1.1):
        with pytest.raises(ValueError, match="threshold"):
            NearDuplicates(threshold)
