"""Readers of corpora on files made here with the real columns: what is read, and what is said of a broken file."""

import csv
import gzip
import io
import json
import traceback
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medscribe_core import cli
from medscribe_core.corpora import read_authored
from medscribe_core.corpora.aci_bench import read_aci_bench
from medscribe_core.corpora.mimic import COLUMNS, read_mimic
from medscribe_core.corpora.mts_dialog import SECTIONS, read_mts_dialog
from medscribe_core.corpora.osce import read_osce
from medscribe_core.errors import DataError
from medscribe_core.schema import NOTE_SECTIONS, Section

SUMMARY = """Admission Date:  [**2151-7-16**]       Discharge Date:  [**2151-7-20**]

Service: MEDICINE

Allergies:
Penicillins

Chief Complaint:
dyspnea

History of Present Illness:
61 yo M with COPD, three days of worsening
dyspnea. Denies fever.

Review of systems: negative for chest pain.

Physical Exam:
VS: 98.1, 130/70, 92
Lungs: wheezes

Pertinent Results:
WBC 12.1
CHEST X-RAY. IMPRESSION: no pneumonia.

Brief Hospital Course:
# COPD flare: steroids, improving.

Medications on Admission:
tiotropium

Discharge Medications:
1. Prednisone 40 mg daily for 5 days.

Discharge Diagnosis:
COPD exacerbation

Followup Instructions:
pulmonary clinic in 2 weeks
"""


def mimic_row(row_id, category="Discharge summary", error="", text=SUMMARY, subject="7", stay="42"):
    return [row_id, subject, stay, "2151-07-20", "", "", category, "Report", "", error, text]


def write_csv(path, header, rows):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["NOTEEVENTS.csv", "NOTEEVENTS.csv.gz"])
def test_mimic_yields_discharge_summaries_only(tmp_path, name):
    rows = [mimic_row("1"), mimic_row("2", "Nursing"), mimic_row("3", error="1"), mimic_row("4", "discharge summary ")]
    skipped = Counter()
    records = list(read_mimic(write_csv(tmp_path / name, COLUMNS, rows), skipped=skipped))
    assert [(r.id, r.subject_id, r.hadm_id, r.group) for r in records] == [
        ("mimic-1", "7", "42", "mimic-7"),
        ("mimic-4", "7", "42", "mimic-7"),
    ]
    assert skipped == {"other category": 1, "entered in error": 1}


def test_mimic_sections_are_mapped_to_ours(tmp_path):
    sections = next(read_mimic(write_csv(tmp_path / "n.csv", COLUMNS, [mimic_row("1")]))).sections
    assert "worsening\ndyspnea. Denies fever." in sections[Section.HPI]
    assert "Allergies: Penicillins" in sections[Section.HPI]
    assert "Medications on Admission: tiotropium" in sections[Section.HPI]
    assert sections[Section.ROS] == "negative for chest pain."
    assert "Lungs: wheezes" in sections[Section.EXAM]
    assert "IMPRESSION: no pneumonia." in sections[Section.EXAM]
    assert "steroids, improving" in sections[Section.ASSESSMENT]
    assert "Discharge Diagnosis: COPD exacerbation" in sections[Section.ASSESSMENT]
    assert "Prednisone 40 mg" in sections[Section.PLAN] and "pulmonary clinic" in sections[Section.PLAN]
    assert "MEDICINE" in sections[Section.OTHER]


def test_mimic_is_streamed(tmp_path):
    """The first record comes before the rest of the file is looked at, whatever is there."""
    path = write_csv(tmp_path / "n.csv", COLUMNS, [mimic_row(str(i)) for i in range(3)])
    with path.open("ab") as stream:
        stream.write(b'9,"no end')
    assert [record.id for record in islice(read_mimic(path), 2)] == ["mimic-0", "mimic-1"]


