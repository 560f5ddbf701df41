"""How note wordings are said: lay names of conditions and tests, articles, frequencies."""

from __future__ import annotations

import re
from functools import lru_cache

from medscribe_core.simulator.banks import raw_banks

#: Names that keep their capital when a note item is written inside a sentence.
_PROPER = re.compile(
    r"^(?:Alzheimer|Bell|COPD|COVID|Crohn|De Quervain|Graves|Lyme|Parkinson|H\. pylori|BMP|CBC|CMP|EKG|MRI|CT|[A-Z]{2})"
)


def lower_first(text: str) -> str:
    """A capitalised note item as it stands inside a sentence: ``Hypertension`` -> ``hypertension``."""
    return text if _PROPER.match(text) else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


#: Diagnosis concept -> how it is called in conversation ("your {condition} is stable").
CONDITION_SPEECH: dict[str, tuple[str, ...]] = {
    "hypertension": ("blood pressure", "high blood pressure", "hypertension"),
    "type_2_diabetes": ("diabetes", "type two diabetes", "type 2 diabetes"),
    "diabetes_hyperglycemia": ("type two diabetes with hyperglycemia", "type 2 diabetes with the high sugars"),
    "hyperlipidemia": ("cholesterol", "high cholesterol", "hyperlipidemia"),
    "hypothyroidism": ("underactive thyroid", "hypothyroidism", "low thyroid"),
    "hyperthyroidism": ("overactive thyroid", "hyperthyroidism"),
    "atrial_fibrillation": ("A-fib", "atrial fibrillation"),
    "coronary_artery_disease": ("coronary disease", "coronary artery disease"),
    "heart_failure": ("heart failure",),
    "ckd_stage_3": ("stage three kidney disease", "chronic kidney disease, stage three"),
    "peripheral_artery_disease": ("peripheral artery disease", "PAD"),
    "asthma": ("asthma",),
    "asthma_exacerbation": ("asthma flare", "asthma exacerbation"),
    "copd": ("COPD",),
    "copd_exacerbation": ("COPD flare", "COPD exacerbation"),
    "uri": ("viral upper respiratory infection", "viral head cold", "cold"),
    "gerd": ("reflux", "acid reflux", "GERD"),
    "ibs": ("irritable bowel", "irritable bowel syndrome", "IBS"),
    "obstructive_sleep_apnea": ("sleep apnea", "obstructive sleep apnea"),
    "allergic_rhinitis": ("hay fever", "allergic rhinitis", "nasal allergy"),
    "bph": ("enlarged prostate with urinary symptoms", "BPH with the urinary symptoms"),
    "low_back_pain": ("low back pain", "lower back pain"),
    "knee_oa_right": ("right knee arthritis", "right knee osteoarthritis"),
    "knee_oa_left": ("left knee arthritis", "left knee osteoarthritis"),
    "knee_oa_both": ("arthritis in both knees", "osteoarthritis of both knees"),
    "hip_oa_right": ("right hip arthritis", "right hip osteoarthritis"),
    "gout": ("gout",),
    "migraine": ("migraine",),
    "depression": ("depression",),
    "gad": ("generalized anxiety", "generalized anxiety disorder"),
    "mdd_recurrent": ("recurrent major depression", "recurrent major depressive disorder"),
    "adhd": ("ADHD",),
    "ptsd": ("PTSD",),
    "insomnia": ("insomnia",),
    "iron_deficiency_anemia": ("iron deficiency", "low-iron anemia", "iron deficiency anemia"),
    "b12_deficiency": ("B12 deficiency", "low B12"),
    "vitamin_d_deficiency": ("low vitamin D", "vitamin D deficiency"),
    "atopic_dermatitis": ("eczema", "atopic dermatitis"),
    "psoriasis": ("plaque psoriasis",),
    "shingles": ("shingles",),
    "obesity": ("obesity",),
    "rheumatoid_arthritis": ("rheumatoid arthritis", "RA"),
    "nicotine_dependence": ("nicotine dependence", "cigarette dependence"),
    "restless_legs": ("restless legs", "restless legs syndrome"),
    "masld": ("fatty liver", "fatty liver disease"),
    "conjunctivitis_viral": ("viral pink eye", "viral conjunctivitis"),
    "influenza": ("flu", "influenza"),
    "covid_19": ("COVID", "COVID-19"),
    "strep_pharyngitis": ("strep throat",),
    "acute_otitis_media_right": ("right ear infection", "right middle ear infection"),
    "acute_otitis_media_left": ("left ear infection", "left middle ear infection"),
}

