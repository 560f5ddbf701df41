"""Values that history, plan and context facts take when a scenario does not give them (note wordings)."""

from __future__ import annotations

ALLERGENS = (
    "penicillin", "sulfa", "latex", "codeine", "amoxicillin", "ibuprofen", "aspirin", "erythromycin", "shellfish",
    "peanuts", "morphine", "cephalexin", "contrast dye", "bee stings", "doxycycline", "ciprofloxacin",
)  # fmt: skip
REACTIONS = (
    "hives", "rash", "swelling of the lips", "itching", "nausea", "stomach cramps", "facial swelling", "wheezing",
    "vomiting", "dizziness", "throat tightness", "red blotches",
)  # fmt: skip
OCCUPATIONS = (
    "a nurse", "an electrician", "a teacher", "a truck driver", "an accountant", "a cashier", "a carpenter",
    "a plumber", "a farmer", "a cook", "a bus driver", "an engineer", "a hairdresser", "a mechanic", "a welder",
    "a librarian", "a receptionist", "a roofer", "a firefighter", "a warehouse worker", "a paralegal", "a janitor",
    "an attorney", "a barista", "a landscaper", "a software developer", "a mail carrier", "a dental assistant",
    "a security guard", "a waitress", "an office manager", "a painter",
)  # fmt: skip
HOUSEHOLD = ("wife", "husband", "daughter", "son", "parents", "sister", "brother", "roommate", "mother", "girlfriend")
#: Household members that old people no longer have.
OF_THE_YOUNG = frozenset(("parents", "roommate", "mother", "girlfriend"))
FAMILY = (
    "mother", "father", "brother", "sister", "maternal grandmother", "paternal grandfather", "maternal aunt",
    "paternal uncle", "grandmother", "grandfather",
)  # fmt: skip
FAMILY_CONDITIONS = (
    "colon cancer", "breast cancer", "diabetes", "heart attack", "stroke", "high blood pressure", "glaucoma",
    "asthma", "thyroid disease", "prostate cancer", "heart failure", "dementia", "osteoporosis", "kidney disease",
    "depression", "lung cancer", "rheumatoid arthritis", "migraines", "gout", "melanoma",
)  # fmt: skip
SURGERIES = (
    "appendectomy", "gallbladder surgery", "knee replacement", "hysterectomy", "hernia repair", "tonsillectomy",
    "back surgery", "C-section", "hip replacement", "carpal tunnel release", "cataract surgery", "bypass surgery",
    "rotator cuff repair", "thyroid surgery", "vasectomy", "sinus surgery",
)  # fmt: skip
SEX_SURGERIES = {"hysterectomy": "F", "C-section": "F", "vasectomy": "M"}
HOSPITAL_REASONS = (
    "pneumonia", "heart failure", "kidney infection", "dehydration", "blood clot", "COPD flare", "chest pain",
    "diverticulitis", "stroke", "gallstones", "cellulitis", "pancreatitis", "asthma", "sepsis",
)  # fmt: skip
SICK_RELATIVES = ("son", "daughter", "coworker", "roommate", "wife", "husband", "grandson", "neighbor", "boss", "niece")
SICK_CONDITIONS = ("influenza", "cold", "COVID-19", "strep throat", "bronchitis", "stomach virus", "pneumonia", "RSV")
PLACES = (
    "Mexico", "Ohio", "Florida", "Italy", "California", "India", "Texas", "Jamaica", "Arizona", "Vietnam", "Maine",
    "the Philippines", "Peru", "Nevada", "Kenya", "Alaska", "Puerto Rico", "Canada", "Thailand", "Minnesota",
)  # fmt: skip
ACTIVITIES = ("walking", "swimming", "cycling", "yoga", "jogging", "gardening", "weightlifting", "dancing", "rowing")
EXERCISE_FREQUENCIES = (
    "3 times a week", "4 times a week", "twice a week", "daily", "5 times a week", "once a week", "every other day",
)  # fmt: skip
DIETS = (
    "mostly fast food", "fried food and soda", "chicken and vegetables", "frozen dinners", "mostly plants",
    "rice and beans", "a lot of sweets", "salads and fish", "cereal and sandwiches", "pasta and bread",
    "meat and potatoes", "mostly takeout", "soup and toast", "eggs and fruit",
)  # fmt: skip
STRESSORS = (
    "work", "money", "the divorce", "a new job", "school", "the move", "family conflict", "a sick parent", "the kids",
    "job loss", "a lawsuit", "caregiving", "the new baby", "retirement", "debt", "the house sale",
)  # fmt: skip
CONTRACEPTION = ("condoms", "oral contraceptives", "an IUD", "the implant", "the patch", "the ring")
SMOKING = ("1 pack per day", "half a pack per day", "5 cigarettes per day", "10 cigarettes per day", "2 packs per day",
           "3 cigarettes per day", "1 pack per week", "15 cigarettes per day")  # fmt: skip
