"""How the static model is made agrees with how it is read."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

from kb.embedding.contrastive import Batch, Schedule, train
from kb.embedding.evaluation import own_ranks, unit
from kb.embedding.features import Features, Forms, Vocabulary
from kb.embedding.open import SHIPPED_MODEL
from kb.embedding.package import MODULE, pack_rows, read_model, unpack_rows, write_model
from kb.embedding.pairs import WINDOW, cut_chunk, cut_window, drop_words, take_run
from kb.embedding.static_embedder import StaticEmbedder
from tests.tiny_transformer import needs_torch

TEXTS = [
    "Mô hình trồng lúa hữu cơ của hợp tác xã",
    "Đẩy mạnh công tác tuyên truyền; xyzzyq lúa hữu cơ",
    "m0'i N§i-dung",
    "hợp tác. Hợp tác",
    "qqqwx",
]


def test_the_trainer_means_the_rows_that_the_reader_means() -> None:
    model = read_model(SHIPPED_MODEL)
    forms = Forms()
    numbered = [forms.encode(text) for text in TEXTS]
    features = Features(model.vocabulary, forms)
    rows = unpack_rows(model.rows, model.scales)
    made = unit(features.matrix(numbered) @ rows)
    assert np.allclose(made, StaticEmbedder(SHIPPED_MODEL).encode(TEXTS), atol=1e-5)
    later = forms.encode("chữ lạ sau này: zzyzx")
    features.refresh()
    assert np.allclose(
        unit(features.matrix([later]) @ rows), StaticEmbedder(SHIPPED_MODEL).encode(["chữ lạ sau này: zzyzx"])
    )


def test_rows_that_did_not_change_are_stored_as_they_were() -> None:
    model = read_model(SHIPPED_MODEL)
    packed, scales = pack_rows(unpack_rows(model.rows[:3000], model.scales[:3000]))
    assert np.array_equal(packed, model.rows[:3000]) and np.array_equal(scales, model.scales[:3000])


def test_four_bits_are_near_enough() -> None:
    rows = np.random.default_rng(0).standard_normal((500, 64), dtype=np.float32)
    again = unpack_rows(*pack_rows(rows))
    assert float((unit(rows) * unit(again)).sum(axis=1).min()) > 0.98


def test_a_written_model_loads_by_itself(tmp_path: Path) -> None:
    needs_torch()
    from sentence_transformers import SentenceTransformer

    vocabulary = Vocabulary(("lua", "huu", "co"), ("huu co",))
    write_model(
        tmp_path / "nho", vocabulary, np.random.default_rng(0).standard_normal((vocabulary.rows, 16), dtype=np.float32)
    )
    theirs = SentenceTransformer(str(tmp_path / "nho"), device="cpu", trust_remote_code=True).encode(TEXTS)
    assert np.allclose(theirs, StaticEmbedder(tmp_path / "nho").encode(TEXTS), atol=1e-5)


def test_the_shipped_model_has_the_module_of_the_source() -> None:
    def code(path: Path) -> list[str]:
        return [ast.dump(node) for node in ast.parse(path.read_text("utf-8")).body[1:]]

    assert code(SHIPPED_MODEL / MODULE.name) == code(MODULE)


def test_training_brings_pairs_together_and_leaves_other_rows() -> None:
    vocabulary = Vocabulary(tuple(f"t{i}" for i in range(20)) + tuple(f"b{i}" for i in range(20)), ("t0 b0",))
    forms = Forms()
    queries, documents = ([forms.encode(f"{side}{i}") for i in range(20)] for side in "tb")
    features = Features(vocabulary, forms)
    rows = np.random.default_rng(0).standard_normal((vocabulary.rows, 16), dtype=np.float32)
    before, numbers = rows.copy(), np.arange(20)

    def ranks() -> float:
        return float(own_ranks(rows, features, queries, [[text] for text in documents], numbers).mean())

    def batch(step: int) -> Batch:
        return features.matrix(queries), features.matrix(documents), numbers

    assert ranks() > 3
    train(rows, batch, Schedule(100, 0.05), lambda line: None)
    assert ranks() == 0
    assert np.array_equal(rows[41:], before[41:])


def test_a_document_is_the_mean_of_its_passages_and_the_rank_counts_those_before() -> None:
    vocabulary = Vocabulary(("a", "b", "c"), ("a b",))
    forms = Forms()
    a, b, c = (forms.encode(name) for name in "abc")
    rows = np.zeros((vocabulary.rows, 2), dtype=np.float32)
    rows[:3] = np.array([[1, 0], [0, 1], [0.6, 0.8]])
    ranks = own_ranks(rows, Features(vocabulary, forms), [a, b], [[a, b], [c], [b, b]], np.array([0, 1]))
    assert ranks.tolist() == [0, 1]


def test_pairs_are_cut_from_the_text() -> None:
    rng = np.random.default_rng(0)
    body = np.arange(400, dtype=np.int32)
    for _ in range(200):
        chunk = cut_chunk(body, rng)
        assert 55 <= len(chunk) < 165 and np.array_equal(chunk, np.arange(chunk[0], chunk[0] + len(chunk)))
        window, around = cut_window(body, rng)
        assert WINDOW[0] <= len(window) < WINDOW[1] and len(around) >= 6
        run = take_run(body[:12], rng)
        assert 3 <= len(run) <= 8 and np.all(np.diff(run) == 1)
        assert len(drop_words(body[:40], rng)) < 40
    assert np.array_equal(cut_chunk(body[:20], rng), body[:20])
