"""Figures of corpora: samples of unlike sizes are compared fairly; a user's file is read line by line."""

from __future__ import annotations

import json
import re

import pytest

from medscribe_core.corpora import explore_files
from medscribe_core.corpora.explore import GROWTH, MAX_NEIGHBORS, clinical_terms, differences, explore, figures
from medscribe_core.corpora.explore_files import REFERENCE, load_summary, read_upload
from medscribe_core.corpora.headers import sections_of
from medscribe_core.corpora.opening import ExploredVisit
from medscribe_core.errors import DataError, InputError
from medscribe_core.schema import Section


def talk(count: int, start: int = 0) -> ExploredVisit:
    """A visit of ``count`` words that occur nowhere else."""
    letters = ["".join(chr(97 + int(digit)) for digit in f"{n:06d}") for n in range(start, start + count)]
    return ExploredVisit(str(start), "Patient: " + " ".join(letters), {Section.HPI: "Cough for 4 days."})


def line(**values: object) -> str:
    return json.dumps(values)


def upload(*lines: str | bytes) -> bytes:
    return b"\n".join(text.encode() if isinstance(text, str) else text for text in lines)


GOOD = line(transcript="Doctor: How long?\nPatient: Four days.", note={"hpi": "Cough for 4 days."})


# -- type-token figures -----------------------------------------------------------------------------------


def test_growth_is_taken_at_the_common_sizes_as_far_as_the_words_go():
    found = figures([talk(2_500)], tokens=1_500)
    assert [point["words"] for point in found["growth"]] == [1_000, 1_500, 2_000]
    assert found["distinct_2"] == found["growth"][1]["distinct_2"] == 1.0


def test_distinct_2_of_too_few_words_is_not_known():
    found = figures([talk(1_200)], tokens=5_000)
    assert found["distinct_2"] is None
    assert [point["words"] for point in found["growth"]] == [1_000]


def test_distinct_2_is_compared_over_as_many_words_of_each():
    varied, same = talk(1_000), ExploredVisit("b", "Patient: " + "yes no " * 1_500, {})
    result = {"corpora": {"varied": figures([varied], 5_000), "same": figures([same], 2_500)}}
    assert differences(result, "varied")["same"]["distinct_2"] == pytest.approx(2 / 999 - 1)
    short = {"corpora": {"varied": figures([varied], 5_000), "short": figures([talk(400)], 5_000)}}
    assert "distinct_2" not in differences(short, "varied")["short"]


def test_the_smallest_corpus_sets_the_sample():
    result = explore({"small": [talk(1_200)], "large": [talk(3_000), talk(3_000, 10_000)]})
    assert result["tokens"] == 1_200
    assert {corpus["distinct_2"] for corpus in result["corpora"].values()} == {1.0}


def test_a_corpus_without_notes_has_no_figures_of_notes():
    found = figures([ExploredVisit("a", "Patient: Four days of cough.", {})], tokens=5)
    assert found["note_words"] is None and found["overlap"] is None
    assert found["section_orders"] == {} and found["sections_missing"]["hpi"] is None


def test_sections_are_in_the_order_of_the_note():
    note = "PLAN: Rest.\nHPI: Cough.\nEXAM: Lungs clear."
    assert list(sections_of(note)) == [Section.PLAN, Section.HPI, Section.EXAM]


# -- a user's file ----------------------------------------------------------------------------------------


