"""Turn a whole batch of texts into rows of the embedding table.

The rules are those of the shipped model (`kb/embedding/models/vi_static_embedding.py`): known folded syllables, known
pairs of them, and for unknown syllables hashed character 3- and 4-grams. A test checks that both give the same rows.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kb.embedding.static_embedder import BUCKETS, grams, syllables

Ints = npt.NDArray[np.int32]


class Forms:
    """Numbers for the folded syllables of texts, given in the order in which the syllables appear."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        self.names: list[str] = []

    def encode(self, text: str) -> Ints:
        """The syllables of a text as numbers, shape (syllables,)."""
        number = self.number
        out = []
        for syllable in syllables(text):
            at = number.get(syllable)
            if at is None:
                at = number[syllable] = len(self.names)
                self.names.append(syllable)
            out.append(at)
        return np.array(out, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the rows stand for: syllables, then pairs ("a b"), then BUCKETS hashed grams."""

    syllables: tuple[str, ...]
    pairs: tuple[str, ...]

    @property
    def rows(self) -> int:
        return len(self.syllables) + len(self.pairs) + BUCKETS


@dataclass(slots=True)
class Features:
    """Maps numbered syllables to rows of a vocabulary."""

    vocabulary: Vocabulary
    forms: Forms
    _known: Ints = field(init=False)
    _pair_keys: npt.NDArray[np.int64] = field(init=False)
    _pair_rows: Ints = field(init=False)
    _gram_start: npt.NDArray[np.int64] = field(init=False)
    _gram_rows: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Take in the syllables that were numbered since the last call."""
        names, number = self.forms.names, self.forms.number
        row_of = {name: row for row, name in enumerate(self.vocabulary.syllables)}
        self._known = np.array([row_of.get(name, -1) for name in names], dtype=np.int32)
        first_pair, first_gram = len(self.vocabulary.syllables), self.vocabulary.rows - BUCKETS
        keys = []
        for pair in self.vocabulary.pairs:
            a, _, b = pair.partition(" ")
            keys.append((row_of[a] << 32) + row_of[b])
        order = np.argsort(np.array(keys, dtype=np.int64))
        self._pair_keys = np.array(keys, dtype=np.int64)[order]
        self._pair_rows = (order + first_pair).astype(np.int32)
        starts, rows = [0], list[int]()
        for name, row in zip(names, self._known, strict=True):
            if row < 0:
                rows.extend(first_gram + zlib.crc32(gram.encode("utf-8", "surrogatepass")) % BUCKETS for gram in grams(name))
            starts.append(len(rows))
        self._gram_start, self._gram_rows = np.array(starts, dtype=np.int64), np.array(rows, dtype=np.int32)
        assert len(number) == len(names)

    def matrix(self, texts: Sequence[Ints]) -> sparse.csr_matrix:
        """The weights with which each text averages the rows, shape (texts, rows); each line sums to 1 (or is empty)."""
        lengths = np.array([len(text) for text in texts])
        tokens = np.concatenate(texts) if len(texts) else np.zeros(0, np.int32)
        line = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
        rows = self._known[tokens]
        known = rows >= 0
        parts_rows, parts_line = [rows[known]], [line[known]]
        both = known[:-1] & known[1:] & (line[:-1] == line[1:])
        keys = (rows[:-1][both].astype(np.int64) << 32) + rows[1:][both]
        at = np.searchsorted(self._pair_keys, keys)
        at[at == len(self._pair_keys)] = 0
        hit = self._pair_keys[at] == keys
        parts_rows.append(self._pair_rows[at[hit]])
        parts_line.append(line[:-1][both][hit])
        unknown = tokens[~known]
        if len(unknown):
            start, stop = self._gram_start[unknown], self._gram_start[unknown + 1]
            count = stop - start
            offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            parts_rows.append(self._gram_rows[np.repeat(start, count) + offset])
            parts_line.append(np.repeat(line[~known], count))
        all_rows, all_lines = np.concatenate(parts_rows), np.concatenate(parts_line)
        order = np.argsort(all_lines, kind="stable")
        counts = np.bincount(all_lines, minlength=len(texts))
        share = (1 / np.maximum(counts, 1)).astype(np.float32)
        pointers = np.concatenate([[0], np.cumsum(counts)])
        shape = (len(texts), self.vocabulary.rows)
        return sparse.csr_matrix((np.repeat(share, counts), all_rows[order], pointers), shape=shape)
