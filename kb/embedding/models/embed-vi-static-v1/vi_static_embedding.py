"""The embedding module of the static model, as sentence-transformers loads it: one file that imports nothing of the project.

The source is kb/embedding/models/vi_static_embedding.py; a copy lies beside the weights. `kb/embedding/static_embedder.py`
computes the same vectors with numpy; a test compares both.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from sentence_transformers.base.modules.input_module import InputModule

BUCKETS = 1 << 14
_LETTERS = {
    "đ": "d", "Đ": "D", "ø": "o", "ð": "d", "þ": "p", "ß": "ss", "ł": "l", "æ": "ae", "œ": "oe", "¢": "e", "§": "o",
    "ﬁ": "fi", "ﬂ": "fl", "ı": "i", "€": "e", "£": "e", "µ": "u",
}  # fmt: skip
_INNER = re.compile(r"(?<=\w)['’‘`´~^¨°\"](?=\w)")
_SYLLABLE = re.compile(r"[^\W_]+")


@functools.lru_cache(maxsize=1 << 16)
def _plain(c: str) -> str:
    known = _LETTERS.get(c)
    return (
        known if known is not None else "".join(x for x in unicodedata.normalize("NFD", c) if not unicodedata.combining(x))
    )


def syllables(text: str) -> list[str]:
    """The folded syllables of a text."""
    folded = "".join(map(_plain, unicodedata.normalize("NFC", text).lower()))
    return _SYLLABLE.findall(_INNER.sub("", folded))


class ViStaticEmbedding(InputModule):
    """Mean of the rows of known syllables, of known pairs of neighbours, and of hashed grams of unknown syllables."""

    modalities = ["text"]  # noqa: RUF012

    def __init__(self, vocabulary: dict[str, list[str]], packed: torch.Tensor, scales: torch.Tensor) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self._syllables = {word: at for at, word in enumerate(vocabulary["syllables"])}
        first_pair = len(self._syllables)
        self._pairs = {word: first_pair + at for at, word in enumerate(vocabulary["pairs"])}
        self._buckets = first_pair + len(self._pairs)
        self.register_buffer("packed", packed)
        self.register_buffer("scales", scales)
        values = torch.cat([packed & 15, packed >> 4], dim=1).float() - 8
        self.embedding = torch.nn.EmbeddingBag.from_pretrained(values * scales.float()[:, None], mode="mean")
        self.tokenizer = None

    def rows(self, text: str) -> list[int]:
        out: list[int] = []
        last = ""
        for syllable in syllables(text):
            row = self._syllables.get(syllable)
            if row is None:
                word = f"<{syllable[:24]}>"
                parts = (word[at : at + size] for size in (3, 4) for at in range(len(word) - size + 1))
                out.extend(self._buckets + zlib.crc32(part.encode("utf-8", "surrogatepass")) % BUCKETS for part in parts)
                last = ""
                continue
            out.append(row)
            pair = self._pairs.get(f"{last} {syllable}") if last else None
            if pair is not None:
                out.append(pair)
            last = syllable
        return out or [self._buckets]

    def preprocess(self, inputs: list[str], prompt: str | None = None, **_: Any) -> dict[str, torch.Tensor]:
        rows = [self.rows((prompt or "") + text) for text in inputs]
        offsets = [0]
        for own in rows[:-1]:
            offsets.append(offsets[-1] + len(own))
        return {"input_ids": torch.tensor([row for own in rows for row in own]), "offsets": torch.tensor(offsets)}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        features["sentence_embedding"] = self.embedding(features["input_ids"], features["offsets"])
        return features

    @property
    def max_seq_length(self) -> int:
        return 1 << 20

    def get_embedding_dimension(self) -> int:
        return int(self.embedding.embedding_dim)

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        folder = Path(output_path)
        save_file({"rows": self.packed, "scales": self.scales}, folder / "model.safetensors")
        (folder / "vocab.json").write_text(json.dumps(self.vocabulary, ensure_ascii=False), "utf-8")
        if not (folder / "vi_static_embedding.py").exists():
            shutil.copy(__file__, folder)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **_: Any) -> ViStaticEmbedding:
        folder = Path(model_name_or_path, subfolder)
        weights = load_file(folder / "model.safetensors")
        return cls(json.loads((folder / "vocab.json").read_text("utf-8")), weights["rows"], weights["scales"])
