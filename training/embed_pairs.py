"""Draw training pairs (query side, document side) from titled documents, with the noise that typing and scanning make.

Press: title -> chunk of the body, abstract -> chunk, title -> abstract, title -> title and chunk, a window of the body ->
the rest. Law: title and name of the law -> chunk of the body, title -> chunk, a window -> the body without it. All texts are
arrays of numbered syllables (`kb.embedding.features`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kb.embedding.features import Forms, Ints
from kb.embedding.pairs import cut_chunk, cut_window, drop_words, take_run
from training.embed_texts import Register, Titled


@dataclass(frozen=True, slots=True)
class Parts:
    """A document in numbered syllables."""

    register: Register
    title: Ints
    name: Ints
    lead: Ints
    body: Ints


def number_parts(documents: Iterable[Titled], forms: Forms) -> list[Parts]:
    """The documents in numbered syllables; a document whose body has fewer than 8 syllables is left out."""
    parts = []
    for document in documents:
        body = forms.encode(document.body)
        if len(body) >= 8:
            title, name, lead = (forms.encode(text) for text in (document.title, document.name, document.lead))
            parts.append(Parts(document.register, title, name, lead, body))
    return parts


@dataclass(slots=True)
class Sampler:
    """Draws pairs. `noise` maps a numbered syllable to damaged forms, with shape (forms, variants); a syllable without known
    forms maps to itself. `slips` does the same for slips of the keyboard."""

    parts: Sequence[Parts]
    noise: Ints
    slips: Ints
    rng: np.random.Generator

    def pair(self, at: int) -> tuple[Ints, Ints]:
        part = self.parts[at]
        query, document = self._press(part) if part.register == "press" else self._law(part)
        return self._as_typed(query), self._as_recognised(document)

    def _press(self, part: Parts) -> tuple[Ints, Ints]:
        kind = self.rng.random()
        if kind < 0.35 or not len(part.lead):
            return part.title, cut_chunk(part.body, self.rng)
        if kind < 0.55:
            return part.lead, cut_chunk(part.body, self.rng)
        if kind < 0.65:
            return part.title, part.lead
        if kind < 0.8:
            return part.title, np.concatenate([part.title, cut_chunk(np.concatenate([part.lead, part.body]), self.rng)])
        return cut_window(part.body, self.rng)

    def _law(self, part: Parts) -> tuple[Ints, Ints]:
        kind = self.rng.random()
        if len(part.title) and kind < 0.25:
            return np.concatenate([part.title, part.name]), cut_chunk(part.body, self.rng)
        if len(part.title) and kind < 0.5:
            return part.title, cut_chunk(part.body, self.rng)
        window, around = cut_window(part.body, self.rng)
        if len(part.title) and self.rng.random() < 0.3:
            around = np.concatenate([part.title, around])
        return window, around

    def _as_typed(self, query: Ints) -> Ints:
        """Half of the queries lose some words, keep only a run of them, or get slips or damage."""
        kind = self.rng.random()
        if kind < 0.2 and len(query) > 4:
            return drop_words(query, self.rng)
        if kind < 0.35 and len(query) > 5:
            return take_run(query, self.rng)
        if kind < 0.45:
            return self._replace(query, self.slips, 0.25)
        return self._replace(query, self.noise, 0.9) if kind < 0.5 else query

    def _as_recognised(self, document: Ints) -> Ints:
        """About one document in six is damaged: most of these in a few words (what repair leaves), the others in all."""
        kind = self.rng.random()
        if kind < 0.1:
            return self._replace(document, self.noise, 0.08)
        return self._replace(document, self.noise, 0.9) if kind < 0.16 else document

    def _replace(self, text: Ints, table: Ints, share: float) -> Ints:
        hit = self.rng.random(len(text)) < share
        out = text.copy()
        out[hit] = table[text[hit], self.rng.integers(0, table.shape[1], int(hit.sum()))]
        return out


def batches(
    parts: Sequence[Parts], size: int, rng: np.random.Generator, law_share: float
) -> Iterable[npt.NDArray[np.int64]]:
    """Batches of document numbers, without end. Each batch has one register, so that the negatives are hard ones."""
    numbers = {r: np.array([at for at, part in enumerate(parts) if part.register == r]) for r in ("press", "law")}
    queues = {register: np.zeros(0, dtype=np.int64) for register in numbers}
    while True:
        law = len(numbers["law"]) and (rng.random() < law_share or not len(numbers["press"]))
        register = "law" if law else "press"
        if len(queues[register]) < size:
            queues[register] = np.concatenate([queues[register], rng.permutation(numbers[register])])
        yield queues[register][:size]
        queues[register] = queues[register][size:]
