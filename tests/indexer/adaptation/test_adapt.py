"""Fine-tuning on a collection: kept where it helps, refused where it does not, undone without a trace."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.adaptation import adapt as module
from indexer.adaptation import fine_tune as teaching
from indexer.adaptation.adapt import adapt, undo
from indexer.adaptation.fine_tune import fine_tune, read_texts, role_of, without_title
from kb.embedding.adapted import POINTER, open_adapted, read_pointer
from kb.embedding.features import Forms
from kb.embedding.open import open_embedder
from kb.embedding.package import read_model
from kb.engines.open import memory_engines
from kb.errors import EngineError, IndexMissingError, StoreBusyError
from kb.item import Block, Item, Source
from kb.library.library import Library, embed_items
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.tiny_static import TEXT_NAMES, TITLE_NAMES, fill, make_items, make_tiny_static

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_static(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer and longer steps, where the figures are not what is tested."""
    monkeypatch.setattr(teaching, "MIN_STEPS", 20)
    monkeypatch.setattr(teaching, "MAX_STEPS", 20)
    monkeypatch.setattr(teaching, "LEARNING_RATE", 0.05)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "var" / "models"


def open_library(tmp_path: Path, model: Path) -> Library:
    engines, embedder = memory_engines(), open_embedder(str(model))
    return Library(Store(tmp_path / "var" / "store.sqlite"), tmp_path / "var" / "index", engines, embedder)


@pytest.fixture
def library(tmp_path: Path, base: Path) -> Library:
    """200 items whose titles and texts have no word in common."""
    library = open_library(tmp_path, base)
    fill(library, 200)
    return library


def answers(library: Library) -> list[tuple[str, ...]]:
    """What searches and neighbours give, in order."""
    service = SearchService(library)
    found = [
        tuple(hit.card.id for hit in service.search(SearchRequest(query, per_page=50)).hits)
        for query in (TITLE_NAMES[0], " ".join(TITLE_NAMES[3:6]), TEXT_NAMES[7])
    ]
    with library.view() as view:
        vector = view.vectors.item_vector("muc-3")
        assert vector is not None
        found.append(tuple(f"{hit.key} {hit.score}" for hit in view.vectors.search(vector, 20)))
    return found


