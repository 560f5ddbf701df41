"""The fact extractor against the simulator, which knows the facts of its visits by construction.

Every figure of facts rests on the extractor, so its own precision and recall are measured and stored beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from medscribe_core.evaluation.bootstrap import BOOTSTRAP_SEED, estimate
from medscribe_core.evaluation.provenance import commit, describe_machine
from medscribe_core.facts.extraction import extract_facts
from medscribe_core.schema import SoapNote
from medscribe_core.simulator import simulate_encounters

SPLIT = "validation"


def check_extractor(visits: int, seed: int = 0, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Precision and recall of :func:`extract_facts` on the notes of ``visits`` simulated visits.

    An extracted fact is right when its section and its wording (case and final stop aside) are those of a fact that
    the visit was made from. Age and sex, which the simulator takes from the chart and does not list, are left out.
    ``progress`` is called with (done, all). Intervals are over visits.
    """
    counts = np.zeros((visits, 3))
    stated, recalled, extracted, right = Counter(), Counter(), Counter(), Counter()
    for row, visit in enumerate(simulate_encounters(visits, seed, SPLIT)):
        truth = {(fact["section"], _plain(fact["statement"])): fact["kind"] for fact in visit["facts"]}
        found = {
            (fact.section.value, _plain(fact.text)): fact.kind
            for fact in extract_facts(SoapNote(**visit["note"]))
            if fact.kind != "demographics"
        }
        both = truth.keys() & found.keys()
        counts[row] = len(both), len(truth), len(found)
        stated.update(truth.values())
        recalled.update(truth[key] for key in both)
        extracted.update(found.values())
        right.update(found[key] for key in both)
        if progress:
            progress(row + 1, visits)
    return {
        "extractor_check": {
            "visits": visits,
            "seed": seed,
            "split": SPLIT,
            "precision": estimate(counts, lambda m: m[:, 0] / m[:, 2], BOOTSTRAP_SEED),
            "recall": estimate(counts, lambda m: m[:, 0] / m[:, 1], BOOTSTRAP_SEED),
            "recall_by_kind": _shares(recalled, stated),
            "precision_by_kind": _shares(right, extracted),
        },
        "commit": commit(),
        "machine": describe_machine(),
    }


def _plain(statement: str) -> str:
    return " ".join(statement.lower().removeprefix("history of ").rstrip(".").split())


def _shares(part: Counter[str], whole: Counter[str]) -> dict[str, dict[str, float]]:
    return {kind: {"facts": n, "share": round(part[kind] / n, 4)} for kind, n in sorted(whole.items())}
