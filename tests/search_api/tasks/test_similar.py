"""Similar items on the corpus."""

from __future__ import annotations

from search_api.service import SearchService
from tests.corpus.test_corpus import RECORDS, SCANS


def test_a_record_finds_its_scan_as_the_same_achievement(service: SearchService) -> None:
    """Each damaged twin is named as a near-duplicate of its record, and nothing else is."""
    scans = {path.name.removesuffix(".scan.txt") for path in SCANS}
    for path in RECORDS:
        duplicates = [other.card.id for other in service.similar(path.stem).items if other.duplicate]
        assert duplicates == ([f"{path.stem}-scan"] if path.stem in scans else []), path.stem


def test_similar_items_are_explained_and_never_the_item_itself(service: SearchService) -> None:
    for item_id in ("04-lua-huu-co-tha-vit", "238-kh-ubnd", "06-vuon-thuoc-nam-tram-y-te"):
        similar = service.similar(item_id).items
        ids = [other.card.id for other in similar]
        assert ids and item_id not in ids and len(set(ids)) == len(ids)
        assert all(other.reasons for other in similar)
    nearest = service.similar("238-kh-ubnd").items[0]
    assert nearest.card.id == "43-kh-lmhtx" and not nearest.duplicate, "close, but another paper: it bears another number"