def test_mimic_columns_match_in_any_case_and_order(tmp_path):
    header = [name.lower() for name in reversed(COLUMNS)]
    records = list(read_mimic(write_csv(tmp_path / "n.csv", header, [list(reversed(mimic_row("1")))])))
    assert records[0].subject_id == "7"


def test_broken_mimic_rows_are_named_and_the_good_ones_kept(tmp_path):
    rows = [
        mimic_row("1"),
        ["2", "7"],
        mimic_row("3", subject="x"),
        mimic_row("4", text=" "),
        mimic_row("5", text="ok"),
    ]
    broken = []
    path = write_csv(tmp_path / "n.csv", COLUMNS, rows)
    assert [record.id for record in read_mimic(path, broken.append)] == ["mimic-1", "mimic-5"]
    lines = SUMMARY.count("\n") + 2
    assert [(b.line, b.reason) for b in broken] == [
        (lines + 1, "has 2 values instead of 11"),
        (lines + 2, "has no number as SUBJECT_ID"),
        (2 * lines + 1, "has no TEXT"),
    ]
    with pytest.raises(DataError, match=f"n.csv, line {lines + 1} has 2 values"):
        list(read_mimic(path))


def test_a_row_that_is_not_utf8_is_named_and_skipped(tmp_path):
    path = write_csv(tmp_path / "n.csv", COLUMNS, [mimic_row("1", text="caf@"), mimic_row("2", text="fine")])
    path.write_bytes(path.read_bytes().replace(b"caf@", b"caf\xe9"))
    broken = []
    assert [record.id for record in read_mimic(path, broken.append)] == ["mimic-2"]
    assert str(broken[0]) == f"{path}, line 2 is not UTF-8 text."


@pytest.mark.parametrize("change", [("Lungs: ", 'Lungs: "'), ('weeks\n"', "weeks\n")])
def test_a_quote_too_many_or_too_few_costs_one_record(tmp_path, change):
    path = write_csv(tmp_path / "n.csv", COLUMNS, [mimic_row(str(i)) for i in range(6)])
    before, third = path.read_text().split('"2","7"')
    path.write_text(before + '"2","7"' + third.replace(*change, 1))
    broken = []
    assert [record.id for record in read_mimic(path, broken.append)] == [f"mimic-{i}" for i in (0, 1, 3, 4, 5)]
    assert broken[0].line == before.count("\n") + 1


def test_a_truncated_csv_keeps_the_whole_rows(tmp_path):
    path = write_csv(tmp_path / "n.csv", COLUMNS, [mimic_row("1"), mimic_row("2")])
    path.write_bytes(path.read_bytes()[:-40])
    broken = []
    assert [record.id for record in read_mimic(path, broken.append)] == ["mimic-1"]
    assert len(broken) == 1 and "unexpected end of data" in broken[0].reason


def test_a_truncated_gzip_keeps_the_whole_rows(tmp_path):
    texts = [f"{i} " + " ".join(str(i * j * 7919) for j in range(400)) for i in range(200)]
    path = write_csv(tmp_path / "n.csv.gz", COLUMNS, [mimic_row(str(i), text=t) for i, t in enumerate(texts)])
    path.write_bytes(path.read_bytes()[:-30_000])
    broken = []
    records = list(read_mimic(path, broken.append))
    assert 0 < len(records) < 200 and [record.note_text for record in records] == texts[: len(records)]
    assert len(broken) == 1 and "is cut off" in broken[0].reason


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"ROW_ID,TEXT\n1,a\n", "lacks the columns SUBJECT_ID, HADM_ID"),
        ("ROW_ID,TEXT\n".encode("utf-16"), "line 1 is not UTF-8 text"),
        (b"\x1f\x8bnot gzip at all", "no whole gzip file"),
        (None, "no such file"),
    ],
)
def test_a_wrong_file_is_named_in_one_sentence(tmp_path, content, message):
    path = tmp_path / "n.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        list(read_mimic(path, lambda broken: None))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.booleans())))
