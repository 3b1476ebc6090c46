"""Write a table of rows as a sentence-transformers model with its own code, and read one back."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save

from kb.embedding.contrastive import Floats
from kb.embedding.features import Vocabulary

#: The code that every written model carries.
MODULE = Path(__file__).parent / "models" / "vi_static_embedding.py"
#: The largest of the 15 levels stands for this share of a row's largest value; the best share is chosen for each row.
CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


@dataclass(frozen=True, slots=True)
class Packed:
    """A model as it is stored: `rows` of shape (rows, dimension / 2), see `pack_rows`."""

    vocabulary: Vocabulary
    rows: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]


def pack_rows(rows: Floats) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
    """The rows in 4 bits: (two values a byte, the first half of the vector in the low halves; the scale of each row)."""
    longest = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-8)
    best = np.full(len(rows), np.inf, dtype=np.float32)
    levels = np.zeros(rows.shape, dtype=np.int8)
    scales = np.zeros(len(rows), dtype=np.float16)
    for clip in CLIPS:
        scale = (longest * clip / 7).astype(np.float16)
        wide = np.maximum(scale.astype(np.float32), 1e-8)
        here = np.clip(np.rint(rows / wide), -7, 7)
        error = np.square(here * wide - rows).sum(axis=1)
        better = error < best
        best[better], levels[better], scales[better] = error[better], here[better].astype(np.int8), scale[better, 0]
    codes = (levels + 8).astype(np.uint8)
    half = rows.shape[1] // 2
    return (codes[:, :half] | codes[:, half:] << 4).astype(np.uint8), scales


def unpack_rows(packed: npt.NDArray[np.uint8], scales: npt.NDArray[np.float16]) -> Floats:
    """The rows that the model reads out of what `pack_rows` wrote.

    >>> rows = unpack_rows(*pack_rows(np.array([[0.7, -0.2], [-1.4, 0.6]], dtype=np.float32)))
    >>> bool(np.array_equal(rows, unpack_rows(*pack_rows(rows))))
    True
    """
    rows = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32)
    rows -= 8
    rows *= scales.astype(np.float32)[:, None]
    return rows


def read_model(folder: Path) -> Packed:
    """The model in a folder. Raises OSError, ValueError or KeyError when the folder holds no static model."""
    weights = load_file(folder / "model.safetensors")
    words = json.loads((folder / "vocab.json").read_bytes())
    vocabulary = Vocabulary(tuple(words["syllables"]), tuple(words["pairs"]))
    return Packed(vocabulary, weights["rows"], weights["scales"])


def write_model(folder: Path, vocabulary: Vocabulary, rows: Floats) -> None:
    """Write a model of these rows; everything but the model card."""
    write_packed(folder, Packed(vocabulary, *pack_rows(rows)))


def write_packed(folder: Path, model: Packed) -> None:
    """Write a model whose rows are packed; everything but the model card."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(save({"rows": model.rows, "scales": model.scales}))
    words = {"syllables": model.vocabulary.syllables, "pairs": model.vocabulary.pairs}
    (folder / "vocab.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "vi_static_embedding.ViStaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.base.modules.normalize.Normalize"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", "utf-8")
    (folder / "1_Normalize").mkdir(exist_ok=True)
    (folder / "1_Normalize" / "config.json").write_text("{}\n", "utf-8")
    config = {
        "model_type": "SentenceTransformer",
        "prompts": {"query": "", "document": ""},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    shutil.copyfile(MODULE, folder / MODULE.name)
