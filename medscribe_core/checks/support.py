"""How probable it is that a statement of a note is supported by the visit: logistic regression, fitted to a model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from medscribe_core.errors import ModelFilesError

SUPPORT_FILE = "support.json"
_PENALTY = 1e-3


@dataclass(frozen=True)
class SupportModel:
    """Probabilities from the features of ``support_features``.

    Attributes:
        weights_id: of the note model whose features it was fitted to.
        features: their names, in order.
        means, scales: by which features are standardised.
        weights, bias: of the regression.
        threshold: a statement is withheld when its probability is less than this.
        fitted_on: what the fit was made from and how good it was, for the record.
    """

    weights_id: str
    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float
    fitted_on: dict[str, object] = field(default_factory=dict)

    def probabilities(self, found: Tensor) -> list[float]:
        """For S statements with features ``found`` (S, F): the probability of each that it is supported."""
        standard = (found - torch.tensor(self.means)) / torch.tensor(self.scales)
        return torch.sigmoid(standard @ torch.tensor(self.weights) + self.bias).tolist()

    def save(self, folder: Path) -> None:
        """Write SUPPORT_FILE into the model's folder."""
        (folder / SUPPORT_FILE).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def load_support(folder: Path, weights_id: str, features: tuple[str, ...]) -> SupportModel | None:
    """The support model in a model's folder; None when there is none.

    Raises ModelFilesError when it is corrupt, of other weights or of other features.
    """
    path = folder / SUPPORT_FILE
    if not path.is_file():
        return None
    try:
        data = dict(json.loads(path.read_text(encoding="utf-8")))
        model = SupportModel(**{key: tuple(v) if isinstance(v, list) else v for key, v in data.items()})
        model.probabilities(torch.zeros(1, len(features)))
    except (ValueError, TypeError, RuntimeError) as error:
        raise ModelFilesError(f"The model file {SUPPORT_FILE} is corrupt.") from error
    if model.weights_id != weights_id or model.features != features:
        raise ModelFilesError(f"The model file {SUPPORT_FILE} was fitted to another model; fit it again.")
    return model


def fit_support(
    found: Tensor,
    supported: Tensor,
    features: tuple[str, ...],
    weights_id: str,
    fitted_on: dict[str, object],
    unsupported: float = 0.15,
) -> SupportModel:
    """Fit to S statements: features (S, F) and whether each is supported (S,), as shares from 0 to 1.

    The threshold is the least with which at most the share ``unsupported`` of these statements would be so.
    """
    means, scales = found.mean(dim=0), found.std(dim=0) + 1e-3
    standard = (found - means) / scales
    parameters = torch.zeros(found.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = standard @ parameters[:-1] + parameters[-1]
        value = F.binary_cross_entropy_with_logits(logits, supported) + _PENALTY * parameters[:-1].square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    found_weights = parameters.detach()
    rounded = [tuple(round(x, 6) for x in part.tolist()) for part in (means, scales, found_weights[:-1])]
    model = SupportModel(weights_id, features, *rounded, round(float(found_weights[-1]), 6), 0.0, fitted_on)
    return replace(model, threshold=_threshold(torch.tensor(model.probabilities(found)), supported, unsupported))


def _threshold(chances: Tensor, supported: Tensor, unsupported: float) -> float:
    order = chances.argsort(descending=True)
    kept = torch.arange(1, len(order) + 1)
    good = ((1.0 - supported[order]).cumsum(dim=0) / kept <= unsupported).nonzero().flatten()
    return 1.0 if not len(good) else round(float(chances[order[good[-1]]]), 4)
