"""Clinical scenarios: which symptoms, findings, tests, diagnoses, drugs and plan actions go together."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from medscribe_core.errors import DataError
from medscribe_core.simulator.banks import Banks, load_banks

#: The value of ``drug`` in a plan that stands for one of the patient's home medications.
HOME_DRUG = "home"


def _as_list(value: Any) -> Any:
    return [] if value is None else value if isinstance(value, list) else [value]


Strings = Annotated[list[str], BeforeValidator(_as_list)]
Odds = dict[str, Annotated[float, Field(ge=0, le=1)]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Onset(_Strict):
    unit: Literal["hour", "day", "week", "month", "year"]
    min: int = Field(ge=1)
    max: int = Field(ge=1)


class Trial(_Strict):
    what: str
    effect: Literal["helped", "partial", "no_help"]


class Attributes(_Strict):
    severity_scale: tuple[int, int] | None = None
    severity: Strings = Field(default_factory=list)
    timing: Strings = Field(default_factory=list)
    worse_with: Strings = Field(default_factory=list)
    better_with: Strings = Field(default_factory=list)
    radiates_to: Strings = Field(default_factory=list)
    tried: list[Trial] = Field(default_factory=list)


class ResultOdds(_Strict):
    p: float = Field(default=1.0, ge=0, le=1)
    values: Strings = Field(default_factory=list)
    range: tuple[float, float] | None = None


class DiagnosisOdds(_Strict):
    concept: str
    p: float = Field(default=1.0, ge=0, le=1)
    status: Strings = Field(default_factory=lambda: ["none"])


class PlanAction(BaseModel):
    """One action; keys beyond ``action`` and ``p`` are the pattern's placeholders."""

    model_config = ConfigDict(extra="allow")

    action: str
    p: float = Field(default=1.0, ge=0, le=1)

    def choices(self) -> dict[str, list[str]]:
        return {key: [str(v) for v in _as_list(value)] for key, value in (self.model_extra or {}).items()}


class Scenario(_Strict):
    """One scenario file entry; see the fields' names in the phrase banks."""

    id: str
    complaint: str
    category: Literal[
        "acute", "chronic", "multi", "preventive", "paediatric", "mental_health", "womens", "mens", "geriatric",
        "telehealth", "post_hospital",
    ]  # fmt: skip
    weight: float = Field(default=1.0, gt=0)
    age: tuple[int, int]
    sex: Literal["any", "F", "M"] = "any"
    side: Literal["left", "right"] | None = None
    caregiver: bool = False
    examined: bool = True
    presenting: Strings = Field(default_factory=list)
    follow_up_of: Strings = Field(default_factory=list)
    onset: Onset | None = None
    associated: Odds = Field(default_factory=dict)
    negatives: Odds = Field(default_factory=dict)
    attributes: Attributes = Field(default_factory=Attributes)
    home_medications: Odds = Field(default_factory=dict)
    adherence: float = Field(default=0.0, ge=0, le=1)
    chart_diagnoses: Odds = Field(default_factory=dict)
    history: Odds = Field(default_factory=dict)
    family_conditions: Strings = Field(default_factory=list)
    vitals: dict[str, list[Any]] = Field(default_factory=dict)
    findings: Odds = Field(default_factory=dict)
    results: dict[str, ResultOdds] = Field(default_factory=dict)
    diagnoses: list[DiagnosisOdds] = Field(default_factory=list)
    plan: list[PlanAction] = Field(default_factory=list)


@lru_cache(maxsize=1)
def load_scenarios() -> tuple[Scenario, ...]:
    """All scenarios of the package, by file name and position.

    Raises DataError that names file, scenario id and key for an unknown name or a wrong value.
    """
    entries = sorted(resources.files(__package__).joinpath("scenarios").iterdir(), key=lambda e: e.name)
    texts = [(e.name, e.read_text(encoding="utf-8")) for e in entries if e.name.endswith(".yaml")]
    scenarios = [s for name, text in texts for s in parse_scenarios(text, name)]
    seen: set[str] = set()
    for scenario in scenarios:
        if scenario.id in seen:
            raise DataError(f"Scenario id {scenario.id!r} stands in the scenario files twice.")
        seen.add(scenario.id)
    return tuple(scenarios)


def parse_scenarios(text: str, file: str) -> list[Scenario]:
    """Scenarios of one YAML text; ``file`` is named in errors. Raises DataError."""
    try:
        rows = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DataError(f"Scenario file {file} is not YAML (line {mark.line + 1 if mark else '?'}).") from None
    if not isinstance(rows, list):
        raise DataError(f"Scenario file {file} must be a list of scenarios.")
    return [_parse_one(row, file, position) for position, row in enumerate(rows, 1)]


def _parse_one(row: Any, file: str, position: int) -> Scenario:
    name = row.get("id", f"number {position}") if isinstance(row, dict) else f"number {position}"
    try:
        scenario = Scenario.model_validate(row)
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise DataError(f"Scenario {name} in {file}, key {key}: {problem['msg']}.") from None
    for key, concept in _unknown_names(scenario, load_banks("train")):
        raise DataError(f"Scenario {name} in {file}, key {key}: {concept!r} is in no phrase bank.")
    return scenario


def _unknown_names(scenario: Scenario, banks: Banks) -> list[tuple[str, str]]:
    checks: list[tuple[str, Any, Any]] = [
        ("presenting", scenario.presenting, banks.symptoms),
        ("associated", scenario.associated, banks.symptoms),
        ("negatives", scenario.negatives, banks.symptoms),
        ("follow_up_of", scenario.follow_up_of, banks.diagnoses),
        ("chart_diagnoses", scenario.chart_diagnoses, banks.diagnoses),
        ("diagnoses", [d.concept for d in scenario.diagnoses], banks.diagnoses),
        ("home_medications", scenario.home_medications, banks.medications),
        ("vitals", scenario.vitals, banks.vitals),
        ("findings", scenario.findings, banks.findings),
        ("results", scenario.results, banks.results),
        ("plan", [a.action for a in scenario.plan], banks.patterns),
        ("history", scenario.history, HISTORY_TOPICS),
        ("attributes.severity", scenario.attributes.severity, ("mild", "moderate", "severe")),
        ("attributes.timing", scenario.attributes.timing, ("constant", "intermittent", "night", "morning")),
        ("diagnoses.status", [s for d in scenario.diagnoses for s in d.status], STATUSES),
    ]
    unknown = [(key, name) for key, names, known in checks for name in names if name not in known]
    for action in scenario.plan:
        pattern = banks.patterns.get(action.action)
        keys = action.choices()
        if pattern:
            unknown += [(f"plan.{action.action}", key) for key in keys if key not in pattern.placeholders]
        unknown += [
            (f"plan.{action.action}.{key}", drug)
            for key in ("drug", "new_drug")
            for drug in keys.get(key, ())
            if drug not in banks.medications and drug != HOME_DRUG
        ]
    return unknown


HISTORY_TOPICS = (
    "smoker", "alcohol", "allergy", "occupation", "family", "sick_contact", "travel", "surgery", "lives_with",
    "exercise", "diet", "sleep", "stress", "hospitalised", "pregnancy", "contraception",
)  # fmt: skip
#: Status of a diagnosis in scenarios -> in the note ("none" is no status).
STATUSES = {
    "none": "",
    "stable": "stable",
    "improving": "improving",
    "worsening": "worsening",
    "well_controlled": "well controlled",
    "poorly_controlled": "poorly controlled",
    "not_at_goal": "not at goal",
    "new": "new",
    "resolved": "resolved",
}
