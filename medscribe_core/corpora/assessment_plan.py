"""A combined assessment and plan, cut into the two by its own structure."""

from __future__ import annotations

import re

from medscribe_core.schema import Section

_BULLET = re.compile(r"[ \t]*(?:[-\u2013\u2022*\u00b7\u25cf\u25aa]|--|[a-z][.)](?=[ \t]))[ \t]*")
_NUMBER = re.compile(r"[ \t]*(?:\d{1,2}[.)]|#+[ \t]*\d*[.)]?|\(\d{1,2}\)|[IVX]{1,4}\.)[ \t]*")
_REASONING = re.compile(
    r"(?:medical[ ])?(?:reasoning|decision[ ]making|assessment|impression|diagnos[ie]s|status|etiology)\b[^:\n]{0,20}:",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:additional[ ]test(?:ing|s)|medical[ ]treatments?|treatments?|plans?|patient[ ]agreements?|instructions?|"
    r"referrals?|specialist[ ]referrals?|(?:patient[ ])?education[^:\n]{0,20}|counsel+ing|follow[- ]?up|"
    r"medications?|orders?|labs?|imaging)[ \t]*:",
    re.IGNORECASE,
)
_ACTION = re.compile(
    r"(?:(?:i|we)(?:'ll|[ ](?:will|have|would|also|am|are|recommend\w*|want|discussed|advised|encouraged|counsel+ed|"
    r"ordered|plan)\b)|(?:she|he|they|the[ ]patient|patient)[ ]"
    r"(?:will|should|may[ ]continue|was[ ](?:advised|instructed|given))|"
    r"(?:will|plan|start|begin|initiate|stop|discontinue|hold|continue|resume|increase|decrease|taper|switch|change|titrate|"
    r"order|check|repeat|obtain|recheck|refer|schedule|follow|return|rtc|monitor|advise[d]?|counsel+ed|encourage[d]?|"
    r"recommend\w*|discussed|prescribe[d]?|refill(?:ed)?|consider|consult|send|give|take|avoid|call|trend|cont|f/u|"
    r"start(?:ed|ing)|order(?:ed|ing)|referr(?:ed|ing))\b)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(
    r"(?<=[^\d\s.][.!?])[ \t]+(?=[A-Z0-9\[])|(?<=\d[.])[ \t]+(?=[A-Z][a-z])|[ \t]+-{1,2}[ \t]+|:[ \t]+(?=\S)"
)
_HEADING_WORDS = 16


def split_assessment_plan(text: str) -> list[tuple[Section, int, int]]:
    """(ASSESSMENT or PLAN, start, end) of consecutive parts that cover ``text`` from its first to its last character.

    A numbered, ``#``-marked or short line with text under it names a problem: assessment, up to the end of its first
    sentence. Bullets and lines under a problem are plan, but for those labeled as reasoning. Text before the first
    problem is assessment until a sentence that states an action.
    """
    lines = _lines(text)
    cuts: list[tuple[int, Section]] = []
    under_problem = False
    for index, (start, line) in enumerate(lines):
        if not line.strip():
            continue
        following = next((later for _, later in lines[index + 1 :] if later.strip()), "")
        blank_before = index == 0 or not lines[index - 1][1].strip()
        if _is_problem(line, following, blank_before, under_problem):
            under_problem = True
            cuts.append((start, Section.ASSESSMENT))
            rest = _after_first_sentence(line)
            if rest is not None:
                cuts.append((start + rest, Section.PLAN))
        else:
            cuts.extend((start + at, section) for at, section in _other_line(line, under_problem))
    return _merged(cuts, len(text))


def _is_problem(line: str, following: str, blank_before: bool, under_problem: bool) -> bool:
    number = _NUMBER.match(line)
    content = line[number.end() if number else 0 :].strip()
    if not content or _ACTION.match(content) or _LABEL.match(content) or _REASONING.match(content):
        return False
    if number:
        return True
    if _BULLET.match(line):
        return False
    short = len(content.split()) <= _HEADING_WORDS and ". " not in content.rstrip(".")
    if not short or content[0].islower():
        return False
    if not following or (content.endswith(".") and not _BULLET.match(following) and not blank_before):
        return False
    return blank_before or not under_problem or bool(_BULLET.match(following))


def _other_line(line: str, under_problem: bool) -> list[tuple[int, Section]]:
    bullet = _BULLET.match(line) or _NUMBER.match(line)
    offset = bullet.end() if bullet else len(line) - len(line.lstrip())
    content = line[offset:]
    if _REASONING.match(content):
        return [(0, Section.ASSESSMENT)]
    if under_problem or _LABEL.match(content) or _ACTION.match(content):
        return [(0, Section.PLAN)]
    if bullet:
        return [(0, Section.ASSESSMENT)]
    cuts, at = [(0, Section.ASSESSMENT)], 0
    for end in _SENTENCE_END.finditer(line):
        at = end.end()
        if _ACTION.match(line[at:]):
            cuts.append((at, Section.PLAN))
            break
    return cuts


def _after_first_sentence(line: str) -> int | None:
    number = _NUMBER.match(line)
    match = _SENTENCE_END.search(line, number.end() if number else 0)
    return match.end() if match and line[match.end() :].strip() else None


def _lines(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        found.append((at, line))
        at += len(line)
    return found


def _merged(cuts: list[tuple[int, Section]], length: int) -> list[tuple[Section, int, int]]:
    parts: list[tuple[Section, int, int]] = []
    for index, (start, section) in enumerate(cuts):
        end = cuts[index + 1][0] if index + 1 < len(cuts) else length
        start = 0 if not parts else start
        if parts and parts[-1][0] is section:
            parts[-1] = (section, parts[-1][1], end)
        else:
            parts.append((section, start, end))
    return parts