def test_good_lines_are_kept_and_each_broken_one_is_named_with_its_reason():
    secret = "zebra"
    data = upload(
        GOOD,
        "{",
        "",
        b'{"transcript": "caf\xe9"}',
        line(transcript=7),
        line(note={"hpi": secret, "summary": secret}),
        line(note=secret),
        line(id="x", note={"hpi": "  "}),
        "[]",
        line(dialogue="D: Hi.\nP: Hello.", category="r"),
    )
    found = read_upload(data)
    assert [visit.id for visit in found.visits] == ["line 1", "line 10"]
    assert found.visits[0].sections == {Section.HPI: "Cough for 4 days."}
    said = [str(broken) for broken in found.broken]
    reasons = [
        (2, r"is not valid JSON \(column 2: .+\)"),
        (4, "is not UTF-8 text"),
        (5, "has a transcript that is not text"),
        (6, r"has a note that is neither text nor an object of sections \(hpi, ros, exam, assessment, plan\)"),
        (7, "has a note without a section title"),
        (8, "has neither a transcript nor a note"),
        (9, "is no JSON object"),
    ]
    assert len(said) == len(reasons)
    for sentence, (number, reason) in zip(said, reasons, strict=True):
        assert re.fullmatch(rf"The file, line {number} {reason}\.", sentence)
        assert secret not in sentence


def test_a_note_as_text_is_cut_at_its_titles():
    found = read_upload(upload(line(note="PLAN: Rest.\nHPI: Cough for 4 days.\nROS: Not discussed.")))
    assert found.visits[0].sections == {Section.PLAN: "Rest.", Section.HPI: "Cough for 4 days."}
    assert list(found.visits[0].sections) == [Section.PLAN, Section.HPI]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm():
    found = read_upload(b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n" + GOOD.encode() + b"\r\n")
    assert len(found.visits) == 2 and found.broken == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file has no visit that can be read: it is empty."),
        (b"\n \n", "The file has no visit that can be read: it is empty."),
        (b"\n[1]\n", "The file has no visit that can be read: line 2 is no JSON object."),
    ],
)
def test_a_file_without_a_visit_is_refused_in_one_sentence(data, sentence):
    with pytest.raises(InputError) as error:
        read_upload(data)
    assert str(error.value) == sentence


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    data = upload(GOOD)
    monkeypatch.setattr(explore_files, "MAX_BYTES", len(data))
    assert len(read_upload(data).visits) == 1
    with pytest.raises(InputError, match="larger than"):
        read_upload(data + b"\n")


def test_visits_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr(explore_files, "MAX_VISITS", 2)
    found = read_upload(upload(GOOD, GOOD, "{", GOOD, GOOD, GOOD))
    assert (len(found.visits), found.left_out, len(found.broken)) == (2, 3, 1)


def test_progress_rises_to_one():
    shares: list[float] = []
    read_upload(upload(*[GOOD] * 120), shares.append)
    assert shares == sorted(shares) and len(shares) == 3 and shares[-1] == 1.0


# -- the shipped figures ----------------------------------------------------------------------------------


def test_the_shipped_figures_compare_the_simulator_with_authored_and_public_visits():
    summary = load_summary()
    corpora = summary["corpora"]
    assert {"Simulator", REFERENCE} < corpora.keys() and len(corpora) == 5
    assert corpora["Simulator"]["visits"] == 2_000
    authored = corpora[REFERENCE]
    assert authored["neighbors"] == min(authored["visits"], MAX_NEIGHBORS) and authored["nearest_neighbor"]
    assert set(GROWTH) <= {point["words"] for point in corpora["Simulator"]["growth"]}


def test_the_shipped_figures_hold_no_text_of_a_corpus():
    sections = {section.value for section in Section}
    terms = {" ".join(term) for term in clinical_terms()}
    for corpus in load_summary()["corpora"].values():
        assert set(corpus["terms"]) <= terms
        assert {part for order in corpus["section_orders"] for part in order.split()} <= sections
        assert not re.search(r'": "', json.dumps(corpus))  # every value is a number or made of numbers


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"corpora": {}}', '{"tokens": 5, "corpora": {"Authored": {"visits": 1}}}']
)
def test_broken_figures_are_one_sentence_that_names_the_file(tmp_path, content):
    path = tmp_path / "explore.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"explore\.json"):
        load_summary(path)


def test_missing_figures_are_named(tmp_path):
    with pytest.raises(DataError, match=r"gone\.json cannot be read"):
        load_summary(tmp_path / "gone.json")