@settings(max_examples=40, deadline=None)
def test_any_text_survives_the_csv(tmp_path_factory, drawn):
    rows = [mimic_row(str(i), "Discharge summary" if keep else "ECG", text=t) for i, (t, keep) in enumerate(drawn)]
    path = write_csv(tmp_path_factory.mktemp("m") / "n.csv", COLUMNS, rows)
    records = list(read_mimic(path, lambda broken: None))
    assert [record.note_text for record in records] == [t.strip() for t, keep in drawn if keep and t.strip()]


MTS_HEADER = ["ID", "section_header", "section_text", "dialogue"]


def test_mts_dialog_maps_every_header_and_groups_translations(tmp_path):
    rows = [[str(i), code, "Text.", "Doctor: Hi.\r\n Patient: Hi. "] for i, code in enumerate(SECTIONS)]
    rows.append(["TR=EN-FR-EN 3", "ROS", "Text.", "Doctor: Hello."])
    records = list(read_mts_dialog(write_csv(tmp_path / "MTS-Dialog-TrainingSet.csv", MTS_HEADER, rows)))
    assert [record.sections for record in records[:-1]] == [{section: "Text."} for section in SECTIONS.values()]
    assert records[0].transcript == "Doctor: Hi.\nPatient: Hi."
    assert records[-1].group == records[3].group and records[-1].id != records[3].id
    validation = next(read_mts_dialog(write_csv(tmp_path / "MTS-Dialog-ValidationSet.csv", MTS_HEADER, rows)))
    assert validation.group != records[0].group


def test_broken_mts_rows_are_named(tmp_path):
    rows = [["0", "POEM", "a", "b"], ["1", "ROS", "", "b"], ["2", "ROS", "a", " "], ["x", "ROS", "a", "b"]]
    broken = []
    assert list(read_mts_dialog(write_csv(tmp_path / "m.csv", MTS_HEADER, rows), broken.append)) == []
    assert [b.line for b in broken] == [2, 3, 4, 5]
    assert [b.reason.split(" ", 2)[2] for b in broken] == [
        "unknown section header",
        "section text",
        "dialogue",
        "numbered ID",
    ]


ACI_NOTE = """CHIEF COMPLAINT

Joint pain.

HISTORY OF PRESENT ILLNESS

The patient has had knee pain for 2 days.

PHYSICAL EXAM

Musculoskeletal: Swollen knee.

RESULTS

X-ray normal.

ASSESSMENT AND PLAN

1. Gout.
- Medical Reasoning: Swollen joint.
- Medical Treatment: Start colchicine 0.6 mg daily.

INSTRUCTIONS

Follow up in 1 week.
"""


def test_aci_bench_gives_the_dialogue_and_the_sections(tmp_path):
    header = ["dataset", "encounter_id", "dialogue", "note"]
    rows = [["aci", "D1", "[doctor] hi .", ACI_NOTE], ["aci", "D1", "a", ACI_NOTE], ["aci", "D2", "a", "no titles"]]
    broken = []
    (record,) = read_aci_bench(write_csv(tmp_path / "a.csv", header, rows), broken.append)
    assert (record.id, record.transcript) == ("aci-D1", "[doctor] hi .")
    assert record.sections[Section.ASSESSMENT] == "1. Gout.\n- Medical Reasoning: Swollen joint."
    assert record.sections[Section.PLAN].startswith("- Medical Treatment: Start colchicine 0.6 mg daily.")
    assert "Follow up in 1 week." in record.sections[Section.PLAN]
    assert "X-ray normal." in record.sections[Section.EXAM]
    assert [b.reason for b in broken] == ["has an encounter_id that occurs twice", "has a note without a section title"]


def test_osce_gives_dialogues_without_notes(tmp_path):
    path = tmp_path / "d.jsonl"
    good = json.dumps({"id": "A1", "category": "RES", "dialogue": "D: Hi.\nP: Hi."})
    path.write_bytes(f'{good}\n{{"id": 3}}\n{good}\n["x"]\n{{"id": "B", "dialogue": 4}}\n{{"id"\n'.encode() + b"\xff\n")
    broken = []
    (record,) = read_osce(path, broken.append)
    assert (record.id, record.transcript, record.sections) == ("osce-A1", "D: Hi.\nP: Hi.", {})
    assert [b.line for b in broken] == [2, 3, 4, 5, 6, 7]


