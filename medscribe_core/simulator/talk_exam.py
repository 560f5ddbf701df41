"""The examination, results, assessment and plan as the doctor says them."""

from __future__ import annotations

from medscribe_core.simulator import history_values as hv
from medscribe_core.simulator.color import remark_at_examination
from medscribe_core.simulator.conversation import Clause, Conversation, about
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.talk_history import condition_name


def vital_clause(talk: Conversation, fact: Fact) -> Clause:
    """A measured vital; in digits a blood pressure may be said as 152/94."""
    values = fact.values
    phrase = talk.rng.choice(talk.banks.vitals[fact.concept].spoken)
    if "sys" in values and "{sys} over {dia}" in phrase and talk.voice.digits and talk.chance(talk.voice.digits * 0.6):
        phrase = phrase.replace("{sys} over {dia}", f"{values['sys']}/{values['dia']}")
    return about(talk.voice.fill(phrase, values), fact)


def say_vitals(talk: Conversation, speaker: str = "doctor") -> None:
    """All vitals of today, in one breath or with a break."""
    vitals = [fact for fact in talk.content.vitals if fact.values.get("home") != "yes"]
    if not vitals:
        return
    if talk.chance(0.3):
        talk.rng.shuffle(vitals)
    if talk.chance(0.15):
        talk.say(speaker, about(talk.glue("vitals_lead")))
    clauses = [vital_clause(talk, fact) for fact in vitals]
    half = talk.rng.randrange(1, len(clauses)) if len(clauses) > 3 and talk.chance(0.3) else len(clauses)
    talk.say(speaker, *clauses[:half])
    if clauses[half:]:
        talk.say(talk.teller, about(talk.glue("patient_exam_reply")))
        talk.say(speaker, *clauses[half:])


def say_findings(talk: Conversation) -> None:
    findings = list(talk.content.findings)
    if not findings:
        return
    if talk.chance(0.25):
        talk.rng.shuffle(findings)
    if talk.chance(0.3):
        talk.say("doctor", about(talk.glue("transition_exam")))
        if talk.chance(0.2):
            talk.say(talk.teller, about(talk.glue("patient_exam_reply")))
    while findings:
        size = min(len(findings), talk.rng.choice((1, 2, 3, 4, 5)))
        if talk.chance(0.06 + 0.1 * talk.mess):
            talk.say("doctor", about(talk.glue("exam_chatter")))
        elif talk.chance(0.03 + 0.2 * talk.mess):
            remark_at_examination(talk)
        group, findings = findings[:size], findings[size:]
        talk.say("doctor", *(about(talk.rng.choice(talk.banks.findings[f.concept].spoken), f) for f in group))
        if findings and talk.chance(0.15):
            talk.say(talk.teller, about(talk.glue("patient_exam_reply")))


def say_results(talk: Conversation) -> None:
    results = talk.content.results
    if not results:
        return
    if talk.chance(0.25):
        talk.say("doctor", about(talk.glue("results_lead")))
    for fact in results:
        phrase = talk.rng.choice(talk.banks.results[fact.concept].spoken)
        talk.say("doctor", about(talk.voice.fill(phrase, fact.values), fact))
    if talk.chance(0.12):
        talk.say(talk.teller, about(talk.glue("patient_ok")))


def diagnosis_clauses(talk: Conversation, fact: Fact) -> list[Clause]:
    """A diagnosis with its status: named and judged, or both in one phrase."""
    status = fact.values.get("status", "")
    spoken = talk.banks.diagnoses[fact.concept].spoken
    if not status:
        return [about(talk.doctor_phrase(spoken, fact), fact)]
    clauses = []
    if talk.chance(0.35):
        clauses.append(about(talk.doctor_phrase(spoken, fact), fact))
    pattern = talk.banks.patterns[f"status_{status.replace(' ', '_')}"]
    name = condition_name(talk, fact)
    said = Fact(fact.kind, pattern.concept, fact.section, fact.statement, {"condition": name})
    clauses.append(about(talk.doctor_phrase(pattern.spoken, said), fact))
    return clauses


def plan_clause(talk: Conversation, fact: Fact) -> Clause:
    return about(talk.doctor_phrase(talk.banks.patterns[fact.concept].spoken, fact), fact)


def say_assessment_and_plan(talk: Conversation) -> None:
    """Diagnoses and plan: one after the other, or problem by problem."""
    diagnoses, plan = talk.content.diagnoses, list(talk.content.plan)
    if talk.chance(0.2) and (diagnoses or plan):
        talk.say("doctor", about(talk.glue("assessment_lead" if talk.chance(0.5) and diagnoses else "transition_plan")))
    by_problem = len(diagnoses) > 1 and len(plan) > 2 and talk.chance(0.35)
    share = max(1, (len(plan) - 1) // max(1, len(diagnoses))) if by_problem else 0
    for fact in diagnoses:
        talk.say("doctor", *diagnosis_clauses(talk, fact))
        _react(talk, "patient_worry", 0.08)
        for item in plan[:share]:
            talk.say("doctor", plan_clause(talk, item))
        plan = plan[share:]
    if plan and talk.chance(0.1):
        talk.say("doctor", about(talk.glue("transition_plan")))
    rejected_after = talk.rng.randrange(len(plan)) if plan and talk.chance(0.05 + 0.3 * talk.mess) else -1
    for position, item in enumerate(plan):
        talk.say("doctor", plan_clause(talk, item))
        if position == rejected_after:
            _say_rejected(talk)
        _react(talk, "patient_ok", 0.17)
        if talk.chance(0.04 + 0.1 * talk.mess):
            _pair(talk, "patient_question_pair", asker=talk.teller, answerer="doctor")


def _react(talk: Conversation, concept: str, p: float) -> None:
    if talk.chance(p):
        talk.say(talk.teller, about(talk.glue(concept)))


def _say_rejected(talk: Conversation) -> None:
    """A drug or referral that was thought of and not done: no fact."""
    mentioned = {v for f in talk.content.facts() for v in f.values.values()}
    if talk.chance(0.75):
        drugs = [m for m in talk.rng.sample(list(talk.banks.medications), 6) if m not in mentioned]
        phrase, values = talk.glue("considered_drug"), {"{drug}": drugs[0]} if drugs else {}
    else:
        places = [s for s in talk.rng.sample(hv.SPECIALTIES, 4) if s not in mentioned]
        phrase, values = talk.glue("considered_visit"), {"{specialty}": places[0]}
    for placeholder, value in values.items():
        phrase = phrase.replace(placeholder, value)
    if "{" not in phrase and not (talk.content.caregiver and "you" in phrase):
        talk.say("doctor", about(phrase))


def _pair(talk: Conversation, concept: str, asker: str, answerer: str) -> None:
    first, second = talk.rng.choice(talk.banks.glue[concept])
    talk.say(asker, about(first))
    talk.say(answerer, about(second))


def interruption(talk: Conversation) -> None:
    talk.say("doctor", about(talk.glue("interruption")))
