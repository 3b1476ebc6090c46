"""Write a trained table of rows as a sentence-transformers model that loads by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.embed_features import Vocabulary
from training.embed_training import Floats


def write_model(folder: Path, vocabulary: Vocabulary, rows: Floats) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    import json
    np.save(folder / "rows.npy", rows.astype(np.float16))
    (folder / "vocab.json").write_text(json.dumps({"syllables": vocabulary.syllables, "pairs": vocabulary.pairs}, ensure_ascii=False))
