"""Sizes of the models. One preset is shipped (`cpu`); `seed` has the sizes of the case study's notebook."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields

from medscribe_core.errors import ModelFilesError

#: Upper ends (slots) of the section length buckets that the length head predicts.
LENGTH_BUCKETS: tuple[int, ...] = (*range(4, 64, 4), *range(64, 128, 8), *range(128, 257, 16))


#: Upper ends (tokens) of the length buckets of one statement, which the content plan predicts.
STATEMENT_BUCKETS: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 24, 28, 34, 42)


@dataclass(frozen=True)
class EncoderConfig:
    """The pretrained context encoder (BERT architecture, post-norm)."""

    width: int = 384
    layers: int = 6
    heads: int = 12
    feed_forward: int = 1536
    max_positions: int = 192
    middle_layer: int = 3  # its output is also handed to the adapter: last layers lose token identity


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of context adapter and note model.

    Attributes:
        width: model width d.
        layers, heads, feed_forward: of the note model (heads of d / heads dimensions with rotary positions).
        adapter_layers: full-attention layers that mix the encoder's windows.
        conv_width: width of the depthwise local mixing in every other layer (odd; +-2 neighbours for 5).
        section_dropout: share of training notes whose section embeddings are dropped.
        shifted: the denoiser began as an autoregressive model and still predicts each token one position earlier
            (DiffuLLaMA, Gong et al., 2025).
        reads_evidence: what the copy head points at is also read into the vocabulary's logits.
        plans_content: context tokens know their place in the transcript and in the note, see ``ContentPlan``.
    """

    vocab_size: int = 8192
    width: int = 256
    layers: int = 6
    heads: int = 4
    feed_forward: int = 1024
    adapter_layers: int = 1
    conv_width: int = 5
    dropout: float = 0.0
    section_dropout: float = 0.1
    shifted: bool = False
    reads_evidence: bool = False
    plans_content: bool = False
    max_note_tokens: int = 512
    max_context_tokens: int = 1024
    encoder: EncoderConfig = field(default_factory=EncoderConfig)

    def to_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, object]) -> ModelConfig:
        """The inverse of :meth:`to_dict`; raises ModelFilesError on unknown or missing keys."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise ModelFilesError(f"The model configuration has the unknown key {unknown[0]!r}.")
        try:
            encoder = EncoderConfig(**data.get("encoder", {}))  # type: ignore[arg-type]
            return cls(**{**data, "encoder": encoder})  # type: ignore[arg-type]
        except TypeError as error:
            raise ModelFilesError("The model configuration has unusable values.") from error


PRESETS: dict[str, ModelConfig] = {
    "cpu": ModelConfig(reads_evidence=True, plans_content=True),
    "seed": ModelConfig(layers=4, adapter_layers=1),
}
