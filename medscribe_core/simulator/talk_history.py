"""The history part of a dialogue: complaint, its attributes, review of systems, medications, past history."""

from __future__ import annotations

import re
from collections.abc import Callable

from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator.conversation import Clause, Conversation, about
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.lay_terms import CONDITION_SPEECH, lower_first
from medscribe_core.simulator.person import about_patient, not_to_you, with_pronouns
from medscribe_core.simulator.sides import say_side

Unit = Callable[[], None]
_ARTICLE = re.compile(r"^(?:an?|the) ")

#: Questions to which a bare yes means that the symptom is there ("can you lie flat?" is not one).
_PLAIN_QUESTION = re.compile(
    r"any |(?:have you|did you|do you) (?:had|have|notice|noticed|get|been having) (?:any|the)\b"
)

_ASK_ABOUT = {
    "duration": "duration_ask", "severity": "severity_words_ask", "severity_scale": "severity_ask",
    "timing": "timing_ask", "worse": "worse_ask", "better": "better_ask", "radiates": "radiates_ask",
    "tried": "tried_ask", "allergy": "allergy_ask", "smoker": "smoker_ask", "alcohol": "alcohol_ask",
    "occupation": "occupation_ask", "lives": "lives_with_ask", "family": "family_ask", "surgery": "surgery_ask",
    "hospitalised": "hospital_ask", "pregnant": "pregnancy_ask", "contraception": "contraception_ask",
    "sick": "sick_contact_ask", "travel": "travel_ask", "exercise": "exercise_ask", "diet": "diet_ask",
    "sleep": "sleep_ask", "stress": "stress_ask", "adherence": "adherence_ask", "side": "side_effect_ask",
}  # fmt: skip


def condition_name(talk: Conversation, fact: Fact) -> str:
    """How a diagnosis is called in speech: a lay name or the clinical one."""
    names = CONDITION_SPEECH.get(fact.concept)
    if names and talk.chance(0.75):
        return talk.rng.choice(names)
    return talk.voice.read_out(lower_first(fact.values["condition"]))


def present_phrase(talk: Conversation, fact: Fact) -> str:
    """How the patient or caregiver says that a symptom is there, with its side if it has one."""
    symptom = talk.banks.symptoms[fact.concept]
    if not talk.content.caregiver or (symptom.system == "pediatric" and talk.chance(0.5)):
        phrase = talk.rng.choice(symptom.present)
    else:
        phrase = talk.rng.choice(symptom.heard or about_patient(symptom.present) or (symptom.clinical,))
    side = fact.values.get("side", "")
    if side:
        correct = side != "bilateral" and talk.chance(0.12 * talk.mess)
        template = talk.rng.choice([t for t in talk.banks.glue["self_correction"] if "?" not in t]) if correct else ""
        phrase = say_side(phrase, side, talk.rng, template)
    return with_pronouns(phrase, talk.content.sex)


def say_complaint(talk: Conversation) -> None:
    """The reason for the visit, usually after the doctor's question; the first HPI sentence rests on it."""
    complaints = talk.content.complaints
    if not complaints:
        return
    followed = [f for f in complaints if f.values.get("visit") == "follow-up"]
    if followed and len(followed) == len(complaints) and talk.chance(0.3):
        return _confirm_follow_up(talk, followed)
    asked = talk.say("doctor", about(talk.glue("chief_complaint_ask")))
    clauses = [talk.untidy(_complaint_clause(talk, fact)) for fact in complaints]
    duration = talk.content.duration
    if duration and talk.chance(0.3):
        clauses.append(about(talk.pattern(duration), duration))
    talk.say(talk.teller, *clauses, together=len(clauses) > 1 and _short(clauses) and talk.chance(0.5))
    for fact in complaints:
        fact.requires.append(asked)
    return None


def _short(clauses: list[Clause]) -> bool:
    texts = ["".join(piece for piece, _ in clause) for clause in clauses]
    return all(len(t) < 60 and not t.endswith("?") and ". " not in t for t in texts)


