"""The clinical tokenizer: SentencePiece BPE, cased, digits split, byte fallback.

Special symbols never come out of text that a user wrote: ``encode`` treats ``[MASK]`` in a transcript as the seven
characters it is. They are put in by id only, by the code that builds contexts and canvases.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import sentencepiece as spm

from medscribe_core.errors import ModelFilesError
from medscribe_core.schema import NOTE_SECTIONS, Section

PAD, MASK = "[PAD]", "[MASK]"
CONTEXT, DOCTOR, PATIENT, OTHER_SPEAKER, UNKNOWN_SPEAKER = "[CONTEXT]", "[DOCTOR]", "[PATIENT]", "[OTHER]", "[SPEAKER]"
WINDOW_START, WINDOW_END = "[START]", "[END]"
HEADERS: dict[Section, str] = {section: f"[{section.name}]" for section in NOTE_SECTIONS}
USER_SYMBOLS: tuple[str, ...] = (
    MASK,
    *HEADERS.values(),
    CONTEXT,
    DOCTOR,
    PATIENT,
    OTHER_SPEAKER,
    UNKNOWN_SPEAKER,
    WINDOW_START,
    WINDOW_END,
)
_SYMBOL = re.compile("|".join(re.escape(s) for s in (PAD, *USER_SYMBOLS)))
_SPACE = "\u2581"  # SentencePiece writes a space as this character
_UNSAFE = re.compile(f"[{_SPACE}\x00]")  # characters that SentencePiece itself would not give back


class ClinicalTokenizer:
    """Text to ids and back, without loss.

    Args:
        path: a SentencePiece model trained by :func:`train_tokenizer`.

    Raises:
        ModelFilesError: the file is missing, corrupt or was not trained by this module.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            self._model = spm.SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as error:
            raise ModelFilesError(f"The tokenizer file {path.name} cannot be read.") from error
        self.vocab_size: int = self._model.vocab_size()
        pieces = [self._model.id_to_piece(i) for i in range(self.vocab_size)]
        self._ids = {piece: i for i, piece in enumerate(pieces)}
        missing = [s for s in (PAD, *USER_SYMBOLS) if s not in self._ids]
        if missing:
            raise ModelFilesError(f"The tokenizer file {path.name} lacks the symbol {missing[0]}.")
        self._bytes = [_piece_bytes(self._model, i, piece) for i, piece in enumerate(pieces)]
        self._byte_ids = [self._ids[f"<0x{b:02X}>"] for b in range(256)]
        self.pad_id = self._ids[PAD]
        self.mask_id = self._ids[MASK]
        self.header_ids: dict[Section, int] = {section: self._ids[symbol] for section, symbol in HEADERS.items()}
        self.special_ids = frozenset(self._ids[s] for s in (PAD, *USER_SYMBOLS)) | {self._model.unk_id()}

    def id_of(self, symbol: str) -> int:
        """Id of one special symbol or piece."""
        return self._ids[symbol]

    def piece(self, token_id: int) -> str:
        """The piece as SentencePiece writes it (a leading U+2581 stands for a space)."""
        return self._model.id_to_piece(token_id)

    def encode(self, text: str) -> list[int]:
        """Ids of ``text``; the first piece carries the leading space of a word. Empty text gives no ids."""
        if not text:
            return []
        ids: list[int] = []
        for part, raw in self._plain_parts(" " + text):
            ids.extend(self._byte_ids[b] for b in part.encode()) if raw else ids.extend(self._model.encode(part))
        return ids

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Ids and, for each, its characters ``(start, end)`` in ``text`` (the leading space is not counted).

        The byte pieces of one character all carry that character's offsets.
        """
        ids = self.encode(text)
        offsets: list[tuple[int, int]] = []
        position, pending = -1, bytearray()  # -1: the space that encode() puts before the text
        waiting = 0
        for token_id in ids:
            pending += self._bytes[token_id]
            waiting += 1
            try:
                piece = pending.decode()
            except UnicodeDecodeError:
                continue
            start, end = position, position + len(piece)
            if piece.startswith(" ") and len(piece) > 1:
                start += 1
            offsets.extend([(max(start, 0), max(end, 0))] * waiting)
            position, waiting = end, 0
            pending.clear()
        return ids, offsets

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ``ids`` without special symbols; ``decode(encode(text)) == text``."""
        raw = b"".join(self._bytes[i] for i in ids if i not in self.special_ids)
        text = raw.decode("utf-8", errors="replace")
        return text[1:] if text.startswith(" ") else text

    def decode_with_sources(self, ids: Sequence[int]) -> tuple[str, list[int]]:
        """:meth:`decode` and for every character of the text the index in ``ids`` of the token that completed it."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text, sources = "", []
        for index, token in enumerate(ids):
            added = decoder.decode(b"" if token in self.special_ids else self._bytes[token])
            text += added
            sources += [index] * len(added)
        rest = decoder.decode(b"", final=True)
        text, sources = text + rest, sources + [len(ids) - 1] * len(rest)
        return (text[1:], sources[1:]) if text.startswith(" ") else (text, sources)

    def surface(self, token_id: int) -> str:
        """What one id adds to the text, with its leading space; special symbols add nothing."""
        return "" if token_id in self.special_ids else self._bytes[token_id].decode("utf-8", errors="replace")

    def _plain_parts(self, text: str) -> Iterator[tuple[str, bool]]:
        """Cut so that no part holds a special symbol; True marks characters to be written as bytes."""
        cuts = {0, len(text)}
        for match in _SYMBOL.finditer(text):
            cuts.add(match.start() + 1)
        raw = set()
        for match in _UNSAFE.finditer(text):
            raw.add(match.start())
            cuts.update((match.start(), match.end()))
        ordered = sorted(cuts)
        for start, end in pairwise(ordered):
            yield text[start:end], start in raw


def _piece_bytes(model: spm.SentencePieceProcessor, token_id: int, piece: str) -> bytes:
    if model.is_byte(token_id):
        return bytes([int(piece[3:5], 16)])
    return piece.replace(_SPACE, " ").encode()


@lru_cache(maxsize=4)
def load_tokenizer(path: Path) -> ClinicalTokenizer:
    """The tokenizer at ``path``, loaded once a process."""
    return ClinicalTokenizer(path)


def train_tokenizer(texts: Iterable[str], out: Path, *, vocab_size: int = 8192) -> ClinicalTokenizer:
    """Train on ``texts`` (one sentence or turn each) and write ``out`` (``*.model``); deterministic.

    Kudo and Richardson, SentencePiece (2018); BPE with byte fallback, so that no text is out of vocabulary.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.with_suffix(".partial").open("wb") as handle:
        spm.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=handle,
            model_type="bpe",
            vocab_size=vocab_size,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            split_digits=True,
            byte_fallback=True,
            character_coverage=0.9998,
            pad_id=0,
            pad_piece=PAD,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            user_defined_symbols=list(USER_SYMBOLS),
            num_threads=2,
            minloglevel=1,
            max_sentence_length=16384,
        )
    out.with_suffix(".partial").replace(out)
    return ClinicalTokenizer(out)
