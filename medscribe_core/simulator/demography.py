"""Which concepts fit a patient's age and sex."""

from __future__ import annotations

from medscribe_core.simulator.banks import Banks, Symptom

_FEMALE = frozenset((
    "vaginal_discharge", "vaginal_itching", "vaginal_dryness", "heavy_periods", "irregular_periods",
    "missed_period", "dysmenorrhea", "intermenstrual_bleeding", "postmenopausal_bleeding", "hot_flashes",
    "pelvic_pain", "dyspareunia", "breast_lump", "breast_pain", "nipple_discharge", "hirsutism", "vaginitis_bv",
    "vulvovaginal_candidiasis", "menopausal_symptoms", "pcos", "heavy_menses", "endometriosis", "urine_hcg",
    "mammogram", "pap_smear", "hpv",
))  # fmt: skip
_MALE = frozenset((
    "erectile_dysfunction", "testicular_pain", "penile_discharge", "bph", "acute_prostatitis", "psa",
    "testosterone_total", "male_hypogonadism",
))  # fmt: skip
_MENSTRUAL = frozenset((
    "heavy_periods", "irregular_periods", "missed_period", "dysmenorrhea", "intermenstrual_bleeding",
    "heavy_menses", "pcos", "endometriosis", "urine_hcg",
))  # fmt: skip
_MENOPAUSAL = frozenset(["postmenopausal_bleeding", "hot_flashes", "vaginal_dryness", "menopausal_symptoms"])
_BABY = frozenset((
    "fussiness", "inconsolable_crying", "poor_feeding", "fewer_wet_diapers", "spitting_up", "diaper_rash",
))  # fmt: skip
_ADULT = frozenset((
    "erectile_dysfunction", "low_libido", "dyspareunia", "breast_lump", "nipple_discharge", "penile_discharge",
    "vaginal_dryness", "homicidal_ideation", "paranoia", "claudication", "memory_trouble", "snoring",
    "witnessed_apneas",
))  # fmt: skip
_FEMALE_DRUGS = frozenset(
    ("ethinyl estradiol-norgestimate", "norethindrone", "medroxyprogesterone", "estradiol", "estradiol vaginal cream")
)
_MALE_DRUGS = frozenset(("tamsulosin", "finasteride", "sildenafil", "tadalafil"))

#: What a child may be given or told in a decorrelated visit.
CHILD_DIAGNOSES = (
    "uri", "acute_otitis_media_right", "acute_otitis_media_left", "croup", "bronchiolitis", "asthma", "influenza",
    "asthma_exacerbation", "strep_pharyngitis", "viral_pharyngitis", "viral_gastroenteritis", "constipation",
    "covid_19", "atopic_dermatitis", "impetigo", "hand_foot_mouth", "conjunctivitis_viral", "adhd", "uti",
    "scabies", "urticaria", "tinea_corporis", "wart", "iron_deficiency_anemia", "allergic_rhinitis", "pneumonia",
    "otitis_externa_right", "dehydration", "contact_dermatitis_plants", "lactose_intolerance", "migraine",
    "epistaxis", "celiac_disease",
)  # fmt: skip
CHILD_DRUGS = (
    "amoxicillin", "amoxicillin-clavulanate", "cefdinir", "azithromycin", "acetaminophen", "ibuprofen", "albuterol",
    "cetirizine", "loratadine", "montelukast", "ondansetron", "polyethylene glycol", "hydrocortisone cream",
    "mupirocin ointment", "fluticasone nasal spray", "ferrous sulfate", "nystatin", "diphenhydramine", "oseltamivir",
)  # fmt: skip


def _sex_fits(concept: str, sex: str) -> bool:
    return not ((concept in _FEMALE and sex == "M") or (concept in _MALE and sex == "F"))


def symptom_fits(symptom: Symptom, age: int, sex: str, caregiver: str) -> bool:
    """Whether a patient of this age and sex may have or be asked for the symptom.

    Symptoms of the pediatric system are spoken by a caregiver.
    """
    concept = symptom.concept
    if not _sex_fits(concept, sex):
        return False
    if symptom.system == "pediatric":
        return bool(caregiver) and age <= (3 if concept in _BABY else 9)
    if concept in _MENSTRUAL and not 12 <= age <= 54:
        return False
    if concept in _MENOPAUSAL and age < 45:
        return False
    return age >= 18 or concept not in _ADULT


def diagnosis_fits(concept: str, age: int, sex: str) -> bool:
    if age < 18:
        return concept in CHILD_DIAGNOSES and _sex_fits(concept, sex)
    if (concept in _MENSTRUAL and age > 54) or (concept in _MENOPAUSAL and age < 45):
        return False
    return _sex_fits(concept, sex) and concept not in ("croup", "bronchiolitis", "hand_foot_mouth")


def result_fits(concept: str, age: int, sex: str) -> bool:
    if concept in _MENSTRUAL and not 14 <= age <= 52:
        return False
    return _sex_fits(concept, sex) and (age >= 18 or concept not in ("mammogram", "pap_smear", "moca", "psa"))


def drug_fits(generic: str, age: int, sex: str) -> bool:
    if age < 18:
        return generic in CHILD_DRUGS
    return not ((generic in _FEMALE_DRUGS and sex == "M") or (generic in _MALE_DRUGS and sex == "F"))


def fitting_symptoms(banks: Banks, age: int, sex: str, caregiver: str) -> list[str]:
    return [s.concept for s in banks.symptoms.values() if symptom_fits(s, age, sex, caregiver)]