#: A note wording -> other things people call it (tests, vaccines, illnesses, methods).
SPEECH_ALIASES: dict[str, tuple[str, ...]] = {
    "CBC": ("CBC", "blood count", "complete blood count"),
    "BMP": ("BMP", "basic metabolic panel"),
    "CMP": ("CMP", "comprehensive metabolic panel"),
    "HbA1c": ("A1c", "hemoglobin A1c"),
    "TSH": ("TSH", "TSH level"),
    "lipid panel": ("lipid panel", "cholesterol panel"),
    "EKG": ("EKG",),
    "chest X-ray": ("chest x-ray",),
    "urinalysis": ("urinalysis", "urine test"),
    "influenza": ("flu", "influenza"),
    "pneumococcal": ("pneumococcal", "pneumonia"),
    "zoster": ("shingles",),
    "recombinant zoster": ("shingles",),
    "COVID-19": ("COVID", "COVID-19"),
    "dyspnea": ("trouble breathing", "shortness of breath", "dyspnea"),
    "myocardial infarction": ("heart attack",),
    "oral contraceptives": ("the pill", "birth control pills"),
    "intrauterine device": ("an IUD",),
    "IUD": ("an IUD",),
    "physical therapy": ("physical therapy", "PT"),
    "cognitive behavioral therapy": ("cognitive behavioral therapy", "CBT"),
}

_PLURAL_OR_MASS = re.compile(
    r"(?:[^s]s|work|therapy|testing|blood|imaging|counseling|care|screening|water|ice|heat|honey|rest|tea|food"
    r"|surgery|rehabilitation|weight|fiber|salt|sugar|alcohol|monitoring|support|repair|removal"
    r"|fibroids|hives|diabetes|disease|cancer|pressure|cholesterol|asthma|failure|arthritis|pneumonia)$"
)
_COUNTABLE_SYMPTOM = re.compile(
    r"\b(?:fever|rash|headache|seizure|fall|cough|wound|lump|fracture|stroke|heart attack|cold|infection|nosebleed"
    r"|reaction|clot)$"
)
_LETTERS = re.compile(r"^[AEFHILMNORSX](?:[A-Z0-9.]|-)")
_HAS_ARTICLE = re.compile(r"^(?:an?|the|some|my|his|her|their|more|less|no|your) ", re.IGNORECASE)
_COUNTABLE_THING = re.compile(
    r"\b(?:pad|brace|compress|pack|wrap|splint|massage|shower|bath|lozenge|decongestant|antihistamine|inhaler|nap|sling"
    r"|laxative|humidifier|rub|rinse|gargle|rash|reaction|headache|pill|insert|sleeve|cream|ointment|drink|multivitamin|steroid|bandage|lamp|cane|pillow|nebulizer|purifier|visit|washcloth|swab|strap|planner|group|chart|diet|spray)$"
)
_MASS_HEADS = re.compile(r" (?:of|with|without|for|in|at|to|after|over|lasting|above|below) ")


@lru_cache(maxsize=1)
def drug_names() -> frozenset[str]:
    """Generic and brand names of every medication, in lower case."""
    rows = [row for row in raw_banks() if row["bank"] == "medication"]
    return frozenset(name.lower() for row in rows for name in (row["generic"], *row["brands"]))


