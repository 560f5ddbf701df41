"""How corpora of visits differ: lengths, words, sections, repetition; samples of one size are compared."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any

from medscribe_core.corpora.opening import ExploredVisit
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.transcript import parse_turns

#: Words over which type-token figures are taken at most, and visits among which neighbors are looked for.
MAX_TOKENS = 60_000
MAX_NEIGHBORS = 1_000
#: Sizes in words at which the share of new words is taken, so that corpora of unlike sizes can be compared.
GROWTH = (1_000, 2_000, 5_000, 10_000, 20_000, 40_000)
_TOP_TERMS = 60
_LONGEST_TERM = 6
_SHINGLE = 4
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,/]\d+)*")
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|twice|once|couple|dozen)\b"
)
_COMMON = frozenset(
    """
    a about an and any are as at be been but by can did do does for from had has have he her his if in is it its no
    not of on one or over she so than that the their them then there they this to today was were when which with without
    presents presented patient woman man old year positive negative denies reports current include history
    """.split()  # noqa: SIM905
)


def explore(corpora: Mapping[str, Sequence[ExploredVisit]], seed: int = 0) -> dict[str, Any]:
    """Figures of every corpus by its name, JSON-ready.

    ``tokens`` is the number of transcript words over which distinct-2 and vocabulary are taken: that of the smallest
    corpus that has transcripts, at most ``MAX_TOKENS``; which visits they are of depends on ``seed``. Lengths are in
    words. Keys whose corpus has no notes or no transcripts are None.
    """
    sizes = [sum(len(words(t)) for v in visits for t in spoken_turns(v.transcript)) for visits in corpora.values()]
    tokens = min([size for size in sizes if size] or [0])
    tokens = min(tokens, MAX_TOKENS)
    return {"tokens": tokens, "corpora": {name: figures(visits, tokens, seed) for name, visits in corpora.items()}}


def words(text: str) -> list[str]:
    """Words and numbers in lower case; punctuation left out."""
    return _WORD.findall(text.lower())


def figures(visits: Sequence[ExploredVisit], tokens: int, seed: int = 0) -> dict[str, Any]:
    """Figures of one corpus, one entry of the ``corpora`` of :func:`explore`.

    ``distinct_1`` and ``distinct_2`` are those of ``tokens`` words, None when the transcripts have fewer; ``growth``
    has them for the sizes in ``GROWTH`` too, as far as the words go. ``neighbors`` visits were compared.
    """
    rng = random.Random(seed)
    spoken = [spoken_turns(v.transcript) for v in visits if v.transcript]
    noted = [v for v in visits if v.sections]
    said = [[word for turn in turns for word in words(turn)] for turns in spoken]
    sample = sample_words(said, MAX_TOKENS, rng)
    growth = [_type_token(sample[:n]) for n in sorted({*GROWTH, tokens}) if 0 < n <= len(sample)]
    common = next((point for point in growth if point["words"] == tokens), None)
    turns = [turn for visit_turns in spoken for turn in visit_turns]
    return {
        "visits": len(visits),
        "transcript_words": _spread([len(visit_words) for visit_words in said]),
        "turns_per_visit": _spread([len(visit_turns) for visit_turns in spoken]),
        "turn_words": fmean(len(words(t)) for t in turns) if turns else None,
        "turns_with_number": fmean(bool(_NUMBER.search(t.lower())) for t in turns) if turns else None,
        "distinct_2": common["distinct_2"] if common else None,
        "distinct_1": common["distinct_1"] if common else None,
        "growth": growth,
        "note_words": _spread([sum(len(words(t)) for t in v.sections.values()) for v in noted]),
        "section_words": {
            s.value: _spread([len(words(v.sections[s])) for v in noted if s in v.sections]) for s in NOTE_SECTIONS
        },
        "sections_missing": {
            s.value: fmean(s not in v.sections for v in noted) if noted else None for s in NOTE_SECTIONS
        },
        "section_orders": dict(Counter(" ".join(v.sections) for v in noted).most_common(8)),
        "note_vocabulary": len({w for v in noted for t in v.sections.values() for w in words(t)}),
        "transcript_vocabulary": len({word for visit_words in said for word in visit_words}),
        "overlap": _spread([overlap(v) for v in noted if v.transcript]),
        "neighbors": min(len(visits), MAX_NEIGHBORS),
        "nearest_neighbor": _spread(nearest([v.transcript or " ".join(v.sections.values()) for v in visits], rng)),
        "terms": top_terms(visits),
    }


def _type_token(sample: Sequence[str]) -> dict[str, float]:
    return {"words": len(sample), "distinct_1": distinct(sample, 1), "distinct_2": distinct(sample, 2)}


def spoken_turns(transcript: str) -> list[str]:
    """What is said in each turn, without speaker labels."""
    return [transcript[turn.start : turn.end] for turn in parse_turns(transcript)]


def sample_words(texts: list[list[str]], count: int, rng: random.Random) -> list[str]:
    """``count`` words of whole texts in random order, the last one cut; fewer if there are not so many."""
    order = list(range(len(texts)))
    rng.shuffle(order)
    found: list[str] = []
    for i in order:
        if len(found) >= count:
            break
        found += texts[i]
    return found[:count]


def distinct(tokens: Sequence[str], n: int) -> float:
    """Share of n-grams that are new; comparable only between samples of as many tokens."""
    grams = list(zip(*(tokens[i:] for i in range(n)), strict=False))
    return len(set(grams)) / len(grams) if grams else 0.0


def overlap(visit: ExploredVisit) -> float:
    """Share of the note's words (without the most common ones) that stand in the transcript too."""
    noted = {w for text in visit.sections.values() for w in words(text)} - _COMMON
    heard = set(words(visit.transcript))
    return len(noted & heard) / len(noted) if noted else 0.0


