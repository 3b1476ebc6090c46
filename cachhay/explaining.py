"""The command `cachhay explain-ranking`: why an item stands where it stands among the results of a query."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cachhay.reporting import DATA, JSON, reported
from kb.errors import NotFoundError
from kb.settings import load_settings

if TYPE_CHECKING:
    from search_api.retrieval.ranking import Explanation

#: What each feature is called.
FEATURES = {
    "words": "điểm các từ, so với mục cao nhất",
    "whole": "gần nghĩa cả mục, so với mục gần nhất",
    "passage": "gần nghĩa đoạn gần nhất, so với mục gần nhất",
    "words_place": "thứ hạng theo từ (1/hạng)",
    "whole_place": "thứ hạng theo nghĩa (1/hạng)",
    "agreement": "từ và nghĩa cùng cao",
    "closeness": "độ gần nghĩa của cả mục",
    "all_words": "có đủ các từ",
    "near_words": "các từ đứng gần nhau",
    "accents": "đúng dấu như đã gõ",
    "phrase": "có nguyên câu",
    "offered": "có loại, lĩnh vực, năm hay nơi mà câu tìm nhắc",
    "at_place": "nhắc đúng địa danh của câu tìm",
    "poor": "chữ nhận dạng kém",
}
#: What each fact is called.
FACTS = {
    "sentence": "là câu hỏi hay đoạn văn",
    "length": "số từ khác nhau",
    "evidence": "điểm từ cao nhất, chia cho số từ",
    "covered": "điểm từ cao nhất, so với độ hiếm của các từ",
    "loosened": "không mục nào đủ các từ",
    "wordless": "không mục nào có các từ phải có",
    "closest": "độ gần nghĩa của mục gần nhất",
    "words_lead": "mục nhất theo từ hơn mục nhì",
    "whole_lead": "mục nhất theo nghĩa hơn mục nhì",
    "best_is_close": "mục nhất theo từ gần nghĩa đến đâu",
    "closest_has_words": "mục nhất theo nghĩa có điểm từ đến đâu",
    "many": "số mục cùng xét",
}


@click.command("explain-ranking")
@click.argument("query")
@click.argument("item_id", metavar="MÃ")
@DATA
@JSON
@reported
def explain_ranking(query: str, item_id: str, data_dir: Path | None, as_json: bool) -> None:
    """Cho biết vì sao mục MÃ đứng ở chỗ của nó khi tìm QUERY: từng đặc điểm, phần góp vào điểm, và điểm."""
    from cachhay.wiring import open_service
    from search_api.query.request import SearchRequest
    from search_api.retrieval import ranking

    service = open_service(load_settings(data_dir=data_dir))
    service.item(item_id)  # an id that no item has is an error of its own
    with service.results(SearchRequest(query)) as results:
        matches, _ = results.competing()
        found = ranking.explain(matches, results.asked, item_id)
    if found is None:
        raise NotFoundError(f"{item_id} không có trong những mục được xếp hạng cho “{query}”.")
    told = asdict(found)
    told["match"] = told["match"]._asdict()  # JSON has no names for the parts of a tuple
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else written(found))


def written(found: Explanation) -> str:
    """The explanation for people: a feature a line, the largest contributions first."""
    lines = [f"Hạng {found.place} trong {found.competing} mục được xếp hạng, điểm {_number(found.match.score)}", ""]
    contributed = sorted(found.features.items(), key=lambda pair: -abs(pair[1][1]))
    lines += [f"  {_number(added):>7}  {FEATURES[name]}: {_number(value)}" for name, (value, added) in contributed]
    lines += ["", "Câu tìm (quyết định mỗi đặc điểm nặng bao nhiêu; quanh 0 là thường gặp):"]
    lines += [f"  {_number(value):>7}  {FACTS[name]}" for name, value in found.facts.items() if name in FACTS]
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")