DRINKS = (
    "2 glasses of wine a week", "1 beer a day", "3 beers a week", "2 beers on weekends", "1 glass of wine a day",
    "1 cocktail a month", "4 drinks a week", "2 drinks a month", "1 beer a week", "3 glasses of wine a week",
)  # fmt: skip
HEAVY_DRINKS = (
    "8 beers a day", "1 bottle of wine a night", "6 drinks a night", "12 beers a day", "1 pint of vodka a day",
    "5 whiskeys a night", "2 bottles of wine a day", "10 beers a night",
)  # fmt: skip
SLEEP_HOURS = ("4", "5", "6", "7", "8", "3 to 4", "5 to 6", "6 to 7", "4 to 5", "9")
MISSED = ("once a week", "twice a week", "3 times a week", "twice a month", "4 times a month", "once a month")

TRIGGERS = (
    "exercise", "bending over", "cold air", "lying down", "walking", "stress", "eating", "climbing stairs", "sitting",
    "lifting", "coughing", "deep breathing", "spicy food", "standing", "movement", "bright light", "driving", "noise",
    "alcohol", "hot weather", "swallowing", "dust", "coffee", "twisting", "typing", "running",
)  # fmt: skip
RELIEVERS = (
    "rest", "ibuprofen", "heat", "ice", "sitting up", "acetaminophen", "sleep", "lying still", "stretching",
    "a hot shower", "massage", "antacids", "leaning forward", "elevation", "fresh air", "eating", "naproxen",
    "a dark room", "warm compresses", "hot tea",
)  # fmt: skip
TREATMENTS = (
    "ibuprofen", "ice", "heating pad", "acetaminophen", "antacids", "cough drops", "saline spray", "hot tea",
    "naproxen", "stretching", "aloe", "decongestant", "antihistamine", "knee brace", "honey", "muscle rub",
    "epsom salt", "melatonin", "fiber", "cranberry juice", "hydrocortisone cream", "warm compress",
)  # fmt: skip
BODY_PARTS = (
    "left arm", "right arm", "jaw", "back", "left leg", "right leg", "neck", "left shoulder", "right shoulder",
    "groin", "right knee", "left hip", "chest", "left ear", "right foot", "left hand",
)  # fmt: skip
LABS = (
    "CBC", "BMP", "CMP", "TSH", "lipid panel", "HbA1c", "urinalysis", "urine culture", "vitamin D level", "ferritin",
    "liver tests", "iron studies", "magnesium level", "vitamin B12 level", "uric acid level", "INR", "PSA",
    "sed rate", "blood cultures", "stool culture", "hepatitis C antibody", "HIV test", "celiac antibodies",
    "urine albumin-creatinine ratio", "potassium level", "cortisol level", "rapid strep test", "pregnancy test",
)  # fmt: skip
IMAGING = (
    "chest X-ray", "MRI of the knee", "CT of the abdomen", "X-ray of the right hip", "MRI of the lumbar spine",
    "ultrasound of the abdomen", "echocardiogram", "X-ray of the left foot", "CT of the head", "bone density scan",
    "thyroid ultrasound", "EKG", "X-ray of the right hand", "MRI of the brain", "venous ultrasound of the left leg",
    "pelvic ultrasound", "stress test", "X-ray of the left shoulder", "mammogram", "carotid ultrasound",
)  # fmt: skip
SPECIALTIES = (
    "cardiology", "gastroenterology", "orthopedics", "dermatology", "neurology", "urology", "rheumatology",
    "endocrinology", "pulmonology", "psychiatry", "ophthalmology", "podiatry", "nephrology", "hematology",
    "allergy and immunology", "gynecology", "pain management", "general surgery", "sleep medicine", "audiology",
    "ear, nose, and throat", "oncology",
)  # fmt: skip
THERAPIES = (
    "physical therapy", "cognitive behavioral therapy", "occupational therapy", "speech therapy",
    "pulmonary rehabilitation", "cardiac rehabilitation", "vestibular therapy", "pelvic floor therapy",
    "nutrition counseling", "grief counseling", "diabetes education", "hand therapy",
)  # fmt: skip
PLAN_DIETS = (
    "low-salt diet", "low-fat diet", "high-fiber diet", "Mediterranean diet", "low-carbohydrate diet", "bland diet",
    "gluten-free diet", "low-purine diet", "heart-healthy diet", "lactose-free diet",
)  # fmt: skip
VACCINES = ("influenza", "pneumococcal", "zoster", "Tdap", "COVID-19", "hepatitis B", "RSV", "tetanus")
PRECAUTION_SYMPTOMS = (
    "fever", "worsening pain", "shortness of breath", "rash", "vomiting", "bleeding", "new numbness", "swelling",
    "severe headache", "spreading redness", "dizziness", "a new cough", "blood in the stool", "weight loss",
    "worsening cough", "ear drainage", "pain with urination", "loss of balance",
)  # fmt: skip
EMERGENCY_SYMPTOMS = (
    "chest pain", "trouble breathing", "fainting", "seizure", "weakness on one side", "thoughts of self-harm",
    "vomiting blood", "confusion", "severe headache", "sudden vision loss", "black stools", "lip swelling",
    "severe abdominal pain", "slurred speech",
)  # fmt: skip
PROCEDURES = (
    "colonoscopy", "skin biopsy", "upper endoscopy", "sleep study", "joint injection", "nerve conduction study",
    "mole removal", "cardiac stress test", "pulmonary function test", "cystoscopy", "Pap smear", "hearing test",
    "cortisone injection", "ear lavage", "Holter monitor",
)  # fmt: skip
MEASURES = ("blood pressure", "blood sugar", "weight", "temperature", "pulse", "oxygen level", "peak flow")
MEASURE_FREQUENCIES = (
    "daily",
    "twice daily",
    "every morning",
    "3 times a week",
    "weekly",
    "nightly",
    "every other day",
)
INTERVALS = ("1 week", "2 weeks", "3 weeks", "4 weeks", "6 weeks", "1 month", "2 months", "3 months", "6 months",
             "10 days", "5 days", "1 year", "8 weeks")  # fmt: skip
EXERCISE_MINUTES = ("10 minutes", "15 minutes", "20 minutes", "30 minutes", "45 minutes", "40 minutes")

CAREGIVERS_CHILD = ("Mother", "Father", "Mother", "Grandmother", "Mom", "Dad")
CAREGIVERS_ADULT = ("Daughter", "Son", "Sister", "Daughter")

#: Common home drug -> the condition that it is taken for (empty: none worth a chart entry).
USUAL_DRUGS = {
    "lisinopril": "hypertension", "amlodipine": "hypertension", "losartan": "hypertension",
    "atorvastatin": "hyperlipidemia", "levothyroxine": "hypothyroidism", "metformin": "type_2_diabetes",
    "omeprazole": "gerd", "sertraline": "depression", "cetirizine": "allergic_rhinitis", "escitalopram": "gad",
    "hydrochlorothiazide": "hypertension", "cholecalciferol": "vitamin_d_deficiency", "rosuvastatin": "hyperlipidemia",
    "metoprolol": "hypertension", "acetaminophen": "", "famotidine": "gerd", "albuterol": "asthma",
    "allopurinol": "gout", "melatonin": "insomnia", "montelukast": "allergic_rhinitis",
}  # fmt: skip
