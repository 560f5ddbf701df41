"""An independent reader of simulated visits: does the note say what was said, and nothing else?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from medscribe_core.normalise import normalise
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS, PatientContext, Section, SoapNote
from medscribe_core.simulator.banks import raw_banks
from medscribe_core.simulator.note_checks import check_note, drugs_in, generic_of

_NUMBER = re.compile(r"(?<![\w.\-])\d[\d,]*(?:\.\d+)?(?![A-Za-z\d])")
_HEARD = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SIDE = re.compile(r"\b(left|right|bilateral|both|each(?! (?:time|day|night)))(?:ward|-sided)?\b", re.IGNORECASE)
#: A quadrant may be named by its organ: "where my spleen is", "the gallbladder ultrasound".
_BY_ORGAN = re.compile(r"\b(?:left|right) upper quadrant\b")
_QUADRANT = re.compile(r"\b([lr])(?=[lu]q\b|\.[lu]\.q)", re.IGNORECASE)
_ONE = re.compile(r"\b(?:an?|once|single|every|each|per|one|first)\b")
_TWO = re.compile(r"\b(?:twice|couple|two|both)\b")
_DIGITS = {"oh": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
           "seven": "7", "eight": "8", "nine": "9"}  # fmt: skip
_DIGIT_WORD = re.compile(rf"\b(?:{'|'.join(_DIGITS)})\b")
_YES = re.compile(r"^(?:um, |uh, |well, |oh, )?(?:yes|yeah|yep|yup|uh-huh|mm-hmm|sure do|i do|definitely)\b", re.I)
_NO = re.compile(
    r"^(?:um, |uh, |well, |oh, )?(?:no|nope|nah|never|none|not at all)\b(?! (?:doubt|kidding|question))", re.I
)
#: Words of a note that state nothing by themselves.
_FRAME = re.compile(
    r"(?:\d+-year-old (?:woman|man|girl|boy)|Patient) presents|\bfor follow-up of\b|Current medications include"
    r"|\bHistory of\b|Positive for|Negative for|Vitals:|Results:|[A-Z][A-Za-z]+:|\b\d+\.(?= |$)"
    r"|\b(?:with|and|for)\b|[.,]|Not discussed|Not performed"
)


def check_visit(record: dict[str, Any]) -> list[str]:
    """Everything in which note, facts, transcript and context of a simulated encounter disagree.

    ``record`` is one of ``simulate_encounters``. Empty if nothing is wrong. The edit of the record is
    checked too: what it leaves must be a note without contradictions.
    """
    note = SoapNote(**record["note"])
    context = PatientContext(**record["patient_context"]).as_line()
    checks: tuple[Callable[..., Iterator[str]], ...] = (
        _statements, _residue, _quotes, _numbers, _drugs, _sides, _answers, _unsaid, _edit,
    )  # fmt: skip
    found = [problem for check in checks for problem in check(record, note, context)]
    return [*found, *check_note(note)]


def count_problems(records: Iterator[dict[str, Any]], progress: Callable[[int], None] | None = None) -> Counter[str]:
    """Problems of many encounters by wording with figures taken out; key ``visits`` counts the encounters."""
    counts: Counter[str] = Counter()
    for done, record in enumerate(records, 1):
        counts["visits"] += 1
        counts.update(re.sub(r"\d[\d,.]*", "#", problem) for problem in check_visit(record))
        if progress:
            progress(done)
    return counts


def _statements(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    for fact in record["facts"]:
        if fact["statement"] not in note[Section(fact["section"])]:
            yield f"{fact['section']}: the statement of {fact['concept']} is not in the note"


def _residue(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    """What is left of a section when every fact and every word of the frame is taken out."""
    for section in NOTE_SECTIONS:
        text = note[section]
        facts = [f for f in record["facts"] if f["section"] == section.value]
        for statement in sorted((f["statement"] for f in facts), key=len, reverse=True):
            text = text.replace(statement, " ", 1)
        left = _FRAME.sub(" ", text).split()
        if left:
            yield f"{section.value}: no fact says {' '.join(left)}"


def _quotes(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    transcript = record["transcript"]
    for item in record["evidence"]:
        if item["quote"] not in transcript or not item["quote"].strip():
            yield f"{item['section']}: a quote is not in the transcript"
        if item["statement"] not in note[Section(item["section"])]:
            yield f"{item['section']}: a quoted statement is not in the note"
    for fact in record["facts"]:
        for start, end in fact["spans"]:
            if not (0 <= start < end <= len(transcript)) or transcript[start:end] != transcript[start:end].strip():
                yield f"{fact['section']}: a span of {fact['concept']} is off"


@lru_cache(maxsize=1)
def _names_with_figures() -> re.Pattern[str]:
    """Names in which a figure is no quantity: diagnoses and findings of the banks, "Type 2", "stage 3"."""
    notes = [row["note"] for row in raw_banks() if row["bank"] in ("diagnosis", "finding")]
    named = sorted((n for n in notes if re.search(r"\d", n)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, named)), re.IGNORECASE)


def _said(fact: dict[str, Any], transcript: str) -> str:
    return " ; ".join(transcript[a:b] for a, b in fact["spans"])


def _numbers(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    """Every figure of a fact is in the words that are its evidence, every one of the note was said at all."""
    transcript = record["transcript"]
    heard = _figures(transcript) | _figures(context)
    for fact in record["facts"]:
        words = _said(fact, transcript)
        known = _figures(words) if words else _figures(context)
        for figure in _quantities(fact["statement"]):
            if figure not in known and not _implied(figure, fact["statement"], words):
                yield f"{fact['section']}: {figure} of {fact['concept']} is not in its evidence"
    for section, text in note.sections().items():
        text = re.sub(r"(?:^|(?<=\. ))\d+\. ", " ", text) if section in LIST_SECTIONS else text
        for figure in _quantities(text):
            if figure not in heard and not _implied(figure, text, transcript):
                yield f"{section.value}: {figure} was never said"


def _quantities(text: str) -> list[str]:
    return [f.replace(",", "") for f in _NUMBER.findall(_names_with_figures().sub("", text.replace("/1.73 m2", "")))]


def _figures(text: str) -> set[str]:
    """Figures that a listener may take from the words: also "ninety-six nine" as 96.9 and a bare "point eight"."""
    plain = _DIGIT_WORD.sub(lambda m: _DIGITS[m.group(0)], normalise(text).text.replace(",", "").lower())
    figures = {f.rstrip(".") for f in _HEARD.findall(plain)}
    figures |= {f"{whole}.{tenth}" for whole, tenth in re.findall(r"\b(\d{2,3}) (\d)\b", plain)}
    figures |= {first + second for first, second in re.findall(r"\b(\d\d) (\d\d)\b", plain)}
    figures |= {str(int(tens) + int(ones)) for tens, ones in re.findall(r"\b([2-9]0) ([1-9])\b", plain)}
    figures |= {hours + minutes for hours, minutes in re.findall(r"\b(\d):(\d\d)\b", plain)}
    figures |= {"0." + digits.replace(" ", "") for digits in re.findall(r"\bpoint ((?:\d ?)+)", plain)}
    figures |= {f"0.{fraction}" for fraction in re.findall(r"\bpoint (\d+)", plain)}
    return figures | {f"{int(f) / 1000:g}" for f in figures if f.isdigit() and int(f) >= 1000}


def _implied(figure: str, statement: str, words: str) -> bool:
    """ "a month" is 1, "twice" is 2, a pain score of 7 is 7/10, and 17.0 thousand is 17.0 K/uL."""
    if f"{figure} K/" in statement and f"{float(figure) * 1000:g}" in _figures(words):
        return True
    if figure == "1" and _ONE.search(words.lower()):
        return True
    if figure == "2" and _TWO.search(words.lower()):
        return True
    return figure in ("10", "30") and f"/{figure}" in statement


def _drugs(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    known = {name.lower() for name in drugs_in(f"{record['transcript'].replace(' - ', '-')} {context}")}
    heard = re.sub(r"[^a-z0-9]+", " ", f"{record['transcript']} {context}".lower())
    for section, text in note.sections().items():
        for name in drugs_in(text):
            spoken = re.sub(r"[^a-z0-9]+", " ", name.lower())
            if name.lower() not in known and spoken not in heard:
                yield f"{section.value}: {generic_of(name)} was never named"


def _sides(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    """A fact's side is the last one of its own words: what comes first may have been corrected."""
    for fact in record["facts"]:
        side = fact["values"].get("side")
        words = [w.lower() for w in _SIDE.findall(_said(fact, record["transcript"]))]
        if side in ("left", "right") and fact["spans"] and words[-1:] != [side]:
            yield f"{fact['section']}: {fact['concept']} is noted on another side than it was said"
        if side and not re.search(rf"\b{side}|{'both' if side == 'bilateral' else side}\b", fact["statement"]):
            yield f"{fact['section']}: {fact['concept']} is noted without its side"
    spoken = f"{record['transcript']} {context}"
    said = {w.lower() for w in _SIDE.findall(spoken)}
    said |= {{"l": "left", "r": "right"}[letter.lower()] for letter in _QUADRANT.findall(spoken)}
    for section, text in note.sections().items():
        text = _BY_ORGAN.sub("", text)
        for word in {w.lower() for w in _SIDE.findall(text)} & {"left", "right"}:
            if word not in said:
                yield f"{section.value}: nobody said {word}"


