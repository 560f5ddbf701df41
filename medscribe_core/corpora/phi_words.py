"""Words that the PHI screen must not take for names, and the pieces that its patterns share."""

from __future__ import annotations


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


#: What may follow a title, a greeting or "my name is" and is no name.
NOT_NAMES = _words(
    """
    a about absolutely actually added advised after afternoon again ago ah all already alright also always am an and
    any anything appointment are as asked at back be because been before boss both brother but by bye call called
    came can check checks come cool could dad daddy day dear did do doc doctor does doing don't done dr each eight
    either else er evening every everyone everything explained far father find fine first five folks for found four
    friend from gave general get give gives go going good google great guess guy guys had has have he he's hello
    help her here here's hers hey hi him his hold home how how's hmm honey however i i'd i'll i'm i've if in
    increased is isn't it it's its just kept kid know last later let let's like ll look looks love ma ma'am madam
    mam mama man many may maybe me mentioned mhm miss mister mm mmhm mom momma mommy monday more morning most mother
    mr mrs ms much mum my name never new next nice night nine no nobody not nothing now nurse of off office oh ok
    okay old on one or ordered other our out over patient people person please practitioner prescribed put ready
    really referred right said same saturday saw say says see seems seen sent set seven she she's should shopping
    since sir sister six so some somebody someone something sorry spelled started still stopped stuff suggested
    sunday sure sweetheart sweetie switched take talked tell ten than thank thanks that that's the their them then
    there there's these they they're thing thinks this those thought three thursday to today told tomorrow tonight
    too took tried tuesday two uh um us usually very visit visits wanted wants was wasn't we we'll we're we've
    wednesday welcome well went were what what's whatever when where where's which while who who's whose why will
    with without wonder would wow wrote yeah yep yes yesterday yet you you'd you'll you're you've young your yours
    angiogram angiography arthrogram cholangiogram elastography enterography imaging scan scanner spectroscopy
    urogram venogram emergency family manager medical midwife note notes team specialist surgeon anesthetist case
    charge triage january february march april june july august september october november december friday
    """
)

#: Family names that are no ordinary words: all there is to tell "doctor patel" from "doctor says" in raw speech.
FAMILY_NAMES = _words(
    """
    adams ahmed ali alvarez anderson andrews bailey barnes bennett brooks campbell carlson carter castillo chang
    chavez chen cheng chowdhury clark cohen collins cooper cruz davies davis diaz edwards evans fernandez fischer
    fisher flores foster friedman garcia gomez gonzales gonzalez goldberg goldstein graham griffin gupta gutierrez
    hall hansen harris harrison hassan henderson hernandez hoffman howard hughes huang hussain ibrahim iyer jackson
    jacobs jain james jenkins jensen jimenez johnson jones joshi kaplan katz kelly khan kim klein kowalski kumar
    larsen larson lee levine levy lewis lin lindgren lindqvist liu lopez martin martinez mehta mendoza meyer miller
    mitchell mohammed montgomery moore morales moreno morgan morris muller murphy murray myers nakamura nelson
    nguyen novak nowak o'brien o'connor okafor okonkwo olson ortega ortiz osei park parker patel patterson pereira
    perez peterson petrov pham phillips powell ramirez ramos rao reddy reyes reynolds richardson rivera roberts
    robinson rodriguez rogers romero rosen ross rossi ruiz russell ryan sanchez sanders sandoval santos sato schmidt
    schneider schultz schwartz scott shah shapiro sharma silva simmons singh smith stein stevens stewart sullivan
    suzuki tanaka taylor thomas thompson torres tran turner vargas vasquez wagner walker wallace wang washington
    watson weber weiss williams wilson wong wright wu yamamoto yang yilmaz zhang zhao zimmerman
    """
)

STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|IA|ID|IL|IN|KS|KY|LA|MA|MD|ME|MI|MN|MO|MS|MT|NC|ND|NE|NH|NJ|NM|NV|NY|OH|OK|OR|PA|"
    "RI|SC|SD|TN|TX|UT|VA|VT|WA|WI|WV|WY|DC|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|"
    "Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|"
    "Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|"
    "North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|"
    "Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming"
)
DIGIT_WORD = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
DAY_WORD = f"(?:(?:twenty|thirty)[- ](?:{_UNITS})|{_UNITS}|{_TEENS}|twenty|thirty)"
ORDINAL_WORD = (
    f"(?:{_ORDINALS}|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|"
    f"twentieth|thirtieth|(?:twenty|thirty)[- ](?:{_ORDINALS}))"
)
SPOKEN_YEAR = (
    "(?:nineteen[- ](?:hundred|oh|ten|eleven|twelve|\\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    "|twenty[- ](?:oh|ten|eleven|twelve|\\w+teen|twenty|thirty)|two[- ]thousand)"
)
