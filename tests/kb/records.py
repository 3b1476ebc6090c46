"""Small things that tests of stores and libraries share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kb.ports import Vector


class HashEmbedder:
    """Vectors that mean nothing, made in no time."""

    name, digest, dimension = "hash", "0" * 16, 8

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        rows = np.array([np.random.default_rng(len(text)).normal(size=self.dimension) for text in texts], dtype=np.float32)
        return (
            rows / np.linalg.norm(rows, axis=1, keepdims=True) if len(texts) else np.zeros((0, self.dimension), np.float32)
        )


def write(folder: Path, name: str, title: str, **attributes: object) -> None:
    """A practice record in `folder`/corpus."""
    (folder / "corpus").mkdir(exist_ok=True)
    front = "".join(f"{key}: {value}\n" for key, value in attributes.items())
    body = "## Cách làm\n\nMỗi hộ trồng một cây.\n"
    (folder / "corpus" / f"{name}.md").write_text(f"---\nkind: practice\ntitle: {title}\n{front}---\n\n{body}", "utf-8")
