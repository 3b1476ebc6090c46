"""What fine-tuning on a collection is worth: law text that the shipped model never saw, through the product's own pipeline.

    python -m benchmarks.adapt DATA [--items N] [--seed 0] [--json FILE]

DATA is a data folder as `training.embed_texts` reads it. The collection is the articles of the held-out topics of the
codified law (title and text), indexed as `cachhay index` does; `cachhay adapt` fine-tunes on it. Reported: the product's own
figures (how titles that were never trained on find their articles, before and after), seconds, and how titles of
held-out press articles, which have nothing to do with the collection, find their texts by the old and by the new model.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.timing import report
from indexer.adaptation.adapt import adapt
from indexer.adaptation.fine_tune import Figures
from kb.embedding.adapted import open_adapted
from kb.embedding.open import SHIPPED_MODEL, open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.passages import cut_text
from kb.library.store import Store
from kb.ports import Embedder
from training.embed_texts import Titled, read_titled
from training.measures import interval
from training.question_sets import SEED, Document, index_set


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--items", type=int, default=0, help="articles of the law, drawn at random; 0 for all")
    parser.add_argument("--seed", type=int, default=0, help="of the draw and of the training")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    documents = [document for document in read_titled(arguments.data) if document.held_out and document.title]
    law = [document for document in documents if document.register == "law"]
    press = [document for document in documents if document.register == "press"]
    if arguments.items:
        law = random.Random(arguments.seed).sample(law, arguments.items)
    with tempfile.TemporaryDirectory() as folder:
        report(measure(law, press, Path(folder), arguments.seed), arguments.json)


def measure(law: Sequence[Titled], press: Sequence[Titled], folder: Path, seed: int) -> list[dict[str, object]]:
    """A row for the collection and one for the press."""
    shipped = open_embedder()
    library = Library(Store(folder / "store.sqlite"), folder / "index", embedded_engines(), shipped)
    index_set(library, tuple(Document(d.id, d.title, d.body) for d in law), folder / "files", lambda *_: None)
    start, cpu = time.perf_counter(), time.process_time()
    done = adapt(library, SHIPPED_MODEL, folder / "models", seed=seed)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    if done.fine_tuning is None:
        raise SystemExit(f"{done.items} items are too few")
    result = done.fine_tuning
    print(
        f"{done.items} items, {result.training_items} trained on, {result.steps} steps, share {result.share}: "
        f"{done.outcome}; {seconds:.0f} s ({cpu:.0f} s of processor), new vectors included"
    )
    gain = result.low, result.high
    rows = [_row("law of the collection", result.test_titles, (result.before, result.after), gain)]
    adapted = open_adapted(folder / "models", SHIPPED_MODEL)
    if adapted:
        old, new = (_find_own(embedder, press) for embedder in (shipped, adapted))
        figures = _figures(old), _figures(new)
        rows.append(_row("unrelated press", len(press), figures, interval((new - old).tolist(), SEED)))
    return rows


def _row(name: str, asked: int, figures: tuple[Figures, Figures], gain: tuple[float, float]) -> dict[str, object]:
    before, after = figures
    return {
        "titles": name,
        "asked": asked,
        "MRR@10": f"{before.mrr:.4f} -> {after.mrr:.4f}",
        "gain (95 %)": f"{after.mrr - before.mrr:+.4f} ({gain[0]:+.4f} to {gain[1]:+.4f})",
        "first, %": f"{100 * before.first:.1f} -> {100 * after.first:.1f}",
    }


def _figures(found: npt.NDArray[np.float64]) -> Figures:
    return Figures(float(found.mean()), float((found == 1).mean()))


def _find_own(embedder: Embedder, documents: Sequence[Titled]) -> npt.NDArray[np.float64]:
    """1 / place of each title's own text among all, 0 from the eleventh on; a text is the mean of its passages."""
    bodies = []
    for document in documents:
        mean = embedder.encode(cut_text(f"{document.lead}\n{document.body}")).mean(axis=0)
        bodies.append(mean / max(float(np.linalg.norm(mean)), 1e-9))
    scores = embedder.encode([document.title for document in documents], query=True) @ np.stack(bodies).T
    ranks = (scores > np.diag(scores)[:, None]).sum(axis=1)
    return np.where(ranks < 10, 1 / (1 + ranks), 0.0)


if __name__ == "__main__":
    main()
