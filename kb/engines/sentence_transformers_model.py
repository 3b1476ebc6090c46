"""Any sentence-transformers model as an embedder: the one file that loads torch, and only when it is chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from kb.errors import EngineError
from kb.ports import Vector

#: Texts encoded at a time.
BATCH = 32


class SentenceTransformerEmbedder:
    """The model at a local folder, or of that name on the hub. Raises EngineError when it cannot be loaded.

    A folder's own code is trusted (the user put it there); a hub model's is not. Models with prompts are given their
    "query" and "document"/"passage" prompts; e5 models without any get the prefixes they were trained with.
    """

    def __init__(self, model: str, device: str = "cpu") -> None:
        local = Path(model).is_dir()
        try:
            self._model = SentenceTransformer(model, device=device, trust_remote_code=local)
        except Exception as error:  # the library raises a dozen unrelated types for a missing or broken model
            raise EngineError(f"Không nạp được mô hình nhúng {model}: {error}") from error
        self.name = Path(model).name if local else model
        self.digest = _digest(Path(model)) if local else hashlib.sha256(model.encode()).hexdigest()
        prompts: dict[str, str] = {name: text or "" for name, text in (self._model.prompts or {}).items()}
        e5 = "e5" in self.name.lower() and not any(prompts.values())
        self._query = "query: " if e5 else prompts.get("query", "")
        self._document = "passage: " if e5 else prompts.get("document") or prompts.get("passage") or ""

    @property
    def dimension(self) -> int:
        size = self._model.get_embedding_dimension()
        return int(size) if size else int(self.encode(["a"]).shape[1])

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        prefix = self._query if query else self._document
        vectors = self._model.encode(
            [prefix + text for text in texts],
            batch_size=BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
            prompt="",
        )
        return np.asarray(vectors, dtype=np.float32)


def _digest(folder: Path) -> str:
    """SHA-256 (hex) over name, size and first MiB of every file."""
    state = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        state.update(f"{path.relative_to(folder).as_posix()} {path.stat().st_size}\n".encode())
        with open(path, "rb") as handle:
            state.update(handle.read(1 << 20))
    return state.hexdigest()
