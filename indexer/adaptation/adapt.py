"""Fine-tune the embedding model on the collection (`cachhay adapt`): keep the result only if it is better, and undo it.

What is kept is a complete model, beside the store. It comes into use together with the vectors that it made, in one
transaction; until then, and when anything fails, everything is as before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from indexer.adaptation.fine_tune import MIN_TEST_TITLES, Figures, FineTuning, fine_tune, read_texts
from indexer.batch import Progress
from kb.embedding.adapted import Adapted, adapted_name, drop_pointer, finish, new_folder, point_to, restored_on_error, sweep
from kb.embedding.features import Forms
from kb.embedding.package import Packed, read_model, write_packed
from kb.embedding.static_embedder import StaticEmbedder, digest_of
from kb.errors import EngineError, IndexMissingError
from kb.item import Item
from kb.library.library import Library
from kb.library.snapshot import Snapshot
from kb.library.write_transaction import WriteTransaction

Outcome = Literal["kept", "not_better", "too_few"]


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What a run of `adapt` did. `fine_tuning` is None when there were too few test titles (`min_test_titles` are needed);
    `model` is the one that is used from now on."""

    outcome: Outcome
    items: int
    fine_tuning: FineTuning | None
    model: str
    seconds: float
    min_test_titles: int = MIN_TEST_TITLES

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def adapt(
    library: Library, base: Path, models: Path, *, seed: int = 0, progress: Progress = lambda stage, done, total: None
) -> Adaptation:
    """Fine-tune the model in the folder `base` on the items of the store, and use the result if it is better.

    `library` is opened with `base`. Raises IndexMissingError (nothing is indexed), StoreBusyError, EngineError.
    """
    start = dt.datetime.now(dt.UTC)
    with library.store.lock():
        sweep(models)
        forms = Forms()
        with library.store.snapshot() as snapshot:
            if not snapshot.generation:
                raise IndexMissingError("Chưa có chỉ mục. Hãy chạy `cachhay index`.")
            items = snapshot.count()
            texts = list(read_texts(_counted(snapshot, progress), forms))
        done = fine_tune(texts, forms, read_model(base), seed, progress)
        outcome: Outcome = "too_few" if done is None else "kept" if done[0].better else "not_better"
        model = base.name
        if done and done[0].better:
            try:
                model = _keep(library, base, models, (items, *done), progress)
            except OSError as error:
                raise EngineError(f"Không ghi được mô hình vào {models}: {error.strerror or error}.") from error
            finally:
                sweep(models)
    seconds = (dt.datetime.now(dt.UTC) - start).total_seconds()
    return Adaptation(outcome, items, done[0] if done else None, model, seconds)


def undo(library: Library, models: Path, *, progress: Progress = lambda stage, done, total: None) -> bool:
    """Remove the fine-tuned model; `library` is opened with the one to use instead. Returns whether there was one.

    Raises StoreBusyError, EngineError.
    """
    with library.store.lock():
        with restored_on_error(models), library.store.write() as transaction:
            if library.needs_rebuild(transaction):
                _rebuild(library, transaction, progress)
            dropped = drop_pointer(models)
        library.drop_old()
        sweep(models)
    return dropped


def _keep(library: Library, base: Path, models: Path, done: tuple[int, FineTuning, Packed], progress: Progress) -> str:
    """Write the model, publish vectors made by it, and use it from then on. Returns its name."""
    items, result, packed = done
    unfinished = new_folder(models)
    write_packed(unfinished, packed)
    digest = digest_of(unfinished)
    name, day = adapted_name(base.name, digest), dt.date.today().isoformat()
    evaluation = {"items": items, "day": day, "before": asdict(result.before), "after": asdict(result.after)}
    (unfinished / "README.md").write_text(_card(name, base.name, day, items, result), "utf-8")
    folder = finish(unfinished, name)
    adapted = Library(library.store, library.index_dir, library.engines, StaticEmbedder(folder))
    with restored_on_error(models), library.store.write() as transaction:
        _rebuild(adapted, transaction, progress)
        point_to(models, Adapted(name, digest, base.name, digest_of(base), evaluation))
    library.drop_old()
    return name


def _rebuild(library: Library, transaction: WriteTransaction, progress: Progress) -> None:
    total = transaction.count()
    progress("rebuild", 0, total)
    library.rebuild(transaction, progress=lambda done: progress("rebuild", done, total))


def _counted(snapshot: Snapshot, progress: Progress) -> Iterator[Item]:
    total = snapshot.count()
    for done, item in enumerate(snapshot.items()):
        progress("prepare", done, total)
        yield item
    progress("prepare", total, total)


def _card(name: str, base: str, day: str, items: int, result: FineTuning) -> str:
    """The README of a kept model."""

    def row(figures: Figures) -> str:
        return f"{figures.mrr:.3f} | {100 * figures.first:.1f} %".replace(".", ",")

    gain = f"{result.low:.3f} đến {result.high:.3f}".replace(".", ",")
    learned, asked = result.training_items, result.test_titles
    return f"""# {name}

Mô hình nhúng `{base}` sau khi học kho của máy này ({items} mục, ngày {day}) bằng `cachhay adapt`, không cần nhãn.
Học từ {learned} mục. Đo bằng tiêu đề của {asked} mục để riêng, chưa học bao giờ: mỗi tiêu đề phải tìm ra
nội dung của chính mục đó trong cả kho, chỉ bằng véc-tơ.

| | MRR@10 | đứng đầu |
|---|---|---|
| trước khi học | {row(result.before)} |
| sau khi học | {row(result.after)} |

MRR@10 tăng từ {gain} (khoảng tin cậy 95 %). Bỏ mô hình này: `cachhay adapt --undo`.
Thư mục đọc được bằng sentence-transformers.
"""
