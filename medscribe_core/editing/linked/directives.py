"""What an assessment says is to be done, carried to the plan: "lisinopril to be increased to 20 mg daily"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medscribe_core.editing.linked.draft import Draft
from medscribe_core.editing.linked.words import Intake, intakes, is_antibiotic, same_class, stems
from medscribe_core.schema import Section

_WHAT = r"(?P<what>[^.,;]+?)"
_RAISE = "increased|raised"
_LOWER = "decreased|reduced|lowered"
#: Up to a comma, a full stop that is no decimal point, or a reason.
_REST = r"(?:[^.,;]|[.,](?=\d))+?)(?= because | due to | and driving|[;]|[.,](?!\d)|$)"
_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("change", rf"(?:{_WHAT} )?to be (?P<how>{_RAISE}|{_LOWER}) to (?P<to>{_REST}"),
        ("replace", rf"to be treated with (?P<what>(?:[^.;]|\.(?=\d))+?) (?:instead|in place) of (?P<old>{_REST}"),
        ("replace", rf"{_WHAT} to replace (?P<old>{_REST}"),
        ("start", rf"\bto start (?P<what>{_REST}"),
        ("lower", rf"to be treated by lowering {_WHAT} to (?P<to>{_REST}"),
        ("stop", rf"to be treated by stopping (?P<what>{_REST}"),
        ("start", rf"to be treated (?:with|by adding) (?P<what>{_REST}"),
        ("start", rf"{_WHAT} to be (?:started|added)\b"),
        ("stop", rf"{_WHAT} to be (?:stopped|discontinued)\b"),
        ("continue", rf"{_WHAT} to be continued\b"),
        ("avoid", rf"{_WHAT} (?:to be avoided|to be deferred|not needed|not required|not indicated|declined)\b"),
        ("avoid", r"\bno (?P<what>[^.,;]+?) needed\b"),
        ("order", rf"to be (?:evaluated|excluded|ruled out) with (?P<what>{_REST}"),
        ("order", rf"{_WHAT} (?:to be ordered|needed(?: now| today)?)(?=[.,;]|$)"),
    )
)  # fmt: skip
#: What follows the drug and its dose in a directive and is no part of the order.
_ASIDE = re.compile(r" (?:added to .*|for prevention|alone\b.*|only|with \w+ unchanged|with patient agreement)$")
_GIVEN = re.compile(r"(?:Start|Give|Gave|Administer)\b")
_NO_DRUG = re.compile(r"Counseled on (?:medication|medicine|treatment) not being needed")
_TAKEN = re.compile(r"(?:Continue|Refill|Increase|Decrease|Resume)\b")
_ORDERED = re.compile(r"(?:Order|Start|Give|Administer|Refer|Provide|Repeat|Schedule|Obtain|Check|Performed?)\b")
_NO_ANTIBIOTICS = re.compile(r"No antibiotics|Counseled on .*antibiotics not |Counseled on no (?:\w+ ){0,2}antibiotics")


def link_directives(draft: Draft) -> None:
    """Follow the directives that the edit wrote into the assessment."""
    if draft.edit.section is not Section.ASSESSMENT:
        return
    for kind, found in _directives(draft):
        what, about = _ASIDE.sub("", (found["what"] or "").strip()).removeprefix("starting "), found[0]
        match kind:
            case "change":
                _change(draft, what, "Increase" if found["how"] in _RAISE else "Decrease", found["to"], about)
            case "lower":
                _change(draft, what, "Decrease", found["to"], about)
            case "replace":
                _replace(draft, what, found["old"].strip(), about)
            case "start" if intakes(what):
                _start(draft, what, about)
            case "stop":
                _stop(draft, what, about)
            case "continue":
                _go_on(draft, what, about)
            case "avoid":
                _avoid(draft, what, about)
            case "order":
                _order(draft, what, about)


def _directives(draft: Draft) -> Iterator[tuple[str, re.Match[str]]]:
    """(kind, match) of each directive of the edited phrases."""
    for phrase in draft.phrases:
        for part in _orders(phrase.after.rstrip(".")):
            matches = ((kind, pattern.search(part)) for kind, pattern in _PATTERNS)
            found = next(((kind, match) for kind, match in matches if match), None)
            if found and found[1][0] not in draft.before:
                yield found


def _orders(text: str) -> Iterator[str]:
    """The parts of a text that order one thing each; "treated with A 5 mg daily and B 1 g daily" orders two."""
    for part in re.split(r"(?<=[a-z]), (?!\d)| and (?=[a-z]+ [^,]*to be )", text):
        first, *more = re.split(r" and (?=evaluated with |(?:[A-Za-z-]+ ){1,2}\d[\d.]* (?:mg|mcg|g)\b)", part)
        yield first
        for order in more if "to be " in first else ():
            yield f"to be {order}" if order.startswith("evaluated") else f"to be treated with {order}"
        for unchanged in re.findall(r"with (\w+) unchanged", part):
            yield f"{unchanged} to be continued"


def _about(body: str, what: str) -> bool:
    """Whether a plan item is about the drugs, or else the thing, that a directive names."""
    drugs = _drugs(what)
    return bool(drugs & _drugs(body)) if drugs else bool(stems(what)) and stems(what) <= stems(body)


def _drugs(text: str) -> set[str]:
    return {intake.generic for intake in intakes(text)}


def _name(intake: Intake, body: str) -> str:
    """The drug with its form, as it stands before the dose."""
    end = body.index(intake.dose, intake.start) if intake.dose else intake.end
    return re.sub(r"\s+(?:to\s*)?$", "", body[intake.start : end])


def _change(draft: Draft, what: str, verb: str, to: str, about: str) -> None:
    """A new dose of a drug that the plan has; without its name, of the only drug that has a dose."""
    hits = [
        (index, body)
        for _, index, body in draft.statements(Section.PLAN)
        if (_TAKEN.match(body) or _GIVEN.match(body))
        and intakes(body)
        and (_about(body, what) if what else intakes(body)[0].dose)
    ]
    if len(hits) == 1:
        [(index, body)] = hits
        name = _name(intakes(body)[0], body)
        order = f"Start {name} {to}." if _GIVEN.match(body) else f"{verb} {name} to {to}."
        draft.write(Section.PLAN, index, order, about, "directive")
    elif not hits and intakes(what):
        _write_or_add(draft, what, f"{verb} {what} to {to}.", about)


def _write_or_add(draft: Draft, what: str, order: str, about: str) -> None:
    """The order in place of what the plan says of the drug without giving it, or as an item of its own."""
    antibiotic = any(is_antibiotic(drug) for drug in _drugs(what))
    for _, index, body in draft.statements(Section.PLAN):
        spoken_of = re.match(r"(?:Counseled on|Defer)\b", body) and _about(body, what) and len(_drugs(body)) == 1
        if spoken_of or _NO_DRUG.match(body) or (antibiotic and _NO_ANTIBIOTICS.match(body)):
            draft.write(Section.PLAN, index, order, about, "directive")
            return
    draft.add(Section.PLAN, order, about, "directive")


def _replace(draft: Draft, what: str, old: str, about: str) -> None:
    """Another drug in place of one that the plan gives or goes on with."""
    new = intakes(what)
    replaced = False
    for _, index, body in draft.statements(Section.PLAN):
        if not _about(body, old):
            continue
        if not replaced and (_GIVEN.match(body) or _TAKEN.match(body)):
            draft.write(Section.PLAN, index, f"Start {what}.", about, "directive")
            replaced = True
            if _TAKEN.match(body):
                draft.add(Section.PLAN, f"Stop {old}.", about, "directive")
                return
        elif body.startswith("Counseled") and _drugs(body) and _drugs(body) == _drugs(old):
            draft.write(Section.PLAN, index, "", about, "directive")
        elif new:
            text = re.sub(re.escape(old), new[0].name, body, flags=re.IGNORECASE)
            draft.write(Section.PLAN, index, text, about, "directive")
    if not replaced:
        draft.add(Section.PLAN, f"Start {what}.", about, "directive")


def _start(draft: Draft, what: str, about: str) -> None:
    """A drug is given: the item that has it, or one of the same class that is started, is changed, or one added."""
    new = intakes(what)[0]
    for _, index, body in draft.statements(Section.PLAN):
        if not intakes(body) or not (_GIVEN.match(body) or _TAKEN.match(body)):
            continue
        given = intakes(body)[0]
        if given.generic == new.generic:
            order = f"Start {what}."
            time = re.search(r" for \d+ .*$", what)
            if given.dose and not new.dose and time:
                order = re.sub(r" for \d+ .*$|\.$", "", body) + f"{time[0]}."
            if _TAKEN.match(body) and given.dose and new.dose:
                verb = "Increase" if _amount(new) > _amount(given) else "Decrease"
                order = f"{verb} {_name(given, body)} to {what[what.index(new.dose) :]}."
            draft.write(Section.PLAN, index, order, about, "directive")
            return
        if body.startswith("Start ") and same_class(given.generic, new.generic):
            draft.write(Section.PLAN, index, f"Start {what}.", about, "directive")
            return
    _write_or_add(draft, what, f"Start {what}.", about)


def _amount(intake: Intake) -> float:
    return float(re.match(r"[\d,]*\.?\d+", intake.dose)[0].replace(",", ""))  # type: ignore[index]


def _stop(draft: Draft, what: str, about: str) -> None:
    for _, index, body in draft.statements(Section.PLAN):
        if _about(body, what) and (_TAKEN.match(body) or _GIVEN.match(body) or body.startswith("Hold ")):
            draft.write(Section.PLAN, index, "" if _GIVEN.match(body) else f"Stop {what}.", about, "directive")
            return
    if intakes(what):
        draft.add(Section.PLAN, f"Stop {what}.", about, "directive")


def _go_on(draft: Draft, what: str, about: str) -> None:
    """A drug that the plan stops or changes goes on as the patient takes it."""
    home = {intake.generic: intake for intake in intakes(draft.text(Section.HPI)) if intake.dose}
    for _, index, body in draft.statements(Section.PLAN):
        found = intakes(body)
        if re.match(r"(?:Stop|Hold|Increase|Decrease)\b", body) and _about(body, what) and found:
            amount = home[found[0].generic].amount if found[0].generic in home else ""
            draft.write(Section.PLAN, index, f"Continue {found[0].name} {amount}".rstrip() + ".", about, "directive")
            return


def _avoid(draft: Draft, what: str, about: str) -> None:
    """What is not needed is neither ordered nor spoken of."""
    gone = False
    for _, index, body in draft.statements(Section.PLAN):
        if _ORDERED.match(body) and _about(body, what):
            draft.write(Section.PLAN, index, "", about, "directive")
            gone = True
    for _, index, body in draft.statements(Section.PLAN):
        if gone and _drugs(what) and _about(body, what) and re.match(r"Counseled\b|Stop\b", body):
            draft.write(Section.PLAN, index, "", about, "directive")


def _order(draft: Draft, what: str, about: str) -> None:
    """A test that is needed: the item that defers it, or one added."""
    for _, index, body in draft.statements(Section.PLAN):
        if _about(body, what) and re.match(r"Defer\b|Order\b|Return at\b|Counseled on\b.*not being needed", body):
            draft.write(Section.PLAN, index, f"Order {what}.", about, "directive")
            return
    draft.add(Section.PLAN, f"Order {what}.", about, "directive")
