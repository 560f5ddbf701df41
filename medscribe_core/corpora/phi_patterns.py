"""How identifiers of people look in speech and in notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from medscribe_core.corpora.phi_words import (
    DAY_WORD,
    DIGIT_WORD,
    FAMILY_NAMES,
    NOT_NAMES,
    ORDINAL_WORD,
    SPOKEN_YEAR,
    STATES,
)


class IdentifierKind(StrEnum):
    """A kind of identifier of the HIPAA Safe Harbor list that can stand in a visit (45 CFR 164.514(b)(2))."""

    NAME = "name"
    DATE = "date"
    PHONE = "phone"
    EMAIL = "email"
    RECORD_NUMBER = "record_number"
    SSN = "ssn"
    ADDRESS = "address"
    URL = "url"


@dataclass(frozen=True)
class Pattern:
    """One way in which an identifier is written.

    Attributes:
        gate: a text without any of these lower-case pieces cannot match (empty: any can); the screen's speed.
        accepts: looks at the match where the expression alone is not enough.
    """

    kind: IdentifierKind
    gate: tuple[str, ...]
    regex: re.Pattern[str]
    accepts: Callable[[re.Match[str]], bool] = bool


def _pattern(
    kind: IdentifierKind, gate: str, expression: str, accepts: Callable[[re.Match[str]], bool] = bool
) -> Pattern:
    pieces = (gate,) if gate.startswith(" ") else tuple(gate.split())
    return Pattern(kind, pieces, re.compile(expression), accepts)


def _is_name(match: re.Match[str]) -> bool:
    words = match.group("name").lower().replace("\u2019", "'").split()
    return all(len(word.strip(".'-")) > 1 and word.removesuffix("'s") not in NOT_NAMES for word in words)


def _is_family_name(match: re.Match[str]) -> bool:
    return match.group("name").lower().removesuffix("'s") in FAMILY_NAMES


# Not all in capitals: "nurse BP check".
_CAPITALIZED = r"(?-i:[A-Z\u00c0-\u00de][\w'\u2019-]*[a-z\u00df-\u00ff][\w'\u2019-]*)"
# "I miss Sundays" has no title in it.
_MISS = r"(?<!\b[Ii][ ])(?<!\b(?:to|we|he)[ ])(?<!\byou[ ])(?<!they[ ])(?<!don't[ ])[Mm]iss"
_MONTH = (
    r"(?:[Jj]anuary|[Ff]ebruary|[Mm]arch|[Aa]pril|May|[Jj]une|[Jj]uly|[Aa]ugust|[Ss]eptember|[Oo]ctober|[Nn]ovember|"
    r"[Dd]ecember|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_UNIT = r"(?:a\.?m|p\.?m|mg|mcg|percent|point|times|days|weeks|months|years|miles)"
_SPOKEN_MONTH = rf"(?:{_MONTH}|may)"
_YEAR = r"(?:19|20)\d\d\b(?!\.\d|[ ]?(?:mg|mcg|ml|units|steps|calories))"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_NUMERIC = r"(?:0?[1-9]|1[0-2]|[12]\d|3[01])"
_STREET = (
    r"(?:Street|St\.|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Drive|Court|Terrace|Parkway|Pkwy|Highway|Circle|Place)"
)
_NUMBER_WORD = (
    r"(?:\d{1,5}|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine|\w+teen|hundred|oh))*)"
)
_NOT_STREET_NAME = (
    r"(?!(?:the|a|an|of|to|in|on|and|or|days?|weeks?|months?|years?|miles?|blocks?|times?|hours?|minutes?)\b)"
)
_REACH = r"(?i:\b(?:phone|cell|mobile|telephone|tel|fax|pager|call|reach|number|text)\b[^.?!\n]{0,30}?)"
_SPOKEN_DIGITS = rf"(?:{DIGIT_WORD}|\d)(?:[ ,-]{{1,2}}(?:(?:double|triple)[ ])?(?:{DIGIT_WORD}|\d)\b){{6,}}"
_SOCIAL = r"(?i:\b(?:SSN|social[ ]security(?:[ ]number)?|last[ ]four[ ]of[ ](?:my|your|the)[ ]social))"
_RECORD_NAME = (
    r"(?i:\b(?:MRN|(?:medical[ ])?record(?:[ ](?:number|no\.?|num|\#))|patient[ ](?:id|number)|"
    r"chart[ ](?:number|no\.?)|"
    r"account[ ](?:number|no\.?)|member[ ](?:id|number)|policy[ ](?:number|no\.?)|medicare[ ](?:number|id)|"
    r"insurance[ ](?:number|id)|case[ ]number|license[ ](?:number|no\.?)|unit[ ]no\.?))"
)

_DIGITS = "0 1 2 3 4 5 6 7 8 9"
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_NAME, _DATE, _PHONE, _ADDRESS = IdentifierKind.NAME, IdentifierKind.DATE, IdentifierKind.PHONE, IdentifierKind.ADDRESS
_EMAIL, _RECORD, _SSN, _URL = IdentifierKind.EMAIL, IdentifierKind.RECORD_NUMBER, IdentifierKind.SSN, IdentifierKind.URL

PATTERNS: tuple[Pattern, ...] = (
    # "Mr. Ng", "Dr J. Kumar", "Nurse Abiola"; a title without a name, or the label "Doctor:", is none
    _pattern(
        _NAME,
        "dr mr ms mx prof",
        rf"\b(?:Dr|Mr|Mrs|Ms|Mx|Prof)\b\.?[ \t]+(?:[A-Z]\.[ ]?)?(?P<name>{_CAPITALIZED})",
        _is_name,
    ),
    _pattern(_NAME, "dr. mr. mrs. ms.", r"\b(?:DR|MR|MRS|MS)\.[ \t]+(?P<name>[A-Z][A-Z'-]+)", _is_name),
    _pattern(
        _NAME,
        "doctor professor nurse miss mister",
        rf"\b(?:[Dd]octor|[Pp]rofessor|[Nn]urse|{_MISS}|[Mm]ister|[Mm]issus)[ \t]+(?P<name>{_CAPITALIZED})",
        _is_name,
    ),
    _pattern(_NAME, "mr dr mis", r"\b(?:mr|mrs|dr|mister|missus)\b\.?[ \t]+(?P<name>[a-z][a-z'-]+)", _is_name),
    _pattern(_NAME, "doctor", r"\b(?:this[ ]is|i'm|i[ ]am)[ ]doctor[ ](?P<name>[a-z][a-z'-]+)", _is_name),
    _pattern(_NAME, "doctor nurse miss ms", r"\b(?:doctor|nurse|miss|ms)[ ](?P<name>[a-z][a-z'-]+)", _is_family_name),
    _pattern(
        _NAME,
        "name",
        r"(?i:\b(?:my|his|her|patient(?:'s)?)[ ](?:full[ ]|first[ ]|last[ ])?name(?:'s|[ ]is)[ ])"
        r"(?P<name>[\w'\u2019-]+)",
        _is_name,
    ),
    _pattern(_NAME, "name:", rf"\b(?:[Pp]atient[ ])?[Nn]ame:[ \t]*(?P<name>{_CAPITALIZED})", _is_name),
    _pattern(
        _NAME,
        "year",
        rf"\b(?P<name>{_CAPITALIZED}[ ](?:[A-Z]\.[ ])?{_CAPITALIZED})[ ]is[ ](?:a|an)[ ]\d{{1,3}}[- ]year",
        _is_name,
    ),
    _pattern(
        _NAME,
        "hi hello hey good",
        rf"\b(?:Hi|Hello|Hey|Good[ ](?:morning|afternoon|evening))[ ]?,?[ ](?P<name>{_CAPITALIZED})(?![\w'])",
        _is_name,
    ),
    # "120/80", "5/5" and a month alone are no dates; a day or a year makes one
    _pattern(_DATE, "/", rf"(?<![\d/.-]){_NUMERIC}/{_NUMERIC}/(?:(?:19|20)\d\d|\d\d)(?![\d/])"),
    _pattern(_DATE, "19 20", rf"(?<![\d/.-]){_NUMERIC}([.-]){_NUMERIC}\1(?:19|20)\d\d(?![\d-])"),
    _pattern(_DATE, "19 20", r"(?<![\d/.-])(?:19|20)\d\d([/.-])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)"),
    _pattern(_DATE, "/19 /20", r"(?<![\d/.-])(?:0?[1-9]|1[0-2])/(?:19|20)\d\d(?!\d)"),
    _pattern(
        _DATE, _MONTHS, rf"\b{_MONTH}(?:,?[ ](?:the[ ])?{_DAY}(?:st|nd|rd|th)\b|[ ]{_DAY}(?:st|nd|rd|th)?,?[ ]{_YEAR})"
    ),
    # "HbA1c in June 9" is a value
    _pattern(
        _DATE,
        _MONTHS,
        rf"(?<!\b[Ii]n[ ])\b{_MONTH}[ ]{_DAY}\b(?!\.\d|[/%:]|[ ]?{_UNIT}\b)",
    ),
    _pattern(_DATE, _MONTHS, rf"\b{_MONTH},?[ ](?:of[ ])?{_YEAR}"),
    _pattern(_DATE, _MONTHS, rf"\b{_DAY}(?:(?:st|nd|rd|th)[ ]|[ ]of[ ]|(?:st|nd|rd|th)[ ]of[ ]|-){_MONTH}(?!\w)"),
    _pattern(_DATE, _MONTHS, rf"\b{_DAY}[ ]{_MONTH},?[ ]{_YEAR}"),
    _pattern(_DATE, _MONTHS, rf"\b{_MONTH}[ ](?:the[ ])?{ORDINAL_WORD}\b"),
    _pattern(_DATE, _MONTHS, rf"\b{ORDINAL_WORD}[ ]of[ ](?:{_MONTH}|may\b)"),
    _pattern(
        _DATE,
        "nineteen twenty thousand",
        rf"\b{_SPOKEN_MONTH}[ ](?:of[ ]|(?:the[ ])?{ORDINAL_WORD}[ ])?{SPOKEN_YEAR}\b",
    ),
    _pattern(
        _DATE,
        _MONTHS,
        rf"\b(?:[Oo]n|[Uu]ntil|[Bb]y|[Dd]ated)[ ]{_SPOKEN_MONTH}[ ](?:the[ ])?{DAY_WORD}\b(?![ ]point)",
    ),
    _pattern(_DATE, "birth dob", r"(?i:\b(?:date[ ]of[ ]birth|birth[ ]?date|dob)\b(?:[ ]is)?[:, ]{1,3})\d"),
    _pattern(_PHONE, _DIGITS, r"(?<![\d.-])(?:\+?1[-. ])?(?:\(\d{3}\)[ ]?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\d-])"),
    # seven digits could be a range; with a word for reaching somebody they are a number to call
    _pattern(
        _PHONE,
        _DIGITS,
        rf"{_REACH}(?<!\d)(?:\d{{3}}[-. ]\d{{4}}|\d{{10}})(?!\d|[ ]?(?:mg|mcg|units|ml|steps|calories))",
    ),
    _pattern(_PHONE, "", _SPOKEN_DIGITS),
    _pattern(_EMAIL, "@", r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    _pattern(_EMAIL, " dot ", r"(?i)\b[\w.-]+[ ]at[ ][\w-]+[ ]dot[ ](?:com|org|net|edu|gov)\b"),
    _pattern(_RECORD, _DIGITS, rf"{_RECORD_NAME}(?:[ ](?:is|was))?[:,# ]{{0,3}}(?=[\w-]*\d)[A-Za-z]{{0,3}}[\d-]{{4,}}"),
    _pattern(
        _RECORD,
        "mrn number id no",
        rf"{_RECORD_NAME}(?:[ ](?:is|was))?[:, ]{{1,2}}{DIGIT_WORD}(?:[ ,-]{{1,2}}{DIGIT_WORD}){{3,}}",
    ),
    _pattern(_SSN, "-", r"(?<![\d-])(?!000|666|9)\d{3}-\d{2}-\d{4}(?![\d-])"),
    _pattern(
        _SSN, "ssn social", rf"{_SOCIAL}(?:[ ](?:is|was))?[:, ]{{1,3}}(?:\d[\d -]{{2,}}\d|{DIGIT_WORD}[ ]{DIGIT_WORD})"
    ),
    _pattern(
        _ADDRESS,
        _DIGITS,
        rf"\b\d{{1,5}}[ ](?:[NSEW]\.?[ ]|(?:North|South|East|West)[ ])?"
        rf"(?:(?:[A-Z][\w'-]+|\d{{1,3}}(?:st|nd|rd|th))[ ]){{1,3}}{_STREET}(?!\w)",
    ),
    _pattern(
        _ADDRESS,
        "street avenue boulevard",
        rf"(?i)\b{_NUMBER_WORD}[ ](?:{_NOT_STREET_NAME}[a-z'-]+[ ]){{1,2}}(?:street|avenue|boulevard)\b",
    ),
    _pattern(_ADDRESS, _DIGITS, rf"\b(?:{STATES}),?[ ]\d{{5}}(?:-\d{{4}})?\b"),
    _pattern(
        _ADDRESS,
        "zip",
        rf"(?i:\bzip(?:[ ]?code)?(?:[ ]is)?[: ]{{1,2}})(?:\d{{5}}|{DIGIT_WORD}(?:[ ]{DIGIT_WORD}){{4}})",
    ),
    _pattern(_ADDRESS, "box", r"(?i)\bp\.?[ ]?o\.?[ ]box[ ]\d+"),
    _pattern(_URL, "http www.", r"(?i)\b(?:https?://|www\.)\S+"),
    _pattern(
        _URL,
        ".com .org .net .edu .gov .info .io",
        r"(?i)(?<![@\w.-])[a-z0-9][a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|info|io)\b",
    ),
    _pattern(_URL, " dot ", r"(?i)\b[a-z]+[ ]dot[ ](?:com|org|net|edu|gov)\b"),
)