def _complaint_clause(talk: Conversation, fact: Fact) -> Clause:
    if fact.values.get("visit") == "preventive":
        return about(talk.glue("preventive_say"), fact)
    if fact.values.get("visit") == "follow-up":
        phrase = talk.teller_glue("followup_say") if not talk.content.caregiver else talk.glue("followup_heard")
        return about(phrase.replace("{condition}", condition_name(talk, fact)), fact)
    return about(present_phrase(talk, fact), fact)


def _confirm_follow_up(talk: Conversation, followed: list[Fact]) -> None:
    for fact in followed:
        questions = tuple(talk.banks.glue["followup_ask"])
        if talk.content.caregiver:
            questions = not_to_you(questions) or ("so we're here about the {condition}?",)
        before, _, after = talk.rng.choice(questions).partition("{condition}")
        talk.say("doctor", [(before + condition_name(talk, fact) + after, (fact,))])
        talk.say(talk.teller, about(talk.glue("confirm_visit"), fact))


def asked_fact(talk: Conversation, fact: Fact, ask_probability: float = 0.6) -> Unit:
    """A unit in which one fact is told, after a question or on the patient's own account."""

    def unit() -> None:
        concept = fact.concept if fact.concept in _ASK_ABOUT else fact.concept.split("_")[0]
        question = ""
        if concept in _ASK_ABOUT and talk.chance(ask_probability):
            question = talk.ask(_ASK_ABOUT[concept], fact.values)
        if question:
            fact.requires.append(talk.say("doctor", about(question)))
        elif talk.speakers and talk.speakers[-1] == "doctor" and talk.chance(0.25):
            talk.say("doctor", about(talk.glue("anything_else")))
        answer = talk.untidy(about(talk.pattern(fact), fact))
        if fact.concept == "duration" and talk.chance(0.25 * talk.mess):
            answer = [(f"{talk.glue('hesitation').rstrip(',')}, ", ()), *answer]
        talk.say(talk.teller, answer)

    return unit


def home_reading(talk: Conversation, fact: Fact) -> Unit:
    """A vital measured at home, told by the patient."""

    def unit() -> None:
        question = talk.ask("home_reading_ask") if talk.chance(0.7) else ""
        if question:
            fact.requires.append(talk.say("doctor", about(question)))
        phrases = talk.banks.vitals[fact.concept].reported
        if talk.content.caregiver:
            phrases = about_patient(phrases)
        phrase = talk.rng.choice(phrases) if phrases else f"{talk.banks.vitals[fact.concept].spoken[0]} at home"
        talk.say(talk.teller, about(talk.voice.fill(with_pronouns(phrase, talk.content.sex), fact.values), fact))

    return unit


# -- review of systems ------------------------------------------------------------------------------


def review_units(talk: Conversation) -> list[Unit]:
    """Units that together say every present and absent symptom, in random order and company."""
    rng = talk.rng
    present, absent = list(talk.content.present), list(talk.content.absent)
    rng.shuffle(absent)
    units: list[Unit] = []
    lists_probability = rng.choice((0.4, 0.7, 0.95))
    while absent:
        size = min(len(absent), rng.choice((2, 3, 3, 4, 5)))
        if size >= 2 and talk.chance(lists_probability):
            group, absent = absent[:size], absent[size:]
            yes = present.pop() if present and talk.chance(0.25) else None
            units.append(_list_unit(talk, group, yes))
        else:
            units.append(_denied_unit(talk, absent.pop()))
    while present:
        size = rng.choice((1, 2, 2, 3))
        group, present = present[:size], present[size:]
        units.append(_told_unit(talk, group))
    rng.shuffle(units)
    return units


def _noun(talk: Conversation, fact: Fact) -> str:
    symptom = talk.banks.symptoms[fact.concept]
    if fact.values.get("side") not in (None, "", "bilateral"):
        return fact.statement
    return talk.rng.choice(symptom.nouns)


