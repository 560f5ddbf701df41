"""Home medications and known illnesses in a dialogue."""

from __future__ import annotations

from medscribe_core.simulator.conversation import Conversation, about
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.person import about_patient, with_pronouns
from medscribe_core.simulator.talk_history import Unit


def medication_unit(talk: Conversation, medications: list[Fact]) -> Unit:
    """The home medications, told one after the other or confirmed by the patient."""

    def unit() -> None:
        if talk.chance(0.3):
            for fact in medications:
                question = talk.voice.fill(talk.rng.choice(talk.banks.glue["medication_confirm"]), fact.values)
                if talk.content.caregiver:
                    question = f"still {talk.voice.fill('{drug} {dose} {frequency}', fact.values)}?"
                talk.say("doctor", about(question, fact))
                talk.say(talk.teller, about("yes" if talk.content.caregiver else talk.glue("confirm_yes"), fact))
            return
        if talk.chance(0.85):
            talk.say("doctor", about(talk.ask("medication_ask")))
        clauses = []
        for position, fact in enumerate(medications):
            phrases = tuple(talk.banks.glue["medication_take"])
            if talk.content.caregiver:
                phrases = about_patient(phrases)
            if position and talk.chance(0.5):
                phrases = ("{drug} {dose} {frequency}", "{drug}, {dose}, {frequency}")
            phrase = with_pronouns(talk.rng.choice(phrases), talk.content.sex)
            clauses.append(about(talk.voice.fill(phrase, _spoken_drug(talk, fact)), fact))
        talk.say(talk.teller, *clauses, together=1 < len(clauses) <= 3 and talk.chance(0.6))

    return unit


def _spoken_drug(talk: Conversation, fact: Fact) -> dict[str, str]:
    """The values with the drug now and then called the patient's way ("my water pill, the Lasix")."""
    name = fact.values["drug"]
    if talk.content.caregiver or not talk.chance(0.12):
        return fact.values
    ways = [w for w in talk.banks.medications[fact.concept].spoken if name in w.split()[-1] and ", " in w]
    return fact.values | {"drug": talk.rng.choice(ways)} if ways else fact.values


def condition_unit(talk: Conversation, fact: Fact) -> Unit:
    """A known illness, in the patient's words."""

    def unit() -> None:
        if talk.chance(0.7):
            question = talk.ask("history_ask")
            talk.say("doctor", about(question))
        phrases = talk.banks.diagnoses[fact.concept].patient_says
        if talk.content.caregiver:
            phrases = about_patient(phrases)
        name = talk.voice.read_out(fact.statement)
        phrase = talk.rng.choice(phrases) if phrases else f"there's the {name}"
        talk.say(talk.teller, about(with_pronouns(phrase, talk.content.sex), fact))

    return unit