def with_article(noun: str) -> str:
    """``CBC`` -> ``a CBC``, ``MRI of the knee`` -> ``an MRI of the knee``.

    Masses, plurals and medications stay bare: ``iron studies``, ``ibuprofen``.
    """
    if _HAS_ARTICLE.match(noun) or noun[:1].isdigit() or noun.lower() in drug_names():
        return noun
    head = _MASS_HEADS.split(noun, maxsplit=1)[0]
    if _PLURAL_OR_MASS.search(head):
        return noun
    upper = head[:2].isupper() or head[1:2] == "-"
    vowel = (
        bool(_LETTERS.match(head))
        if upper
        else head[:1].lower() in "aeio" or head.lower().startswith(("ultra", "under", "upper", "umb", "ulc"))
    )
    return f"{'an' if vowel else 'a'} {noun}"


def diet_with_article(diet: str) -> str:
    """``low-salt diet`` -> ``a low-salt diet``; ``avoiding alcohol`` stays bare."""
    return with_article(diet) if re.search(r"\b(?:diet|limit|breakfast)\b", diet) else diet


def symptom_with_article(noun: str) -> str:
    """``fever`` -> ``a fever``; symptoms that are not countable stay bare."""
    head = _MASS_HEADS.split(noun, maxsplit=1)[0]
    return with_article(noun) if _COUNTABLE_SYMPTOM.search(head) and " or " not in noun else noun


def thing_with_article(noun: str) -> str:
    """``heating pad`` -> ``a heating pad``, ``rash`` -> ``a rash``; ``ibuprofen`` and ``hives`` stay bare."""
    return with_article(noun) if _COUNTABLE_THING.search(noun) and not _is_medicine(noun) else noun


def _is_medicine(noun: str) -> bool:
    """Whether a thing is named after a medication: ``hydrocortisone cream``."""
    return any(noun.lower().startswith(name) for name in drug_names())


FREQUENCY_SPEECH: dict[str, tuple[str, ...]] = {
    "daily": ("once a day", "every day", "daily", "once daily", "one time a day", "each day"),
    "twice daily": ("twice a day", "two times a day", "twice daily", "two times daily"),
    "three times daily": ("three times a day", "three times daily", "thrice daily"),
    "four times daily": ("four times a day", "four times daily"),
    "five times daily": ("five times a day", "five times daily"),
    "nightly": ("at bedtime", "every night", "nightly", "at night", "each night", "before bed"),
    "every morning": ("every morning", "each morning", "in the morning", "first thing every morning"),
    "every evening": ("every evening", "each evening", "in the evening"),
    "as needed": ("as needed", "only as needed", "when needed", "if needed"),
    "daily as needed": ("once a day as needed", "daily as needed", "every day if needed"),
    "nightly as needed": ("at bedtime as needed", "at night if needed", "nightly as needed"),
    "twice daily as needed": ("twice a day as needed", "two times a day if needed", "twice daily as needed"),
    "three times daily as needed": ("three times a day as needed", "three times daily if needed"),
    "weekly": ("once a week", "every week", "weekly", "one time a week"),
    "once weekly": ("once a week", "once weekly", "one time a week"),
    "twice weekly": ("twice a week", "two times a week", "twice weekly"),
    "every other day": ("every other day", "every second day"),
    "with meals": ("with meals", "with each meal", "when eating a meal"),
    "before meals": ("before meals", "before each meal"),
    "once": ("one time", "just once", "as a single dose"),
    "every 3 months": ("every three months", "once every three months"),
    "every 6 months": ("every six months", "once every six months"),
    "every hour as needed": ("every hour as needed", "every hour if needed"),
    "twice a week": ("twice a week", "two times a week"),
    "once a week": ("once a week", "one time a week"),
    "twice a month": ("twice a month", "two times a month"),
}
