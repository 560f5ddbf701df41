"""A note with every kind of fact, and how one note is laid beside another, for the tests of the evaluation."""

from medscribe_core.evaluation.comparison import compare_notes
from medscribe_core.evaluation.metrics import score_note
from medscribe_core.schema import SoapNote

NOTE = SoapNote(
    hpi=(
        "58-year-old woman presents for follow-up of type 2 diabetes. She checks glucose twice daily at 7 a.m. "
        "Tingling in both feet began 3 weeks ago; no foot sores. Current medications include metformin 500 mg twice "
        "daily, taken with food, and lisinopril 10 mg daily. History of gout and migraine. No known drug allergies."
    ),
    ros="Positive for polyuria, foot paresthesias. Negative for chest pain, feelings of worthlessness or guilt, fever.",
    exam=(
        "Vitals: BP 152/94, HR 76, weight 218 lb. Cardiovascular: regular rhythm, no murmurs. "
        "Skin: dry, scaly erythematous patches in the antecubital fossae. Results: HbA1c 9.1% (8.2% in May), "
        "creatinine 1.1 mg/dL. PHQ-9 14, down from 21."
    ),
    assessment="1. Type 2 diabetes, not at goal, due to missed doses. 2. Diabetic neuropathy, new. 3. Migraine.",
    plan="1. Increase metformin to 1000 mg twice daily. 2. BMP in 2 weeks. 3. Follow up in 4 weeks.",
)


def scores_of(reference, generated):
    return score_note(compare_notes(reference, generated))
