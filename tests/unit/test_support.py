"""How probable it is that a statement is supported: features of a note, the regression, its file."""

import pytest
import torch

from medscribe_core.checks.certainty import Unit
from medscribe_core.checks.support import SUPPORT_FILE, fit_support, load_support
from medscribe_core.errors import ModelFilesError
from medscribe_core.note_lists import NOTE_LISTS
from medscribe_core.sampling.support import FEATURES, Place, support_features
from medscribe_core.schema import Section
from tests.unit.tiny import FIRST_WORD, MASK, VOCABULARY, tiny_context, tiny_model


def features(places, confidence=None, length=12):
    model = tiny_model()
    generator = torch.Generator().manual_seed(2)
    ids = torch.randint(FIRST_WORD, VOCABULARY, (1, length), generator=generator)
    sections = torch.full((1, length), Section.PLAN.index)
    sure = torch.ones(1, length) if confidence is None else confidence
    return support_features(
        model, MASK, ids, sections, sure, torch.ones(1, length, dtype=torch.bool), places, tiny_context(model)
    )


def place(*positions, section=Section.PLAN):
    return Place(section, Unit(0, 1), "x", positions, NOTE_LISTS.index("plan"))


def test_features_tell_the_statement_that_was_written_unsurely():
    confidence = torch.ones(1, 12)
    confidence[0, 5] = 0.25
    found = features([place(1, 2), place(4, 5), place(7, 8)], confidence)
    least = found[:, FEATURES.index("least_confidence")]
    assert least.tolist() == [0.0, pytest.approx(-1.386, abs=1e-3), 0.0]
    assert found[:, FEATURES.index("list_plan")].tolist() == [1.0, 1.0, 1.0]
    assert torch.isfinite(found).all()
    assert (found[:, FEATURES.index("least_likelihood")] <= found[:, FEATURES.index("mean_likelihood")]).all()


def test_a_statement_is_judged_alike_whatever_else_is_judged_in_other_groups():
    alone = features([place(1, 2)])
    among = features([place(1, 2), place(4, 5), place(7, 8)])
    differs = FEATURES.index("shared_evidence")
    keep = [i for i in range(len(FEATURES)) if i != differs]
    assert torch.allclose(alone[0, keep], among[0, keep], atol=1e-4)
    assert alone[0, differs] == 0.0 < among[0, differs]


def test_a_note_without_statements_has_no_features():
    assert features([]).shape == (0, len(FEATURES))


def fitted(weights_id="w"):
    generator = torch.Generator().manual_seed(0)
    found = torch.randn(400, 3, generator=generator)
    supported = (found[:, 0] + 0.1 * torch.randn(400, generator=generator) > 0).float()
    return found, supported, fit_support(found, supported, ("a", "b", "c"), weights_id, {"statements": 400})


def test_the_regression_finds_what_matters_and_comes_back_from_its_file(tmp_path):
    found, supported, model = fitted()
    chances = torch.tensor(model.probabilities(found))
    assert ((chances > 0.5).float() == supported).float().mean() > 0.9
    kept = chances >= model.threshold
    assert 0.8 < float(supported[kept].mean()) < 0.9
    strict = fit_support(found, supported, ("a", "b", "c"), "w", {}, unsupported=0.02)
    assert strict.threshold > model.threshold
    model.save(tmp_path)
    again = load_support(tmp_path, "w", ("a", "b", "c"))
    assert again == model
    assert load_support(tmp_path / "none", "w", ("a", "b", "c")) is None


@pytest.mark.parametrize("content", ["{", "[]", '{"weights_id": "w"}'])
def test_a_corrupt_file_is_named(tmp_path, content):
    (tmp_path / SUPPORT_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ModelFilesError, match="corrupt"):
        load_support(tmp_path, "w", ("a", "b", "c"))


def test_a_file_of_other_weights_or_features_is_refused(tmp_path):
    fitted("other")[2].save(tmp_path)
    with pytest.raises(ModelFilesError, match="another model"):
        load_support(tmp_path, "w", ("a", "b", "c"))
    with pytest.raises(ModelFilesError, match="another model"):
        load_support(tmp_path, "other", ("a", "b", "d"))
