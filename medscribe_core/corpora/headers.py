"""Section titles as clinicians write them, and where each section of a note begins and ends.

A title counts at the start of a line (with a colon, alone on the line, or in capitals before a dash) and, with a
colon, at the start of a sentence; never inside a word or a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from medscribe_core.corpora.assessment_plan import split_assessment_plan
from medscribe_core.corpora.section_titles import TITLES, Titles
from medscribe_core.schema import Section

_AT_LINE = re.compile(
    r"[ \t]*(?P<title>"
    + "|".join(f"(?P<t{index}>{titles.pattern})" for index, titles in enumerate(TITLES))
    + r")(?P<end>(?:[ \t]*\([^()\n]{0,60}\))?[ \t]*(?::|-{1,2}[ \t]|\.?[ \t]*\r?$))",
    re.IGNORECASE,
)
_SENTENCE_STARTS = re.compile(r"(?<=[.!?;])[ \t]{1,2}(?=[A-Za-z][A-Za-z/& \t-]{0,50}:)")


@dataclass(frozen=True)
class SectionSpan:
    """Characters ``start`` to ``end`` of a note belong to ``section``; the text after the title begins at ``body``."""

    section: Section
    title: str
    main: bool
    start: int
    body: int
    end: int


def section_spans(text: str) -> list[SectionSpan]:
    """The titled parts of ``text`` in order, up to its end; what stands before the first title is in none.

    A combined assessment and plan is cut by its own structure and gives several spans.
    """
    found = _found_titles(text)
    spans: list[SectionSpan] = []
    for (start, body, title), following in pairwise([*found, None]):
        end = following[0] if following else len(text)
        name = text[start:body].strip(" \t\r\n:-.")
        if title.kind != "combined":
            spans.append(SectionSpan(title.section, name, title.main, start, body, end))
            continue
        pieces = split_assessment_plan(text[body:end]) or [(Section.ASSESSMENT, 0, end - body)]
        if pieces[0][0] is not Section.ASSESSMENT:
            pieces = [(Section.ASSESSMENT, 0, 0), *pieces]
        for section, piece_start, piece_end in pieces:
            at = body + piece_start
            spans.append(SectionSpan(section, name, True, start if at == body else at, at, body + piece_end))
            start = body + piece_end
    return spans


def sections_of(text: str) -> dict[Section, str]:
    """Text of each section in the order of ``text``; a title that says more than its section stays before its text."""
    parts: dict[Section, list[str]] = {}
    for span in section_spans(text):
        body = text[span.body : span.end].strip()
        if body:
            parts.setdefault(span.section, []).append(body if span.main else f"{span.title}: {body}")
    return {section: "\n".join(found) for section, found in parts.items()}


def _found_titles(text: str) -> list[tuple[int, int, Titles]]:
    found: list[tuple[int, int, Titles]] = []
    starts = sorted(
        {0, *(m.end() for m in re.finditer(r"\n", text)), *(m.end() for m in _SENTENCE_STARTS.finditer(text))}
    )
    in_results = False
    for at in starts:
        line_start = at == 0 or text[at - 1] == "\n"
        end = text.find("\n", at)
        match = _AT_LINE.match(text[at : end if end >= 0 else len(text)])
        if match is None or not _counts(match, line_start):
            continue
        title = TITLES[next(i for i in range(len(TITLES)) if match.group(f"t{i}") is not None)]
        if title.kind == "impression" and in_results and match.group("end").strip():
            continue
        in_results = title.kind == "results"
        found.append((at + match.start("title"), at + match.end(), title))
    return found


def _counts(match: re.Match[str], line_start: bool) -> bool:
    end, name = match.group("end"), match.group("title")
    if ":" in end:
        return True
    if not line_start or not name[0].isupper():
        return False
    return "-" not in end or name.isupper()