def nearest(texts: Sequence[str], rng: random.Random) -> list[float]:
    """For each text the largest Jaccard similarity of 4-word shingles with another; at most MAX_NEIGHBORS texts."""
    chosen = rng.sample(list(texts), min(len(texts), MAX_NEIGHBORS))
    sets = [_shingles(words(text)) for text in chosen]
    index: dict[tuple[str, ...], list[int]] = {}
    for i, found in enumerate(sets):
        for shingle in found:
            index.setdefault(shingle, []).append(i)
    closest = []
    for i, found in enumerate(sets):
        shared = Counter(j for shingle in found for j in index[shingle] if j != i)
        closest.append(max((n / len(found | sets[j]) for j, n in shared.items()), default=0.0))
    return closest if len(chosen) > 1 else []


def _shingles(tokens: list[str]) -> set[tuple[str, ...]]:
    return set(zip(*(tokens[i:] for i in range(_SHINGLE)), strict=False))


@lru_cache(maxsize=1)
def clinical_terms() -> frozenset[tuple[str, ...]]:
    """Names of symptoms, diagnoses and medications of the phrase banks, as word tuples."""
    from medscribe_core.simulator.banks import raw_banks

    keys = {"symptom": ("clinical", "note_absent"), "diagnosis": ("note",), "medication": ("generic",)}
    rows = [row for row in raw_banks() if row["bank"] in keys]
    terms = {tuple(words(row[key])) for row in rows for key in keys[row["bank"]]}
    return frozenset(term for term in terms if 0 < len(term) <= _LONGEST_TERM)


def terms_in(text: str) -> Iterator[str]:
    """Clinical terms in a text, the longest at each place."""
    known, tokens, i = clinical_terms(), words(text), 0
    while i < len(tokens):
        for n in range(_LONGEST_TERM, 0, -1):
            if tuple(tokens[i : i + n]) in known and i + n <= len(tokens):
                yield " ".join(tokens[i : i + n])
                i += n
                break
        else:
            i += 1


def top_terms(visits: Sequence[ExploredVisit]) -> dict[str, dict[str, float]]:
    """The most frequent clinical terms with the share of visits in whose note and transcript they stand."""
    noted: Counter[str] = Counter()
    spoken: Counter[str] = Counter()
    for visit in visits:
        noted.update({term for text in visit.sections.values() for term in terms_in(text)})
        spoken.update(set(terms_in(visit.transcript)))
    ranked = (noted or spoken).most_common(_TOP_TERMS)
    return {term: {"note": noted[term] / len(visits), "transcript": spoken[term] / len(visits)} for term, _ in ranked}


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    """Mean and percentiles; None for no values."""
    if not values:
        return None
    ordered = sorted(values)
    at = {f"p{p}": ordered[round(p / 100 * (len(ordered) - 1))] for p in (5, 25, 50, 75, 95, 100)}
    return {"mean": fmean(ordered), **at}


#: Figures that the simulator should have in common with real visits, and by how much they may differ.
COMPARED = ("distinct_2", "turn_words", "turns_with_number")
TOLERANCE = 0.2


def differences(result: dict[str, Any], reference: str) -> dict[str, dict[str, float]]:
    """Corpus -> figure of ``COMPARED`` -> how far it is from the reference corpus, as a share of it.

    distinct-2 is compared over the largest sample that both corpora have, and left out if there is none.
    """
    base = result["corpora"][reference]
    return {name: _apart(corpus, base) for name, corpus in result["corpora"].items() if name != reference}


def _apart(corpus: dict[str, Any], base: dict[str, Any]) -> dict[str, float]:
    found = {}
    for key in COMPARED:
        own, other = _distinct_pair(corpus, base) if key == "distinct_2" else (corpus[key], base[key])
        if own is not None and other:
            found[key] = own / other - 1
    return found


def _distinct_pair(one: dict[str, Any], other: dict[str, Any]) -> tuple[float | None, float | None]:
    """distinct-2 of two corpora over as many words of each; None without a size that both have."""
    first, second = ({point["words"]: point["distinct_2"] for point in corpus["growth"]} for corpus in (one, other))
    size = max(first.keys() & second.keys(), default=None)
    return (None, None) if size is None else (first[size], second[size])
