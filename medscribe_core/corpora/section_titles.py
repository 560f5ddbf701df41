"""The titles of sections in clinical notes, one family a line.

A line is a regular expression in which a space stands for any blanks; ``{name}`` is one of WORDS. Order does not
matter: a title has to be followed by a colon or stand alone, so the whole of it is matched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from medscribe_core.schema import Section

WORDS = {
    "and": r"(?: and | ?[&/,] ?)",
    "hx": r"(?:history|hist\.?|hx)",
    "illness": r"(?:present|presenting|current) (?:illness|complaint)s?",
    "visit": r"(?:visit|admission|consult(?:ation)?|referral|hospitali[sz]ation|encounter|presentation)",
    "arrival": r"(?:admission|admit|admitting|transfer|arrival|initial|presenting|pre-?admission)",
    "when": r"(?:admission|admit|admitting|transfer|arrival|initial|presenting|pre-?admission|discharge)",
    "drugs": r"(?:medications?|meds|medicines)(?: list)?",
    "exam": r"(?:physical )?(?:exam(?:ination)?s?|findings)|PEx?|phys(?:ical)? ?ex(?:am)?",
    "labs": r"(?:labs?|laborator(?:y|ies)|imaging|radiolog(?:y|ic|ical)|diagnostics?|micro(?:biology)?|pathology|"
    r"EKG|ECG|echo(?:cardiogram)?|TTE|TEE|CXR|chest x-?ray|studies|pertinent|relevant|other|recent|key|cardiac|{when})",
    "followup": r"follow(?:-| )?up",
    "results": r"(?:results?|data|findings|values|studies|tests?|labs?|imaging|reports?)",
}


@dataclass(frozen=True)
class Titles:
    """A family of titles.

    Attributes:
        main: the title says no more than the section does, so the text can stand without it.
        kind: ``results`` (a radiologist's "impression" in it is no assessment), ``impression``, ``combined``
            (assessment and plan) or nothing special.
    """

    section: Section
    lines: str
    main: bool = False
    kind: str = ""

    @property
    def pattern(self) -> str:
        """All the titles as one regular expression without groups of its own."""
        choices = "|".join(line.strip() for line in self.lines.strip().splitlines())
        for _ in range(2):  # words may use words
            choices = re.sub(r"\{([a-z]+)\}", lambda word: f"(?:{WORDS[word.group(1)]})", choices)
        return re.sub(r" (\??)", lambda blank: r"[ \t]*" if blank.group(1) else r"[ \t]+", choices)


COMBINED = Titles(
    Section.ASSESSMENT,
    r"""
    assessments?{and}(?:recommendation|plan)s?(?: of care)?
    impressions?{and}(?:recommendation|plan)s?
    A ?[/&] ?P|A and P|imp ?/ ?plan|problem(?:-| )based plan
    """,
    main=True,
    kind="combined",
)
# In the house style the history, the drugs at home and the allergies stand in the history of present illness.
HISTORY_OF_PRESENT_ILLNESS = Titles(
    Section.HPI,
    r"""
    (?:brief )?{hx} (?:of|or) (?:the )?{illness}(?: \(HPI\))?
    {illness}|(?:brief )?HPI|HOPI|H/?PI|subjective|(?:interval|interim) {hx}
    """,
    main=True,
)
BACKGROUND = Titles(
    Section.HPI,
    r"""
    (?:chief|presenting|main|primary) (?:complaint|concern|problem)s?|complaints?|CC
    reason for {visit}|events leading to admission|HPI ?/ ?hospital course
    (?:significant )?past(?: medical| surgical)?(?:{and}(?:medical|surgical|social))? {hx}
    (?:medical|surgical|family|social|psychiatric)(?:{and}(?:surgical|social))? {hx}
    (?:obstetric(?:al)?|gyna?ecologic(?:al)?) {hx}
    (?:birth|developmental|immuni[sz]ation|sexual|substance(?: (?:use|abuse))?|occupational|travel) {hx}
    (?:smoking|alcohol|tobacco|OB/?(?:GYN)?|other|relevant|cardiac|(?:past )?oncologic(?:al)?|hospitali[sz]ation) {hx}
    PMH?x?|PMSH|PSHx?|PMHx? ?/ ?PSHx?|FHx?|FamHx|SHx?|SocHx|social|family|habits|cardiac risk factors|immuni[sz]ations?
    (?:home|current|outpatient|active|prior|{arrival}) {drugs}(?: (?:on|at|prior to) (?:home|admission))?
    {drugs}(?: (?:on|at|upon|prior to) (?:admission|home|arrival))?
    (?:drug )?allerg(?:y|ies)(?:{and}adverse (?:drug )?reactions)?|adverse reactions
    """,
)
REVIEW_OF_SYSTEMS = Titles(
    Section.ROS,
    r"""
    (?:pertinent )?reviews? of (?:the )?(?:systems?|symptoms)(?: \(ROS\))?
    ROS|R\.O\.S\.|(?:systems?|symptom) review
    """,
    main=True,
)
EXAMINATION = Titles(
    Section.EXAM,
    r"""
    (?:{when} |on |general |focused )?(?:{exam})(?: (?:on|at|upon|prior to) (?:the time of )?{when})?
    objective(?: findings)?
    """,
    main=True,
)
PARTS_OF_EXAMINATION = Titles(
    Section.EXAM,
    r"""
    (?:{when} )?(?:vitals?(?: signs?)?|VS|V/S)(?: (?:reviewed|(?:on|at|upon) {when}))?
    mental status exam(?:ination)?|MSE|neuro(?:logic(?:al)?)? exam(?:ination)?
    """,
)
RESULTS = Titles(
    Section.EXAM,
    r"""
    (?:(?:{labs}) ){1,3}{results}(?: (?:on|at|from|upon) {when})?
    {results}(?: (?:on|at|from|upon) {when})?
    {labs}(?: (?:on|at|from|upon) {when})
    laborator(?:y|ies)|radiology|micro(?:biology)?|pathology|diagnostics
    EKG|ECG|echo(?:cardiogram)?|TTE|TEE|CXR|chest x-?ray
    """,
    kind="results",
)
ASSESSMENT = Titles(
    Section.ASSESSMENT,
    r"""
    assessments?|clinical (?:assessment|impression)|medical decision making|MDM|diagnos[ie]s
    """,
    main=True,
)
IMPRESSION = Titles(Section.ASSESSMENT, r"impressions?", main=True, kind="impression")
PARTS_OF_ASSESSMENT = Titles(
    Section.ASSESSMENT,
    r"""
    (?:{when}|final|primary|principal|secondary|working|differential) diagnos[ie]s(?: list)?
    (?:other|active|additional|chronic) diagnos[ie]s(?: list)?
    (?:pre|post)-?operative diagnos[ie]s|problems?(?: list)?|(?:active|chronic) (?:issues|problems|medical issues)
    (?:brief )?(?:summary of )?(?:hospital|M?ICU|CCU|NICU|ED|emergency department|floor|clinical) course
    (?:(?:brief )?hospital course|course) by (?:problems?|systems?|issues?)|course in (?:the )?(?:hospital|ED|ICU)
    discharge condition|condition (?:at|on|upon) discharge
    """,
)
PLAN = Titles(
    Section.PLAN,
    r"""
    plans?|(?:treatment|care|management|discharge|{followup}|disposition) plans?|plan of care
    recommendations?|recs|plan{and}recommendations?
    """,
    main=True,
)
PARTS_OF_PLAN = Titles(
    Section.PLAN,
    r"""
    discharge {drugs}|{drugs} (?:on|at|upon) (?:discharge|transfer)|prescriptions?
    (?:(?:discharge|{followup}|patient|home|post-?op(?:erative)?) )?instructions?(?: to patient)?
    (?:recommended )?{followup}(?: (?:appointments?|care))?|return (?:to clinic|precautions)|RTC
    (?:discharge )?disposition|dispo|transitional (?:issues|care)|(?:pending|outstanding) {results}
    orders?|referrals?|patient education|counsel+ing|goals
    """,
)
# The frame of a discharge summary: neither history nor reasoning.
FRAME = Titles(
    Section.OTHER,
    r"""
    (?:admission|discharge|service|dictation) date|date of (?:admission|discharge|birth|service|visit)
    DOB|sex|gender|name|service|attending(?: (?:physician|MD))?
    (?:dictated|signed|completed|electronically signed) by|facility|unit no
    primary care (?:physician|provider)|PCP|referring (?:physician|provider)|code status|communication|contact|provider
    (?:major )?(?:surgical (?:or|and) invasive )?procedures?(?: performed)?|operations?
    consult(?:s|ations?|ants?)|addendum|discharge worksheet|cc list
    """,
)
TITLES: tuple[Titles, ...] = (
    COMBINED,
    HISTORY_OF_PRESENT_ILLNESS,
    BACKGROUND,
    REVIEW_OF_SYSTEMS,
    EXAMINATION,
    PARTS_OF_EXAMINATION,
    RESULTS,
    ASSESSMENT,
    IMPRESSION,
    PARTS_OF_ASSESSMENT,
    PLAN,
    PARTS_OF_PLAN,
    FRAME,
)
