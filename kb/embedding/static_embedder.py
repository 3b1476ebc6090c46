"""Read the static embedding model with numpy: the same vectors that sentence-transformers gives, without torch.

The vector of a text is the mean of the rows of its features, at unit length. Features are known folded syllables, known
pairs of them, and for unknown syllables hashed character 3- and 4-grams. The rules belong to the model (see its folder) and
may change only with it; here they use `vitext.strip_marks`.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from kb.errors import EngineError
from kb.ports import Vector
from vitext import compose, strip_marks

#: Rows for the hashed character grams of unknown syllables.
BUCKETS = 1 << 14
_GRAM_CHARACTERS = 24
_INNER = re.compile(r"(?<=\w)['’‘`´~^¨°\"](?=\w)")
_SYLLABLE = re.compile(r"[^\W_]+")


def syllables(text: str) -> list[str]:
    """The folded syllables of a text, as the model counts them.

    >>> syllables("Đẩy m0'i N§i-dung")
    ['day', 'm0i', 'noi', 'dung']
    """
    return _SYLLABLE.findall(_INNER.sub("", strip_marks(compose(text).lower())))


def grams(syllable: str) -> list[str]:
    """The character 3- and 4-grams of a syllable that the vocabulary lacks.

    >>> grams("abc")
    ['<ab', 'abc', 'bc>', '<abc', 'abc>']
    """
    word = f"<{syllable[:_GRAM_CHARACTERS]}>"
    return [word[at : at + size] for size in (3, 4) for at in range(len(word) - size + 1)]


class StaticEmbedder:
    """The model in `folder`. Its rows stay packed in memory (4 bits, 38 MB); it opens in 0.2 s. Raises EngineError."""

    def __init__(self, folder: Path) -> None:
        try:
            weights = load_file(folder / "model.safetensors")
            vocabulary = json.loads((folder / "vocab.json").read_bytes())
            self._rows, self._scales = weights["rows"], weights["scales"].astype(np.float32)
            self._syllables = {word: at for at, word in enumerate(vocabulary["syllables"])}
            first_pair = len(self._syllables)
            self._pairs = {word: first_pair + at for at, word in enumerate(vocabulary["pairs"])}
            self._digest = digest_of(folder)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise EngineError(f"Không đọc được mô hình nhúng {folder}: {error}") from error
        self.name = folder.name
        self._buckets = first_pair + len(self._pairs)
        self._unknown = lru_cache(maxsize=1 << 16)(self._hash_grams)

    @property
    def dimension(self) -> int:
        return 2 * int(self._rows.shape[1])

    @property
    def digest(self) -> str:
        return self._digest

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            features = self.features(text)
            scales, packed = self._scales[features], self._rows[features]
            # Two values a byte, 0..15 for -8..7: the low half of the byte belongs to the first half of the vector.
            vector = np.concatenate([scales @ (packed & 15), scales @ (packed >> 4)])
            vector -= 8 * scales.sum()
            out[row] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return out

    def features(self, text: str) -> list[int]:
        """The rows that a text averages, with repetitions; never empty."""
        known, pairs = self._syllables, self._pairs
        out: list[int] = []
        last = ""
        for syllable in syllables(text):
            row = known.get(syllable)
            if row is None:
                out.extend(self._unknown(syllable))
                last = ""
                continue
            out.append(row)
            if last:
                pair = pairs.get(f"{last} {syllable}")
                if pair is not None:
                    out.append(pair)
            last = syllable
        return out or [self._buckets]

    def _hash_grams(self, syllable: str) -> tuple[int, ...]:
        hashes = (zlib.crc32(gram.encode("utf-8", "surrogatepass")) for gram in grams(syllable))
        return tuple(self._buckets + value % BUCKETS for value in hashes)


def digest_of(folder: Path) -> str:
    """SHA-256 (hex) of the size, the first and the last MiB of the weights, and the vocabulary: this distinguishes models
    without reading 38 MB at every start."""
    weights = folder / "model.safetensors"
    size = weights.stat().st_size
    state = hashlib.sha256(str(size).encode())
    with open(weights, "rb") as handle:
        state.update(handle.read(1 << 20))
        handle.seek(max(0, size - (1 << 20)))
        state.update(handle.read())
    state.update((folder / "vocab.json").read_bytes())
    return state.hexdigest()
