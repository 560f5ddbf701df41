"""Atomic facts of a note in the house style.

What counts as one fact:

- HPI: age and sex, each complaint or followed condition and the duration in "... presents with ..."; each drug of a
  list of current medications; each condition of a "History of ..." list; of the rest, a sentence or a part between
  semicolons.
- ROS: each item with its polarity.
- EXAM: each vital, each finding of a system (split at commas, never inside a known phrase such as
  "dry, scaly erythematous patches"), each result.
- ASSESSMENT: each problem with its status; what it is due to is a second fact.
- PLAN: each numbered item.

"Not discussed." and "Not performed." are the absence of facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from medscribe_core.facts.splitting import numbered_items, protect_phrases, restore_phrases, sentences, split_list
from medscribe_core.facts.wording import Wording, read_wording
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote

_GOOD = ("well controlled", "controlled", "at goal", "stable", "improving", "improved", "resolving", "resolved")
_BAD = ("poorly controlled", "not well controlled", "uncontrolled", "not at goal", "worsening")
STATUSES = (*_GOOD, *_BAD, "new", "unchanged")
_OTHER_VERBS = (
    *("increase", "decrease", "hold", "switch", "change", "refill", "refer", "give"),
    *("schedule", "monitor", "follow", "no", "defer"),
)
#: First word of a plan item to the kind of action; items of different kinds never match.
_ACTIONS = {
    **dict.fromkeys(["start", "begin", "initiate", "add"], "start"),
    **dict.fromkeys(["stop", "discontinue"], "stop"),
    **dict.fromkeys(["continue", "resume"], "continue"),
    **dict.fromkeys(["counseled", "counsel"], "counsel"),
    **dict.fromkeys(["order", "obtain", "repeat", "check"], "order"),
    **dict.fromkeys(["return", "call", "go"], "return"),
    **{verb: verb for verb in _OTHER_VERBS},
}
_MEDICATIONS_LEAD = re.compile(
    r"^(?:(?:current|home) medications?\s*(?:include|includes|are|:)|"
    r"(?:(?:he|she|they|patient|the patient) )?(?:currently )?takes)\s+",
    re.IGNORECASE,
)
_OPENING = re.compile(r"(.+?) presents ((?:with|for) .+?)\.?$")
_NO_REASON = "evaluation"  # says why nobody came
_REASON_LEAD = re.compile(r"^with |(?:^| and | )for follow-up of |(?:^| and )for ")
_DURATION = re.compile(
    r" (for (?:(?:about|over|almost|nearly|at least|the past|more than) )?\d+(?: to \d+)? "
    r"(?:minute|hour|day|week|month|year)s?|since [^,;]+?)(?= and for |,| with |$)"
)
_HISTORY_LEAD = re.compile(r"^(?:(?:(?:he|she|patient) has an? )?(?:past medical )?history of)\s+", re.IGNORECASE)
_SYSTEM = re.compile(r"^([A-Z][A-Za-z]+(?: [a-z]+)?):\s+")
_CAUSE = re.compile(r",?\s+(?:(?:most )?(?:likely|probably|possibly) )?(?:due to|from|caused by) ")
#: "PHQ-9 14, down from 21" is one result, not two.
_COMPARISON = re.compile(r"(?:down|up|previously|prior|from|compared|unchanged|was|last)\b")


@dataclass(frozen=True)
class NoteFact:
    """One atomic fact. ``text`` stands verbatim in the note's section; ``core`` is what its words are compared by."""

    section: Section
    kind: str
    text: str
    core: str
    polarity: str = ""
    status: str = ""
    action: str = ""
    system: str = ""
    wording: Wording = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wording", read_wording(self.core))


def extract_facts(note: SoapNote) -> list[NoteFact]:
    """All facts of ``note`` in the order in which they stand."""
    return [fact for section in NOTE_SECTIONS for fact in section_facts(section, note[section])]


def section_facts(section: Section, text: str) -> list[NoteFact]:
    """The facts of one section's text; an empty section and "Not discussed." have none."""
    text = text.strip()
    if not text or text.rstrip(".").lower() in {"not discussed", "not performed"}:
        return []
    return [fact for fact in _READERS[section](text) if fact.text]


def _hpi(text: str) -> list[NoteFact]:
    facts: list[NoteFact] = []
    for sentence in sentences(text):
        for part in re.split(r";\s+", sentence):
            listed = _opening(part) or _listed_medications(part) or _listed_history(part)
            facts.extend(listed or [NoteFact(Section.HPI, "history", part.strip(), part.strip())])
    return facts