def authored(name, **changes):
    note = {section.value: section.empty_text for section in NOTE_SECTIONS}
    return json.dumps({"id": name, "patient_context": {}, "transcript": "Doctor: Hello.", "note": note} | changes)


def test_authored_lines_that_are_broken_are_skipped_only_on_request(tmp_path):
    path = tmp_path / "v.jsonl"
    path.write_text(
        "\n".join([authored("a"), authored("b", transcript=""), authored("a"), authored("c"), '{"id": "d'[:-1]])
    )
    broken = []
    assert [record.id for record in read_authored(path, on_broken=broken.append)] == ["a", "c"]
    assert [b.line for b in broken] == [2, 3, 5]
    with pytest.raises(DataError, match=r"v.jsonl, line 2 is no encounter: transcript"):
        list(read_authored(path))


def test_no_error_carries_the_text_of_a_broken_line(tmp_path):
    path = tmp_path / "v.jsonl"
    path.write_text(authored("a", note={"hpi": "zebrafish", "poem": "zebrafish"}))
    with pytest.raises(DataError) as caught:
        list(read_authored(path))
    assert "zebrafish" not in "".join(traceback.format_exception(caught.value))


@pytest.fixture
def check(capsys):
    def run(*arguments):
        code = cli.main(["corpora", "check", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_check_counts_and_writes_a_file_that_reads_back(tmp_path, check):
    path, out = tmp_path / "v.jsonl", tmp_path / "out.jsonl"
    path.write_text(authored("a") + "\n" + authored("b") + "\n")
    code, printed, _ = check(path, "--kind", "authored", "--out", out)
    assert code == 0 and "2 records" in printed and "Identifiers: none" in printed
    assert list(read_authored(out)) == list(read_authored(path))


def test_check_names_broken_lines_and_identifiers_without_their_text(tmp_path, check):
    path, digests = tmp_path / "v.jsonl", tmp_path / "digests.txt"
    path.write_text("\n".join([authored("a"), "{", authored("b", transcript="I saw Dr. Kovalenko.")]))
    code, printed, error = check(path, "--kind", "authored", "--json", "--digests", digests)
    result = json.loads(printed)
    assert code == 2 and error.count("\n") == 1
    assert (result["records"], result["broken"], result["broken_lines"][0]["line"]) == (2, 1, 2)
    assert result["phi"]["by_record"] == {"b": ["name"]}
    assert digests.read_text().split()[1:] == ["b", "name"]
    assert "Kovalenko" not in printed + error + digests.read_text()


def test_check_replaces_no_good_file_by_half_of_one(tmp_path, check):
    out = tmp_path / "out.jsonl"
    out.write_text("kept")
    truncated = tmp_path / "v.jsonl"
    truncated.write_text(authored("a")[:50])
    for path, kind in ((truncated, "authored"), (tmp_path / "missing.csv", "mts"), (truncated, "mimic")):
        code, _, error = check(path, "--kind", kind, "--out", out)
        assert code == 2 and error.count("\n") == 1
        assert out.read_text() == "kept"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["out.jsonl", "v.jsonl"]


def test_check_writes_the_same_shape_for_every_public_corpus(tmp_path, check):
    path, out = write_csv(tmp_path / "n.csv", COLUMNS, [mimic_row("1")]), tmp_path / "out.jsonl"
    code, printed, _ = check(path, "--kind", "mimic", "--out", out)
    line = json.loads(out.read_text())
    assert code == 0 and "1 record of 1 patient or visit" in printed
    assert line["group"] == "mimic-7" and list(line["note"]) == [section.value for section in NOTE_SECTIONS]