def _answers(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    """A symptom that was asked for is noted as the answer begins: yes or no."""
    transcript = record["transcript"]
    for fact in record["facts"]:
        if fact["kind"] not in ("symptom_present", "symptom_absent") or len(fact["spans"]) < 2:
            continue
        start, end = fact["spans"][-1]
        answer = transcript[start:end]
        short = len(answer.split()) < 4
        if fact["kind"] == "symptom_absent" and short and _YES.match(answer):
            yield f"ros: {fact['concept']} is denied though the answer was yes"
        if fact["kind"] == "symptom_present" and short and _NO.match(answer):
            yield f"ros: {fact['concept']} is present though the answer was no"


def _unsaid(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    for fact in record["facts"]:
        if not fact["spans"] and fact["statement"] not in context:
            yield f"{fact['section']}: {fact['concept']} is neither said nor in the context"


def _edit(record: dict[str, Any], note: SoapNote, context: str) -> Iterator[str]:
    edit = record.get("edit")
    if not edit:
        return
    named = sorted([edit["section"], *edit["expected"], *edit["unchanged"]])
    if named != sorted(s.value for s in NOTE_SECTIONS):
        yield "edit: the sections are not each named once"
    changed = {edit["section"]: edit["new_content"], **edit["expected"]}
    for name, text in changed.items():
        if text == note[Section(name)]:
            yield f"edit: {name} does not change"
    if not check_note(note):
        for problem in check_note(note.model_copy(update=changed)):
            yield f"edited {problem}"
