"""The fact extractor against visits whose facts are known by construction."""

import json

from medscribe_core.evaluation.extractor_check import check_extractor


def test_extracted_facts_are_those_that_the_simulator_put_in():
    done = []
    result = check_extractor(30, seed=7, progress=lambda n, total: done.append((n, total)))
    check = result["extractor_check"]
    print(f"extractor against the simulator: {json.dumps(check)}")
    for figure in ("precision", "recall"):
        estimate = check[figure]
        assert 0.9 <= estimate["value"] <= 1
        assert estimate["low"] <= estimate["value"] <= estimate["high"]
        by_kind = check[f"{figure}_by_kind"].values()
        found = sum(kind["share"] * kind["facts"] for kind in by_kind)
        assert abs(found / sum(kind["facts"] for kind in by_kind) - estimate["value"]) < 1e-3
    assert done[-1] == (30, 30)
    assert check["visits"] == 30
    assert result["machine"]["cpu"]
    json.dumps(result)