def _opening(sentence: str) -> list[NoteFact]:
    opening = _OPENING.match(sentence)
    if not opening:
        return []
    who, reasons = opening.groups()
    facts = [] if who.lower().endswith("patient") else [NoteFact(Section.HPI, "demographics", who, f"aged {who}")]
    duration = _DURATION.search(reasons)
    if duration:
        reasons = reasons[: duration.start()] + reasons[duration.end() :]
    leads = list(_REASON_LEAD.finditer(reasons))
    for lead, following in zip(leads, [*leads[1:], None], strict=True):
        reason = reasons[lead.end() : following.start() if following else len(reasons)]
        what = "follow-up of " if "follow-up" in lead.group() else ""
        facts.extend(
            NoteFact(Section.HPI, "complaint", item, what + item)
            for item in split_list(reason, "and")
            if item != _NO_REASON
        )
    if duration:
        facts.append(NoteFact(Section.HPI, "duration", duration.group(1), duration.group(1)))
    return facts


def _listed_medications(sentence: str) -> list[NoteFact]:
    lead = _MEDICATIONS_LEAD.match(sentence)
    if not lead or re.search(r" as (?:prescribed|directed)\.?$", sentence):
        return []
    body = sentence[lead.end() :].rstrip(".")
    spans: list[tuple[int, int]] = []
    start = 0
    for separator in [*re.finditer(r", (?:and )?| and (?=[a-zA-Z])", body), None]:
        end = separator.start() if separator else len(body)
        if read_wording(body[start:end]).drugs or not spans:
            spans.append((start, end))
        else:
            # "taken every morning", "with no missed doses" say something of the drug before them.
            spans[-1] = (spans[-1][0], end)
        start = separator.end() if separator else end
    items = [body[first:last] for first, last in spans]
    if not read_wording(items[0]).drugs:
        return []
    return [NoteFact(Section.HPI, "medication", item, item) for item in items]


def _listed_history(sentence: str) -> list[NoteFact]:
    lead = _HISTORY_LEAD.match(sentence)
    items = split_list(sentence[lead.end() :].rstrip("."), "and") if lead else []
    if len(items) < 2:
        return []
    return [NoteFact(Section.HPI, "history", item, f"history of {item}") for item in items]


def _ros(text: str) -> list[NoteFact]:
    facts: list[NoteFact] = []
    for sentence in sentences(text):
        lead = re.match(r"(positive|negative) for ", sentence, re.IGNORECASE)
        if not lead:
            facts.append(NoteFact(Section.ROS, "symptom", sentence, sentence))
            continue
        polarity = lead.group(1).lower()
        for item in split_list(sentence[lead.end() :].rstrip("."), "and|or"):
            facts.append(NoteFact(Section.ROS, "symptom", item, item, polarity=polarity))
    return facts


def _exam(text: str) -> list[NoteFact]:
    facts: list[NoteFact] = []
    in_results = False
    for sentence in sentences(text):
        lead = _SYSTEM.match(sentence)
        system = lead.group(1) if lead else ""
        in_results = system == "Results" or (in_results and not lead)
        kind = "vital" if system == "Vitals" else "result" if in_results else "finding"
        body = sentence[lead.end() if lead else 0 :].rstrip(".")
        for part in re.split(r";\s+", body):
            items = split_list(part)
            if kind == "result":
                items = _with_comparisons(items)
            label = system if kind == "finding" else ""
            facts.extend(NoteFact(Section.EXAM, kind, item, item, system=label) for item in items)
    return facts


def _with_comparisons(items: list[str]) -> list[str]:
    joined: list[str] = []
    for item in items:
        if joined and _COMPARISON.match(item):
            joined[-1] = f"{joined[-1]}, {item}"
        else:
            joined.append(item)
    return joined


def _assessment(text: str) -> list[NoteFact]:
    facts: list[NoteFact] = []
    for item in (item.rstrip(".") for item in numbered_items(text)):
        problem, *causes = _CAUSE.split(protect_phrases(item), maxsplit=1)
        parts, status = _without_status(problem)
        because, late_status = _without_status(causes[0]) if causes else ("", "")
        stated = item if late_status else restore_phrases(problem)
        core = parts or restore_phrases(problem)
        facts.append(NoteFact(Section.ASSESSMENT, "diagnosis", stated, core, status=status or late_status))
        if because:
            facts.append(NoteFact(Section.ASSESSMENT, "cause", because, because))
    return facts


def status_trend(status: str) -> str:
    """``good``, ``bad`` or empty when the status says neither."""
    return "good" if status in _GOOD else "bad" if status in _BAD else ""


def _without_status(text: str) -> tuple[str, str]:
    parts = text.split(", ")
    found = [part for part in parts if part.lower() in STATUSES]
    rest = ", ".join(part for part in parts if part not in found)
    return restore_phrases(rest), ", ".join(part.lower() for part in found)


def _plan(text: str) -> list[NoteFact]:
    facts: list[NoteFact] = []
    for item in (item.rstrip(".") for item in numbered_items(text)):
        first = re.match(r"[A-Za-z]+", item)
        action = _ACTIONS.get(first.group(0).lower(), "") if first else ""
        facts.append(NoteFact(Section.PLAN, "plan", item, item, action=action))
    return facts


_READERS = {
    Section.HPI: _hpi,
    Section.ROS: _ros,
    Section.EXAM: _exam,
    Section.ASSESSMENT: _assessment,
    Section.PLAN: _plan,
}
