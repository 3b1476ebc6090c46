"""Read the static embedding model with numpy: the same vectors as sentence-transformers gives, without torch.

A text's vector is the mean of the rows of its features, at unit length. Features: known folded syllables, known folded
pairs, and for unknown syllables hashed character 3- and 4-grams. The rules are the model's (see its folder), written on
`vitext.strip_marks`; only the model may change them.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from kb.errors import EngineError
from kb.ports import Vector
from vitext import strip_marks

#: Rows for hashed character grams of syllables that the vocabulary lacks.
BUCKETS = 1 << 14
_GRAM_CHARACTERS = 24
_INNER = re.compile(r"(?<=\w)['’‘`´~^¨°\"](?=\w)")
_SYLLABLE = re.compile(r"[^\W_]+")


def syllables(text: str) -> list[str]:
    """The folded syllables of a text, as the model counts them.

    >>> syllables("Đẩy m0'i N§i-dung")
    ['day', 'm0i', 'noi', 'dung']
    """
    return _SYLLABLE.findall(_INNER.sub("", strip_marks(unicodedata.normalize("NFC", text).lower())))


def grams(syllable: str) -> list[str]:
    """The character 3- and 4-grams of a syllable that the vocabulary lacks.

    >>> grams("abc")
    ['<ab', 'abc', 'bc>', '<abc', 'abc>']
    """
    word = f"<{syllable[:_GRAM_CHARACTERS]}>"
    return [word[at : at + size] for size in (3, 4) for at in range(len(word) - size + 1)]


class StaticEmbedder:
    """The model in `folder`. Rows stay 8-bit in memory (38 MB); start-up .2 s. Raises EngineError."""

    def __init__(self, folder: Path) -> None:
        try:
            weights = load_file(folder / "model.safetensors")
            vocabulary = json.loads((folder / "vocab.json").read_bytes())
        except (OSError, ValueError, KeyError) as error:
            raise EngineError(f"Không đọc được mô hình nhúng {folder}: {error}") from error
        self.name = folder.name
        self._rows, self._scales = weights["q"], weights["s"].astype(np.float32)
        self._folder = folder
        sizes = {group: len(vocabulary[group]) for group in "FAB"}
        accented, pairs = sizes["F"], sizes["F"] + sizes["A"]
        self._buckets = pairs + sizes["B"]
        self._syllables = {word: at for at, word in enumerate(vocabulary["F"])}
        self._accented = {word: accented + at for at, word in enumerate(vocabulary["A"])}
        self._pairs = {word: pairs + at for at, word in enumerate(vocabulary["B"])}
        self._features_of = lru_cache(maxsize=1 << 16)(self._look_up)

    @property
    def dimension(self) -> int:
        return int(self._rows.shape[1])

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over size, first and last MiB of the weights, and the vocabulary: enough to tell models apart
        without reading 38 MB at every start."""
        return _digest(self._folder)

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            features = self._features(text)
            vector = self._scales[features, 0] @ self._rows[features].astype(np.float32)
            out[row] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return out

    def _features(self, text: str) -> list[int]:
        text = unicodedata.normalize("NFC", text).lower().replace("¢", "ệ").replace("§", "ộ")
        out: list[int] = []
        last = ""
        for syllable in _SYLLABLE.findall(_INNER.sub("", text)):
            folded, features = self._features_of(syllable)
            out.extend(features)
            pair = self._pairs.get(f"{last} {folded}") if last else None
            if pair is not None:
                out.append(pair)
            last = folded
        return out or [self._buckets]

    def _look_up(self, syllable: str) -> tuple[str, tuple[int, ...]]:
        folded = strip_marks(syllable)
        known = self._syllables.get(folded)
        features = [known] if known is not None else self._grams(folded)
        if folded != syllable and syllable in self._accented:
            features.append(self._accented[syllable])
        return folded, tuple(features)

    def _grams(self, folded: str) -> list[int]:
        word = f"<{folded[:_GRAM_CHARACTERS]}>"
        grams = (word[at : at + size] for size in (3, 4) for at in range(len(word) - size + 1))
        return [self._buckets + zlib.crc32(gram.encode("utf-8", "surrogatepass")) % BUCKETS for gram in grams]


@lru_cache(maxsize=4)
def _digest(folder: Path) -> str:
    weights = folder / "model.safetensors"
    size = weights.stat().st_size
    state = hashlib.sha256(str(size).encode())
    with open(weights, "rb") as handle:
        state.update(handle.read(1 << 20))
        handle.seek(max(0, size - (1 << 20)))
        state.update(handle.read())
    state.update((folder / "vocab.json").read_bytes())
    return state.hexdigest()
