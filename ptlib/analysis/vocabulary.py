"""Which vocabulary words a soft token lies near to, in the model's own embedding space: numpy only, no model is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from ptlib.hub.cache import cached
from ptlib.hub.revisions import Repo
from ptlib.models.spec import BackboneSpec

TENSORS = (
    "roberta.embeddings.word_embeddings.weight",
    "bert.embeddings.word_embeddings.weight",
    "embeddings.word_embeddings.weight",
    "distilbert.embeddings.word_embeddings.weight",
    "model.embeddings.tok_embeddings.weight",
    "shared.weight",
    "encoder.embed_tokens.weight",
)
"""Names of the word-embedding table in the supported architectures, [V, D]."""
SAMPLE = 300
"""Words whose own nearest neighbours say what a usual distance is."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Word embeddings [V, D] float32 with their spellings, and what is usual among them."""

    words: tuple[str, ...]
    table: np.ndarray
    norms: tuple[float, float, float]
    """5 %, middle and 95 % of the words' norms."""
    usual: tuple[float, float, float]
    """The same for the distance of a word to the nearest other word, 1 - cosine."""


def folder_of(spec: BackboneSpec) -> Path | None:
    """Folder with the weights on this disk; None when they are not here."""
    if spec.source in ("embedded", "folder"):
        return Path(spec.location) if (Path(spec.location) / "model.safetensors").exists() else None
    found = cached(Repo(spec.location, "model", spec.revision), "model.safetensors")
    return found.parent if found else None


def read(folder: Path) -> Vocabulary | None:
    """The word embeddings of a model folder; None when it holds no table that is known, or no tokenizer."""
    if not (folder / "tokenizer.json").exists():
        return None
    try:
        with safe_open(folder / "model.safetensors", framework="numpy") as file:
            name = next((name for name in TENSORS if name in file.keys()), None)  # noqa: SIM118
            table = file.get_tensor(name).astype(np.float32) if name else None
    except (OSError, SafetensorError, TypeError):  # numpy knows no bfloat16
        return None
    return None if table is None else build(_spellings(folder, len(table)), table)


def _spellings(folder: Path, size: int) -> tuple[str, ...]:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = []
    for place in range(size):
        raw = tokenizer.id_to_token(place)
        text = tokenizer.decode([place], skip_special_tokens=False) if raw is not None else ""
        whole = text.strip() and "\ufffd" not in text  # a piece may be part of a character
        found.append(text.strip() if whole else raw or f"[{place}]")
    return tuple(found)


def build(words: Sequence[str], table: np.ndarray) -> Vocabulary:
    """Measure what is usual among words."""
    norms = np.linalg.norm(table, axis=1)
    picked = np.random.default_rng(0).choice(len(table), min(SAMPLE, len(table)), replace=False)
    unit = _unit(table)
    alike = unit[picked] @ unit.T
    alike[np.arange(len(picked)), picked] = -np.inf
    return Vocabulary(tuple(words), table, _spread(norms), _spread(1 - alike.max(axis=1)))


def _unit(table: np.ndarray) -> np.ndarray:
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)


def _spread(values: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)


def nearest(prompt: np.ndarray, vocabulary: Vocabulary, count: int = 5) -> pd.DataFrame:
    """Nearest words of every soft token of `prompt` [P, D]: token (from 1), norm, distance (to the nearest), words, distances."""
    unit, alike = _unit(prompt), _unit(prompt) @ _unit(vocabulary.table).T
    order = np.argsort(-alike, axis=1, kind="stable")[:, :count]
    rows = []
    for place in range(len(unit)):
        away = [max(float(1 - alike[place, word]), 0.0) for word in order[place]]
        texts = [vocabulary.words[word] for word in order[place]]
        told = ", ".join(f"{text} ({value:.2f})" for text, value in zip(texts, away, strict=True))
        rows.append({"token": place + 1, "norm": float(np.linalg.norm(prompt[place])), "distance": away[0], "words": told})
    return pd.DataFrame(rows)


def reading(found: pd.DataFrame, vocabulary: Vocabulary) -> str:
    """How near the soft tokens are to words at all, compared with words among themselves."""
    low, middle, high = vocabulary.usual
    far = int((found.distance > high).sum())
    near = int((found.distance <= middle).sum())
    typical, usual = found.distance.median(), f"{middle:.2f} (5 to 95 %: {low:.2f} to {high:.2f})"
    verdict = (
        f"{far} of {len(found)} soft tokens lie farther from every word than 95 % of words lie from their nearest other word"
        if far
        else "no soft token lies farther from every word than words usually lie from each other"
    )
    return (
        f"Half the soft tokens have a word within {typical:.2f} (1 − cosine); a word's nearest other word is at {usual}. "
        f"{verdict[:1].upper()}{verdict[1:]}, and {near} lie as near to a word as half the words do."
    )