def test_what_helps_is_kept_and_used(library: Library, base: Path, models: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    report = adapt(library, base, models, progress=lambda *where: told.append(where))
    assert report.outcome == "kept" and report.items == 200 and report.fine_tuning is not None
    assert report.fine_tuning.before.mrr < 0.1 < 0.5 < report.fine_tuning.after.mrr and report.fine_tuning.low > 0.3
    assert report.model == f"tiny-adapted-{report.model[-8:]}"
    folder = models / report.model
    assert {path.name for path in models.iterdir()} == {POINTER, report.model}
    assert "200 mục" in (folder / "README.md").read_text("utf-8")
    embedder = open_adapted(models, base)
    assert embedder is not None and embedder.name == report.model
    adapted = open_library(tmp_path, folder)
    with adapted.view() as view:
        for item in view.snapshot.items():
            served = view.vectors.item_vector(item.id)
            assert served is not None and np.allclose(served, embed_items(embedder, [item])[1][0], atol=1e-2)
    for stage in ("prepare", "fine_tune", "compare", "rebuild"):
        steps = [(done, total) for name, done, total in told if name == stage]
        assert steps == sorted(steps) and steps[-1][0] == steps[-1][1] > 0, stage
    with pytest.raises(IndexMissingError):
        answers(library)


def test_what_teaches_nothing_changes_nothing(tmp_path: Path, base: Path, models: Path) -> None:
    library = open_library(tmp_path, base)
    fill(library, 200, related=False)
    before = answers(library)
    report = adapt(library, base, models)
    assert report.outcome == "not_better" and report.model == "tiny" and report.fine_tuning is not None
    assert report.fine_tuning.low <= 0
    assert not models.exists() and answers(library) == before


def test_too_few_items_are_refused(tmp_path: Path, base: Path, models: Path) -> None:
    library = open_library(tmp_path, base)
    fill(library, 60)
    report = adapt(library, base, models)
    assert (report.outcome, report.fine_tuning, report.items) == ("too_few", None, 60)
    assert not models.exists()


def test_without_an_index_there_is_nothing_to_train_on(tmp_path: Path, base: Path, models: Path) -> None:
    with pytest.raises(IndexMissingError, match="cachhay index"):
        adapt(open_library(tmp_path, base), base, models)


@pytest.mark.usefixtures("quick")
def test_the_same_seed_gives_the_same_model(base: Path) -> None:
    def learn(seed: int) -> tuple[object, bytes]:
        forms = Forms()
        texts = list(read_texts(make_items(200), forms))
        done = fine_tune(texts, forms, read_model(base), seed, lambda *_: None)
        assert done is not None
        return done[0], done[1].rows.tobytes() + done[1].scales.tobytes()

    first = learn(0)
    assert learn(0) == first
    assert learn(1)[1] != first[1]


@pytest.mark.usefixtures("quick")
def test_undo_gives_the_very_same_results(library: Library, base: Path, models: Path) -> None:
    before = answers(library)
    adapt(library, base, models)
    assert undo(library, models)
    assert answers(library) == before and not models.exists()
    assert not undo(library, models), "nothing is left to undo"
    assert answers(library) == before


@pytest.mark.usefixtures("quick")
def test_fine_tuning_again_starts_from_the_base(library: Library, base: Path, models: Path) -> None:
    first = adapt(library, base, models)
    assert adapt(library, base, models).model == first.model
    other = adapt(library, base, models, seed=1)
    assert other.model != first.model
    assert {path.name for path in models.iterdir()} == {POINTER, other.model}, "one model is kept"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("stage", ["prepare", "fine_tune", "compare", "rebuild"])
def test_an_interrupted_run_leaves_nothing(stage: str, library: Library, base: Path, models: Path) -> None:
    before, generations = answers(library), set(library.index_dir.iterdir())

    def interrupt(name: str, done: int, total: int) -> None:
        if name == stage and done >= total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adapt(library, base, models, progress=interrupt)
    assert not models.exists()
    assert answers(library) == before and set(library.index_dir.iterdir()) == generations


@pytest.mark.usefixtures("quick")
def test_a_full_disk_leaves_the_earlier_model(
    library: Library, base: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = adapt(library, base, models)
    before = answers(open_library(tmp_path, models / kept.model))

    def fails(half: Path, packed: object) -> None:
        (half / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_packed", fails)
    with pytest.raises(EngineError, match="No space left"):
        adapt(library, base, models, seed=1)
    assert {path.name for path in models.iterdir()} == {POINTER, kept.model}
    assert answers(open_library(tmp_path, models / kept.model)) == before


def test_what_a_killed_run_left_is_never_used_and_swept_up(library: Library, base: Path, models: Path) -> None:
    half, whole = models / ".unfinished-0123", models / "tiny-adapted-01234567"
    for folder in (half, whole):
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"half")
    assert open_adapted(models, base) is None
    (models / "own").mkdir()
    assert not undo(library, models)
    assert [path.name for path in models.iterdir()] == ["own"], "what is not ours stays"


def empty_pointer(models: Path, base: Path, folder: Path) -> None:
    (models / POINTER).write_text("{", "utf-8")


def other_folder(models: Path, base: Path, folder: Path) -> None:
    text = (models / POINTER).read_text("utf-8")
    (models / POINTER).write_text(text.replace(folder.name, "../tiny-adapted-1"), "utf-8")


def gone(models: Path, base: Path, folder: Path) -> None:
    shutil.rmtree(folder)


def cut_short(models: Path, base: Path, folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def changed(models: Path, base: Path, folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x11")


def newer_base(models: Path, base: Path, folder: Path) -> None:
    shutil.rmtree(base)
    make_tiny_static(base, seed=1)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("damage", [empty_pointer, other_folder, gone, cut_short, changed, newer_base])
def test_a_broken_model_says_what_to_run(
    damage: Callable[[Path, Path, Path], None], library: Library, base: Path, models: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own" / "tiny"
    shutil.copytree(base, own)
    report = adapt(library, own, models)
    damage(models, own, models / report.model)
    with pytest.raises(EngineError, match="cachhay adapt"):
        open_adapted(models, own)
    undo(open_library(tmp_path, own), models)
    assert not models.exists() and open_adapted(models, own) is None


def test_one_run_at_a_time(library: Library, base: Path, models: Path) -> None:
    with library.store.lock(), pytest.raises(StoreBusyError):
        adapt(library, base, models)
    with library.store.lock(), pytest.raises(StoreBusyError):
        undo(library, models)


def test_a_title_is_not_found_by_itself() -> None:
    blocks = (
        Block(1, "KẾ HOẠCH\nNhân rộng mô hình lúa hữu cơ\nNgười viết", "heading", 1),
        Block(1, "Kế hoạch nhân rộng mô hình lúa hữu cơ: xã chủ trì."),
        Block(1, "Mô hình lúa hữu cơ được nhân rộng."),
        Block(1, "lúa hữu cơ"),
    )
    item = Item("a", "article", "Kế hoạch Nhân rộng mô hình lúa hữu cơ", Source("a.txt", ""), blocks)
    left = without_title(item)
    assert left.title == ""
    assert [block.best for block in left.blocks] == ["Người viết", "xã chủ trì.", "Mô hình lúa hữu cơ được nhân rộng."]
    untitled = replace(item, title="")
    assert [block.best for block in without_title(untitled).blocks] == [block.best for block in blocks]


@pytest.mark.usefixtures("quick")
def test_held_out_means_not_learned_elsewhere(base: Path) -> None:
    """An item printed twice is not asked for when its other print was learned."""

    def asked(items: list[Item]) -> int:
        forms = Forms()
        done = fine_tune(list(read_texts(items, forms)), forms, read_model(base), 0, lambda *_: None)
        return done[0].test_titles if done else 0

    items = list(make_items(200))
    learned = [f"hoc-{number}" for number in range(2000) if role_of(f"hoc-{number}") == "training"]
    held = [item for item in items if role_of(item.id) == "test"]
    twins = [replace(item, id=name) for item, name in zip(held[:5], learned, strict=False)]
    assert asked(items) == len(held)
    assert asked([*items, *twins]) == len(held) - 5


@pytest.mark.usefixtures("quick")
def test_a_kept_model_is_named_with_its_figures(library: Library, base: Path, models: Path) -> None:
    report = adapt(library, base, models)
    found = read_pointer(models)
    assert found is not None and report.fine_tuning is not None
    assert (found.base, found.evaluation["items"], found.evaluation["after"]["mrr"]) == (
        "tiny",
        200,
        report.fine_tuning.after.mrr,
    )
