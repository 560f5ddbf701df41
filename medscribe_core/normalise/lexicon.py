"""Words of spoken numbers and of what they count. All entries are lower case."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _ranked(words: str, first: int, step: int = 1) -> dict[str, int]:
    return {word: first + i * step for i, word in enumerate(words.split())}


ONES = _ranked("one two three four five six seven eight nine", 1)
TEENS = _ranked("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
TENS = _ranked("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10) | {"fourty": 40, "ninty": 90}
SMALL = ONES | TEENS | TENS
#: A zero inside a number ("one oh five"); only "zero" is a number when it stands alone.
OH = frozenset({"oh", "o", "zero"})
DIGITS = ONES | {"zero": 0, "oh": 0, "o": 0}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
#: "the low forties", "one twenties over seventies", "two five hundreds".
PLURALS = {w[:-1] + "ies": v for w, v in TENS.items()} | {"hundreds": 100}

ORDINALS = _set(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth thirtieth hundredth thousandth thirds quarters fifths "
    "sixths eighths tenths halves"
)

_UNIT_WORDS = {
    "mg": "milligram milligrams milligramme milligrammes mgs mg",
    "mcg": "microgram micrograms mikes mics mcg mcgs ug",
    "g": "gram grams gm gms",
    "kg": "kilogram kilograms kilo kilos kg kgs",
    "mL": "milliliter milliliters millilitre millilitres mils ml mls cc ccs",
    "mEq": "milliequivalent milliequivalents meq",
    "cm": "centimeter centimeters centimetre centimetres cm",
    "mm": "millimeter millimeters millimetre millimetres mm",
    "lb": "pound pounds lb lbs",
    "%": "percent %",
}
#: Spoken unit -> the symbol of the house style.
UNITS = {word: symbol for symbol, words in _UNIT_WORDS.items() for word in words.split()}

TIME_NOUNS = _set("second seconds minute minutes hour hours day days night nights week weeks month months year years")
_FORMS = "tablet pill capsule puff spray drop dose squirt teaspoon tablespoon lozenge gummy injection scoop capful"
DOSE_FORMS = frozenset(f"{word}{s}" for word in [*_FORMS.split(), "tab", "cap"] for s in ("", "s", "es")) | {"gummies"}
#: After these, "one" is a count and not a pronoun.
COUNTED = (
    (TIME_NOUNS - {"second"})
    | DOSE_FORMS
    | (frozenset(UNITS) - {"%"})
    | _set(
        "time times cup cups beer beers drink drinks glass pack packs cigarette pillow episode inch foot mile block "
        "flight unit units liter ounce shot shots refill advil tylenol aleve ibuprofen aspirin "
        "benadryl plus degree patch vial ampule bottle o'clock am pm"
    )
)
#: After these, "one" is a pronoun whatever follows.
DETERMINERS = _set("this that the which another any every each other")
#: After these, "one twenty-milligram tablet" is one tablet.
TAKING = _set(
    "take takes took taken taking give gives gave given giving swallow swallows chew chews dissolve crush only just"
)
#: Before these, "one" is a name or a rank: "type one", "stage one", "day one".
LABELS = _set(
    "type stage grade number class phase level category group factor step week day month year score scored gravida para"
)
TEMPERATURE = _set("temp temps temperature temperatures fever fevers thermometer tmax febrile")
#: How a temperature was taken, said after it: "ninety-six nine by mouth".
THERMOMETRY = (
    ("by", "mouth"), ("in", "the", "ear"), ("under", "the", "tongue"), ("under", "the", "arm"), ("at", "the", "temple"),
    ("on", "the", "forehead"), ("oral",), ("orally",), ("rectal",), ("rectally",), ("axillary",), ("tympanic",),
    ("temporal",),
)  # fmt: skip
#: Readings that are never clock times: "pressure was at one thirty".
READINGS = _set(
    "pressure pressures bp pulse weight weigh weighs weighed sugar sugars glucose rate systolic top reading readings "
    "pounds scale meter fingerstick peak platelets"
)
#: Results that are never clock times: "ACR at two fifteen".
RESULTS = _set(
    "acr albumin microalbumin ratio ldl hdl cholesterol triglycerides ferritin glucose platelets creatinine crp esr "
    "bnp psa lipase amylase alt ast ggt phosphatase ldh b12"
)
BEFORE_CLOCK = _set("at around about by until till til before after since from past")
BEFORE_YEAR = _set(
    "in since from until before after of around about year spring summer fall autumn winter late early mid january "
    "february march april may june july august september october november december through till"
)
#: "at this point two weeks in": the noun, not the decimal point.
BEFORE_POINT_NOUN = _set(
    "this that some what which any one no good high low starting turning breaking end focal trigger tender pressure "
    "boiling"
)
#: After these, "point" is the decimal point only where the number ends there: "up to the point five", "at point eight".
BEFORE_EITHER_POINT = _set("the a an my your his her to at")
#: What may follow such a number.
AFTER_POINT_NUMBER = _set("which that's and but is was now today daily twice nightly weekly once every for from")
LETTER_CODES = {
    "b": frozenset({"1", "2", "3", "6", "7", "9", "12"}),
    "d": frozenset({"2", "3"}),
    "t": frozenset(map(str, range(1, 13))),
    "l": frozenset("12345"),
    "c": frozenset("1234567"),
    "s": frozenset("1234"),
}
#: Spoken name -> how it is written with its number.
NAME_CODES = {
    ("phq", "9"): "PHQ-9",
    ("phq", "2"): "PHQ-2",
    ("gad", "7"): "GAD-7",
    ("gad", "2"): "GAD-2",
    ("fev", "1"): "FEV1",
    ("cd", "4"): "CD4",
    ("spo", "2"): "SpO2",
    ("co", "2"): "CO2",
    ("o", "2"): "O2",
    ("covid", "19"): "COVID-19",
    ("glp", "1"): "GLP-1",
    ("sglt", "2"): "SGLT2",
}
#: The word before a letter that is the rest of a contraction ("don t", "it s"), as some recognisers write it.
CONTRACTION_STEMS = _set(
    "don can won isn doesn didn wasn couldn wouldn shouldn aren haven hasn it that he she there what let i we they "
    "you who"
)
SHORT_DIGIT_NAMES = frozenset({"911", "988", "211", "811", "411"})

#: Before these, a bare "a" with a time is a duration ("in a month"); after other words it is a rate ("twice a day").
BEFORE_DURATION = _set(
    "in for about within after over than like maybe almost nearly around so lasted lasts helped helps under least only "
    "until till by through every roughly probably otherwise"
)
AFTER_DURATION = _set("before after of prior apart early")
DURATIONS = _set("hour day week month year")
#: One of these is a measured amount: "a gram", "an inch".
MEASURES = _set(
    "milligram microgram gram kilogram kilo milliliter liter quart ounce teaspoon tablespoon capful inch centimeter "
    "millimeter pound"
)
#: Never counted although "a ... a day" is said of them.
NOT_AMOUNTS = TIME_NOUNS | _set(
    "lot few couple little bit quarter third half dozen time times hundred thousand million handful ton bunch while "
    "minute"
)
#: After these words or a pause, "one" and a noun is a count ("had one fall"), unless a function word follows.
BEFORE_COUNT = _set(
    "had has have having got gets get just only take takes took taking about like maybe down to from and with for "
    "drink drinks drank drinking at after every or was is there's plus missed miss misses skipped give gave gives "
    "were see saw lost smoked smoke smokes use uses used least than exactly not ate eat walk walks him her me"
)
NOT_COUNTED = _set(
    "of who whom that this these those which is isn't was wasn't are were be been being has had have hasn't do does "
    "did didn't don't doesn't can can't could would will won't should might may must in on at to from by for with "
    "without about around after before until till since if when while because as and or but so than then not no i "
    "i'm i've you you're you've your we we're he he's she she's it it's it'll they they're my his her our their its a "
    "an the me him us them there here's here now again too also just only really still even ever never thing things "
    "way ways another other one's ones said says say tells told makes made hurts got gets goes went comes came looks "
    "looked works worked helps helped keeps kept takes took feels felt seems starts started stays stayed knows "
    "wants needs gives gave bothers scares hits lasts how what where why whose yes yeah no nope okay ok well um uh "
    "like sided side's eye's last next point hand half quarter third who's you'd i'd day's left right side leg arm "
    "eye ear knee foot person people guy lady word question reason moment sec second spot place idea thought bit image"
)
HALVED = DOSE_FORMS | frozenset(UNITS) | _set("hour mile pack cup pint glass liter block inch unit")
