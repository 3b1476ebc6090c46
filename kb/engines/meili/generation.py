"""Ask the server for one generation, and keep what it answers: a generation never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from kb.engines.meili import layout
from kb.engines.meili.expressions import Expression, all_of, equals, one_of
from kb.engines.meili.layout import KEY, MARKER
from kb.engines.meili.spelling import spell
from kb.engines.meili.wire import Wire
from kb.engines.scoring import Texts
from kb.errors import ServerAwayError

#: Texts fetched in one request.
TEXTS_PER_REQUEST = 200
#: Texts of documents that are kept in memory.
MAX_KEPT_TEXTS = 2000


class Generation:
    """One generation of the index `uid`. Every answer is checked to be of it; methods raise ServerAwayError when the server
    holds another, or does not answer. A `public` one answers as if there were no internal items: every question is
    restricted, so that frequencies and lengths too are those of the public items. Safe to share between threads."""

    def __init__(self, wire: Wire, uid: str, name: str, *, public: bool = False) -> None:
        self._wire = wire
        self._uid = uid
        self._name = name
        self._shown = equals("access", "public") if public else True
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, tuple[str, Texts]] = OrderedDict()

    def ask(self, queries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answers to some queries, once it is certain that they are of this generation.

        The server takes the queries in order and the marker is asked for last; a process that writes changes the marker
        first. So if the marker is still ours, nothing had changed when the other queries were answered.
        """
        shown = ({**query, "filter": all_of([self._shown, query["filter"]])} for query in queries)
        asked = [{"indexUid": self._uid, **query} for query in (*shown, layout.marker_query())]
        answers = self._wire.search(asked)
        for query, answer in zip(asked, answers, strict=True):
            _check(query, answer)
        *answers, last = answers
        state = last["hits"][0] if last["hits"] else {}
        wanted = {MARKER: spell(self._name), "phase": "ready", "version": layout.version()}
        if any(state.get(name) != value for name, value in wanted.items()):
            raise ServerAwayError("Máy chủ Meilisearch chưa có dữ liệu của lần lập chỉ mục này.")
        return answers

    def keys(self, query: Mapping[str, Any]) -> tuple[list[str], int]:
        """(keys of the documents found, number of all that match)."""
        result = self.ask([{**query, "attributesToRetrieve": [KEY]}])[0]
        return [str(hit[KEY]) for hit in result["hits"]], int(result["estimatedTotalHits"])

    def count(self, filters: Sequence[Expression]) -> list[int]:
        """The number of documents that each filter holds."""
        asked = [{"filter": where, "limit": 0} for where in filters if where is not False]
        answers = iter(self.ask(asked) if asked else [])
        return [0 if where is False else int(next(answers)["estimatedTotalHits"]) for where in filters]

    def texts(self, keys: Sequence[str]) -> dict[str, tuple[str, Texts]]:
        """(id of the item, its texts) of documents, by key."""
        kept = self._texts
        out: dict[str, tuple[str, Texts]] = {}
        with self._lock:
            for key in keys:
                if key in kept:
                    kept.move_to_end(key)
                    out[key] = kept[key]
        missing = [key for key in dict.fromkeys(keys) if key not in out]
        for at in range(0, len(missing), TEXTS_PER_REQUEST):
            some = missing[at : at + TEXTS_PER_REQUEST]
            shown = list(layout.TEXT_ATTRIBUTES)
            query = {"filter": one_of(KEY, some), "limit": len(some), "attributesToRetrieve": shown}
            out.update((str(hit[KEY]), layout.texts_from(hit)) for hit in self.ask([query])[0]["hits"])
        if not all(key in out for key in missing):
            raise ServerAwayError("Máy chủ Meilisearch không trả lại những tài liệu vừa tìm thấy.")
        with self._lock:
            kept.update((key, out[key]) for key in missing)
            while len(kept) > MAX_KEPT_TEXTS:
                kept.popitem(last=False)
        return out


def _check(query: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Raise ServerAwayError for an answer without what the query asked for."""
    keyed = KEY in query.get("attributesToRetrieve", ())
    facets = answer.get("facetDistribution") if "facets" in query else {}
    whole = isinstance(answer.get("estimatedTotalHits"), int) and isinstance(facets, dict)
    if not whole or (keyed and not all(isinstance(hit, dict) and KEY in hit for hit in answer["hits"])):
        raise ServerAwayError("Máy chủ Meilisearch trả lời thiếu điều đã hỏi.")