def _question(talk: Conversation, facts: list[Fact], nouns: list[str], concept: str) -> int:
    """Ask for several symptoms at once; each noun is evidence of its fact."""
    phrase = talk.teller_glue(concept)
    before, _, after = phrase.partition("{list}")
    if before.endswith("any "):
        nouns = [_ARTICLE.sub("", noun) for noun in nouns]
    pieces: Clause = [(before, ())] if before else []
    for position, (fact, noun) in enumerate(zip(facts, nouns, strict=True)):
        if position:
            pieces.append((" or " if position == len(facts) - 1 and len(facts) == 2 else ", ", ()))
        if position and position == len(facts) - 1 and len(facts) > 2 and talk.chance(0.7):
            pieces.append(("or ", ()))
        pieces.append((noun, (fact,)))
    pieces.append((after, ()))
    return talk.say("doctor", pieces)


def _list_unit(talk: Conversation, group: list[Fact], yes: Fact | None) -> Unit:
    def unit() -> None:
        facts = list(group)
        if yes:
            facts.insert(talk.rng.randrange(len(facts) + 1), yes)
        nouns = [_noun(talk, fact) for fact in facts]
        concept = "list_ask"
        asked = _question(talk, facts, nouns, concept)
        if yes:
            noun = nouns[facts.index(yes)]
            answer = talk.teller_glue("only_some").replace("{yes}", noun)
        elif len(facts) == 2 and not talk.content.caregiver and talk.chance(0.6):
            answer = talk.glue("none_of_two")
        else:
            answer = talk.teller_glue("none") if talk.content.caregiver else talk.glue("none_of_them")
        talk.say(talk.teller, about(answer, *facts))
        for fact in facts:
            fact.requires.append(asked)

    return unit


def _denied_unit(talk: Conversation, fact: Fact) -> Unit:
    def unit() -> None:
        symptom = talk.banks.symptoms[fact.concept]
        plain = True
        if talk.content.caregiver or talk.chance(0.35):
            asked = _question(talk, [fact], [_noun(talk, fact)], "list_ask")
        else:
            question = talk.rng.choice(symptom.ask)
            plain = bool(_PLAIN_QUESTION.match(question))
            asked = talk.say("doctor", about(question, fact))
        if plain and talk.chance(0.35):
            answer = talk.teller_glue("short_no")
        elif talk.content.caregiver:
            answer = talk.glue("generic_no_heard").replace("{noun}", _ARTICLE.sub("", _noun(talk, fact)))
        elif talk.chance(0.05 * talk.mess + 0.01):
            answer = talk.glue("not_mine").replace("{relative}", talk.rng.choice(hv.FAMILY[:4]))
        else:
            answer = talk.rng.choice(symptom.absent)
        talk.say(talk.teller, talk.untidy(about(answer, fact)))
        fact.requires.append(asked)

    return unit


def _told_unit(talk: Conversation, group: list[Fact]) -> Unit:
    """Present symptoms: volunteered, asked one by one, or asked and answered with a bare yes."""

    def unit() -> None:
        if len(group) == 1 and talk.chance(0.5):
            fact = group[0]
            symptom = talk.banks.symptoms[fact.concept]
            sided = fact.values.get("side")
            if talk.content.caregiver or sided or talk.chance(0.4):
                asked = _question(talk, [fact], [_noun(talk, fact)], "list_ask")
                bare = talk.chance(0.5) and (not sided or fact.values["side"] != "bilateral")
            else:
                question = talk.rng.choice(symptom.ask)
                asked = talk.say("doctor", about(question, fact))
                bare = bool(_PLAIN_QUESTION.match(question)) and talk.chance(0.5)
            answer = talk.teller_glue("short_yes") if bare else present_phrase(talk, fact)
            talk.say(talk.teller, talk.untidy(about(answer, fact)))
            fact.requires.append(asked)
            return
        if talk.speakers[-1:] == ["doctor"] or talk.chance(0.5):
            talk.say("doctor", about(talk.glue("anything_else")))
        clauses = [about(present_phrase(talk, fact), fact) for fact in group]
        if talk.chance(0.2):
            clauses[0] = [(f"{talk.glue('volunteer_lead')} ", ()), *clauses[0]]
        talk.say(talk.teller, *(talk.untidy(c) for c in clauses), together=_short(clauses) and talk.chance(0.5))

    return unit
