"""Every request that the Meilisearch adapter sends, and every answer that it may get, over real HTTP against the double."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.engines.meili import layout, wire
from kb.engines.meili.access_keys import PUBLIC_FILTER, Keys, drop_other_keys, make_keys
from kb.engines.meili.server import MeiliServer
from kb.engines.meili.wire import Access, TaskFailedError
from kb.errors import ServerAwayError
from kb.ports import Filters, IndexDocument, ServerContent, TextQuery
from tests.conftest import ROOT
from tests.kb.engines.meili_engines import MeiliText
from tests.kb.engines.test_text_contract import build, entry, words
from tests.meili import Fault, MeiliDouble

MASTER = "a master key of the double"
ENTRIES = [entry("a", "lúa rươi", kind="practice"), entry("b", "lúa tôm", kind="exemplar"), entry("c", "ngô")]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "RETRY_WAITS", (0.0, 0.01, 0.02))


@pytest.fixture
def double() -> Iterator[MeiliDouble]:
    with MeiliDouble() as double:
        yield double


def open_server(double: MeiliDouble, seconds: float = 5.0, **more: Any) -> MeiliServer:
    access = Access(double.url, seconds=seconds, task_seconds=5.0, **more)
    return MeiliServer(access, access, "cachhay")


@pytest.fixture
def server(double: MeiliDouble) -> MeiliServer:
    server = open_server(double)
    server.rebuild("g1", ENTRIES)
    double.clear()
    return server


def found(server: MeiliServer, generation: str = "g1", text: str = "lúa") -> set[str]:
    return {hit.id for hit in server.open(generation).search(words(text), Filters()).hits}


# What is sent.


def documented() -> set[tuple[str, str]]:
    rows = re.findall(
        r"^\| [^|]+ \| `(\w+) (/[^`?]*)", (ROOT / "docs/meilisearch-requests.md").read_text("utf-8"), re.MULTILINE
    )
    return {
        (method, path.replace("{uid}-new", "cachhay-new").replace("/indexes/{uid}", "/indexes/cachhay"))
        for method, path in rows
    }


def test_every_request_is_in_the_table_and_every_row_is_sent() -> None:
    with MeiliDouble(MASTER) as double:
        master = Access(double.url, MASTER)
        keys = make_keys(master, "cachhay")
        keys = make_keys(master, "cachhay", rotate=True)
        assert drop_other_keys(master, "cachhay", keys) == 2
        server = MeiliServer(Access(double.url, keys.public), Access(double.url, keys.writing), "cachhay")
        server.rebuild("g1", ENTRIES)
        server.update("g1", "g2", ["b", "c"], [ENTRIES[2]])
        assert found(server, "g2") == {"a"} and server.content() == ServerContent("g2", True, True)
        server.open("g2").count_facets(words("lúa"), Filters(), ("kind",))["kind"]
        sent = set()
        for request in double.requests:
            path = re.sub(r"^/tasks/\d+$", "/tasks/{task}", request.path)
            sent.add((request.method, re.sub(r"^/keys/[0-9a-f-]{36}$", "/keys/{uid}", path)))
            key = MASTER if path.startswith("/keys") else keys.public if path == "/multi-search" else keys.writing
            assert request.headers["authorization"] == f"Bearer {key}"
            assert request.headers["user-agent"].startswith("Meilisearch Python")
            if request.body is not None:
                assert request.headers["content-type"] == "application/json"
            assert 200 <= request.status < 300 or request.body["queries"] is not None
        assert sent == documented()


def test_the_settings_are_those_that_the_server_keeps(double: MeiliDouble, server: MeiliServer) -> None:
    import httpx

    kept = httpx.get(f"{double.url}/indexes/cachhay/settings").json()
    for name, value in layout.settings().items():
        if isinstance(value, dict):
            assert value.items() <= kept[name].items(), name
        else:
            assert kept[name] == value, name
    assert httpx.get(f"{double.url}/indexes").json()["total"] == 1, "the index that was swapped out is gone"
    assert httpx.get(f"{double.url}/indexes/cachhay").json()["primaryKey"] == "key"


def test_a_change_is_announced_made_and_declared(double: MeiliDouble, server: MeiliServer) -> None:
    server.update("g1", "g2", ["a", "b"], [entry("b", "lúa mới")])
    writes = [request for request in double.requests if request.method != "GET"]
    assert [request.path.removeprefix("/indexes/cachhay") for request in writes] == [
        "/documents",
        "/documents",
        "/documents/delete",
        "/documents",
    ]
    assert writes[0].body == [layout.marker("g1", "writing")] and writes[-1].body == [layout.marker("g2", "ready")]
    assert [document["key"] for document in writes[1].body] == ["b"] and writes[2].body == {"filter": 'key IN ["a"]'}
    assert all(request.query == {"primaryKey": "key"} for request in writes if request.path.endswith("documents"))
    assert found(server, "g2") == {"b"}


def test_documents_go_in_batches_by_number_and_by_size(
    double: MeiliDouble, server: MeiliServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kb.engines.meili import server as module

    monkeypatch.setattr(module, "BATCH", 10)
    server.rebuild("g2", [entry(f"i{n}", "lúa") for n in range(25)])
    sizes = [len(r.body) for r in double.requests if r.path == "/indexes/cachhay-new/documents"]
    assert sizes == [10, 10, 5, 1]
    monkeypatch.setattr(module, "BATCH_BYTES", 3000)
    double.clear()
    server.rebuild("g3", [entry(f"i{n}", "lúa " * 200) for n in range(4)])
    assert all(len(r.body) < 4 for r in double.requests if r.path == "/indexes/cachhay-new/documents")
    assert server.open("g3").count(words("lúa"), Filters()) == 4


# What comes back, reading.

#: JSON that is no answer to a search.
SHAPES: tuple[object, ...] = (
    None, [], {}, 7, "text", {"results": None}, {"results": []}, {"results": [{}]}, {"results": [{}, {}]},
    {"results": [{"hits": []}, {"hits": []}]}, {"results": [{"hits": [None], "estimatedTotalHits": 1}] * 2},
    {"results": [{"hits": [{}], "estimatedTotalHits": 1}] * 2}, {"results": [{"hits": [], "estimatedTotalHits": "1"}] * 2},
    {"results": [{"hits": [], "estimatedTotalHits": 0, "facetDistribution": []}] * 2},
)  # fmt: skip
READING_FAULTS = {
    **{str(code): Fault.status(code, {"message": "no", "code": "x", "type": "y", "link": "z"}) for code in (400, 408, 413, 418, 429)},
    **{f"{code} without a body": Fault.status(code) for code in (401, 403, 404, 500, 502, 503, 504)},
    "index_not_found": Fault.error("index_not_found"),
    "invalid_api_key": Fault.error("invalid_api_key"),
    "too_many_search_requests": Fault.error("too_many_search_requests", headers={"Retry-After": "10"}),
    "an HTML page of a proxy": Fault.status(502, "<html>Bad gateway</html>", {"Content-Type": "text/html"}),
    "200 of a proxy": Fault.status(200, "<html>Login</html>", {"Content-Type": "text/html"}),
    "redirect": Fault.status(302, "", {"Location": "http://127.0.0.1:9/"}),
    "cut": Fault.cut(),
    "cut in the middle": Fault.cut_body(),
    "slow": Fault.delay(1.0),
    "malformed": Fault.malformed(),
    "empty": Fault.empty(),
    **{
        f"shape {value!r}": Fault.shape(value)
        for value in SHAPES
    },
}  # fmt: skip


@pytest.mark.parametrize("name", READING_FAULTS)
def test_whatever_comes_back_reading_fails_as_one_thing(name: str, double: MeiliDouble, server: MeiliServer) -> None:
    quick = open_server(double, seconds=0.3)
    index = quick.open("g1")
    asks: list[Callable[[], object]] = [
        lambda: index.search(words("lúa"), Filters()),
        lambda: index.search(words("lúa"), Filters(), sort="newest"),
        lambda: index.count(words("lúa"), Filters()),
        lambda: index.count_facets(words("lúa"), Filters(), ("kind",))["kind"],
    ]
    double.fault("POST /multi-search", READING_FAULTS[name], times=None)
    for ask in asks:
        with pytest.raises(ServerAwayError) as caught:
            ask()
        assert str(caught.value) and double.url not in str(caught.value)
    double.clear_faults()
    assert index.count(words("lúa"), Filters()) == 2 and index.count_facets(words("lúa"), Filters(), ("kind",))["kind"]


def test_a_passing_trouble_is_asked_once_more(double: MeiliDouble, server: MeiliServer) -> None:
    double.fault("POST /multi-search", Fault.error("too_many_search_requests"))
    assert found(server) == {"a", "b"}


def test_nobody_listens(double: MeiliDouble, server: MeiliServer) -> None:
    double.stop()
    with pytest.raises(ServerAwayError, match="Không nối được"):
        found(server)
    with pytest.raises(ServerAwayError):
        server.content()
    double.start()
    assert found(server) == {"a", "b"}


def test_an_answer_of_another_state_is_thrown_away(double: MeiliDouble, server: MeiliServer) -> None:
    index = server.open("g1")
    assert index.count(words("lúa"), Filters()) == 2
    server.update("g1", "g2", ["a"], [])
    for ask in (lambda: index.count(words("lúa"), Filters()), lambda: index.search(words("lúa"), Filters())):
        with pytest.raises(ServerAwayError):
            ask()
    assert found(server, "g2") == {"b"}
    double.wipe()
    with pytest.raises(ServerAwayError):
        found(server, "g2")
    assert server.content() is None


def test_nothing_mixes_while_the_server_is_being_written_to(double: MeiliDouble, server: MeiliServer) -> None:
    """Readers of the old state get the old state or are refused, at every moment of a change."""
    index = server.open("g1")
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                seen.append(index.count(words("lúa"), Filters()))
            except ServerAwayError:
                seen.append(-1)

    reader = threading.Thread(target=read)
    reader.start()
    double.task_delay = 0.02
    server.update("g1", "g2", ["a", "b"], [entry(f"n{n}", "lúa") for n in range(40)])
    stop.set()
    reader.join()
    assert set(seen) <= {2, -1} and -1 in seen
    assert len(found(server, "g2")) == 10 and server.open("g2").count(words("lúa"), Filters()) == 40


# What comes back, writing.

PASSING = {
    **{str(code): Fault.status(code) for code in (408, 429, 500, 502, 503, 504)},
    "cut": Fault.cut(),
    "cut, though done": Fault.cut(applied=True),
    "cut in the middle": Fault.cut_body(),
    "slow": Fault.delay(1.0),
    "malformed": Fault.malformed(),
    "empty": Fault.empty(),
    "shape": Fault.shape([]),
}


@pytest.mark.parametrize("route", ["POST /indexes", "PATCH .*settings", "POST .*documents", "GET /tasks", "DELETE /indexes"])
@pytest.mark.parametrize("name", PASSING)
def test_passing_trouble_while_writing_is_waited_out(name: str, route: str, double: MeiliDouble) -> None:
    quick = open_server(double, seconds=0.3)
    double.fault(route, PASSING[name], times=2)
    quick.rebuild("g1", ENTRIES)
    double.fault("POST .*documents", PASSING[name], after=1)
    quick.update("g1", "g2", ["a"], [entry("d", "lúa")])
    assert found(quick, "g2") == {"b", "d"} and quick.content() == ServerContent("g2", True, True)


@pytest.mark.parametrize("name", PASSING)
def test_a_swap_is_never_made_twice(name: str, double: MeiliDouble, server: MeiliServer) -> None:
    quick = open_server(double, seconds=0.3)
    double.fault("POST /swap-indexes", PASSING[name])
    try:
        quick.rebuild("g2", [entry("z", "lúa")])
    except ServerAwayError:
        double.idle()
        held = quick.content()
        assert held in (ServerContent("g1", True, True), ServerContent("g2", True, True))
        if held and held.generation == "g1":
            quick.rebuild("g2", [entry("z", "lúa")])
    assert sum(request.path == "/swap-indexes" for request in double.requests) <= 2
    assert found(quick, "g2") == {"z"}


@pytest.mark.parametrize("code", ["no_space_left_on_device", "internal", "io_error", "too_many_open_files"])
def test_a_failed_task_ends_the_run_with_its_code(code: str, double: MeiliDouble, server: MeiliServer) -> None:
    double.fail_tasks("documentAdditionOrUpdate", code=code, message="hết chỗ")
    with pytest.raises(TaskFailedError, match="hết chỗ") as caught:
        server.update("g1", "g2", ["a"], [entry("d", "lúa")])
    assert caught.value.code == code
    server.update("g1", "g2", ["a"], [entry("d", "lúa")])
    assert found(server, "g2") == {"b", "d"}


def test_a_run_cut_off_in_the_middle_is_made_good_by_the_next(double: MeiliDouble, server: MeiliServer) -> None:
    double.fail_tasks("documentDeletion", code="internal", message="x")
    with pytest.raises(TaskFailedError):
        server.update("g1", "g2", ["a", "b"], [entry("d", "lúa")])
    assert server.content() == ServerContent("g1", False, True)
    with pytest.raises(ServerAwayError):
        found(server)
    server.update("g1", "g3", ["a", "b"], [entry("d", "lúa"), entry("e", "lúa")])
    assert found(server, "g3") == {"d", "e"}


def test_a_server_that_forgets_while_it_works(double: MeiliDouble, server: MeiliServer) -> None:
    double.hold()
    failure: list[ServerAwayError] = []

    def write() -> None:
        try:
            server.update("g1", "g2", ["a"], [])
        except ServerAwayError as error:
            failure.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    while not any(request.path.startswith("/tasks/") for request in double.requests):
        time.sleep(0.01)
    double.wipe()
    double.release()
    writer.join(10)
    assert failure and server.content() is None


def test_a_task_that_takes_too_long(double: MeiliDouble) -> None:
    access = Access(double.url, task_seconds=0.2)
    double.hold()
    with pytest.raises(ServerAwayError, match="chưa xong"):
        MeiliServer(access, access, "cachhay").rebuild("g1", [])
    double.release()


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_key_is_not_tried_again_and_again(code: int, double: MeiliDouble, server: MeiliServer) -> None:
    double.fault("POST .*documents", Fault.status(code, {"message": "no", "code": "invalid_api_key"}), times=None)
    with pytest.raises(ServerAwayError, match="từ chối khóa"):
        server.update("g1", "g2", ["a"], [])
    assert sum(request.path.endswith("/documents") for request in double.requests) == 1


def test_a_batch_that_is_too_large_is_halved(double: MeiliDouble, server: MeiliServer) -> None:
    double.fault("POST .*cachhay-new/documents", Fault.error("payload_too_large"), times=3)
    server.rebuild("g2", [entry(f"i{n}", "lúa") for n in range(8)])
    assert server.open("g2").count(words("lúa"), Filters()) == 8
    double.fault("POST .*cachhay-new/documents", Fault.error("payload_too_large"), times=None)
    with pytest.raises(ServerAwayError):
        server.rebuild("g3", [entry("a", "lúa")])


def test_who_only_reads_cannot_write(double: MeiliDouble, server: MeiliServer) -> None:
    reader = MeiliServer(Access(double.url), None, "cachhay")
    assert not reader.writes and found(reader) == {"a", "b"}
    with pytest.raises(ServerAwayError, match="CACHHAY_MEILI_ADMIN_KEY"):
        reader.update("g1", "g2", [], [])


# Keys.


@pytest.fixture
def locked() -> Iterator[MeiliDouble]:
    with MeiliDouble(MASTER) as double:
        yield double


def with_keys(double: MeiliDouble, keys: Keys, reading: str) -> MeiliServer:
    return MeiliServer(Access(double.url, reading), Access(double.url, keys.writing), "cachhay")


def test_the_public_key_shows_nothing_internal(locked: MeiliDouble) -> None:
    keys = make_keys(Access(locked.url, MASTER), "cachhay")
    secret = IndexDocument("kin", "lúa kín", "", "", {"kind": ("practice",)}, internal=True)
    with_keys(locked, keys, keys.reading).rebuild("g1", [*ENTRIES, secret])
    public, internal = with_keys(locked, keys, keys.public), with_keys(locked, keys, keys.reading)
    assert found(internal) == {"a", "b", "kin"} and found(public) == {"a", "b"}
    assert public.open("g1").count_facets(TextQuery(), Filters(), ("kind",))["kind"] == {"practice": 1, "exemplar": 1}
    assert public.open("g1").statistics.documents == 3 and internal.open("g1").statistics.documents == 4
    for_public = internal.open("g1", public=True)
    assert {hit.id for hit in for_public.search(words("lúa"), Filters()).hits} == {"a", "b"}
    assert for_public.count(TextQuery(), Filters()) == 3 and for_public.statistics.documents == 3
    assert for_public.statistics.frequency("all_f", "kin") == 0 < internal.open("g1").statistics.frequency("all_f", "kin")
    assert "access" in PUBLIC_FILTER


def test_keys_may_do_what_they_must_and_no_more(locked: MeiliDouble) -> None:
    keys = make_keys(Access(locked.url, MASTER), "cachhay")
    assert make_keys(Access(locked.url, MASTER), "cachhay") == keys, "made once"
    reader = Access(locked.url, keys.reading)
    with pytest.raises(ServerAwayError, match="từ chối khóa"):
        MeiliServer(reader, reader, "cachhay").rebuild("g1", [])
    with pytest.raises(ServerAwayError, match="từ chối khóa"):
        MeiliServer(Access(locked.url, keys.reading), None, "another").content()
    with pytest.raises(ServerAwayError, match="từ chối khóa"):
        make_keys(Access(locked.url, keys.writing), "cachhay")
    with pytest.raises(ServerAwayError, match="từ chối khóa"):
        MeiliServer(Access(locked.url), None, "cachhay").content()


def test_a_server_without_a_master_key_says_so(double: MeiliDouble) -> None:
    with pytest.raises(ServerAwayError, match="khóa chủ"):
        make_keys(Access(double.url, "x"), "cachhay")


def test_rotation_reaches_who_is_running(locked: MeiliDouble, tmp_path: Path) -> None:
    master = Access(locked.url, MASTER)
    keys = make_keys(master, "cachhay")
    reading, writing = tmp_path / "r", tmp_path / "w"
    reading.write_text(keys.public + "\n")
    writing.write_text(keys.writing + "\n")
    server = MeiliServer(Access(locked.url, key_file=reading), Access(locked.url, key_file=writing), "cachhay")
    server.rebuild("g1", ENTRIES)
    fresh = make_keys(master, "cachhay", rotate=True)
    assert fresh.writing != keys.writing and found(server) == {"a", "b"}
    reading.write_text(fresh.public)
    writing.write_text(fresh.writing)
    assert drop_other_keys(master, "cachhay", fresh) == 2
    assert found(server) == {"a", "b"}
    server.update("g1", "g2", ["a"], [])
    assert found(server, "g2") == {"b"}
    reading.unlink()
    with pytest.raises(ServerAwayError, match="tệp khóa"):
        found(server, "g2")


# The traps of its rules.


@pytest.fixture
def text(double: MeiliDouble) -> MeiliText:
    return MeiliText(Access(double.url))


def test_more_than_ten_words_all_count(text: MeiliText, tmp_path: Path) -> None:
    many = "đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước và điển hình tiên tiến"
    index = build(text.engines(), tmp_path / "i", [entry("a", many), entry("b", many.replace("tiên tiến", "khác"))])
    assert {hit.id for hit in index.search(words(many), Filters()).hits} == {"a"}


def test_words_behind_position_65535_are_found(text: MeiliText, tmp_path: Path) -> None:
    index = build(text.engines(), tmp_path / "i", [entry("a", "", "lúa " * 66_000 + "rươi cáy")])
    assert index.count(words("rươi cáy"), Filters()) == 1 and index.search(words("rươi"), Filters()).total == 1


def test_numbers_with_slashes_and_dashes_stay_whole(text: MeiliText, tmp_path: Path) -> None:
    entries = [entry("a", "x", number="238/kh-ubnd"), entry("b", "x", number="238/kh"), entry("c", "x", number="38/kh-ubnd")]
    index = build(text.engines(), tmp_path / "i", entries)
    assert {hit.id for hit in index.search(TextQuery(), Filters(numbers=("238/kh-ubnd",))).hits} == {"a"}


def test_nothing_is_a_joined_split_misspelt_or_begun_word(text: MeiliText, tmp_path: Path) -> None:
    entries = [entry("a", "hop tac xa"), entry("b", "hoptac xa"), entry("c", "hopp tac xa"), entry("d", "hop tacxa")]
    index = build(text.engines(), tmp_path / "i", entries)
    assert {hit.id for hit in index.search(words("hop tac xa"), Filters()).hits} == {"a"}
    assert index.count(words("hop ta"), Filters()) == 0


def test_more_than_a_thousand_hits_and_a_hundred_facet_values(text: MeiliText, tmp_path: Path) -> None:
    entries = [entry(f"i{n:04}", "lúa", place=f"Xã {n % 150}", date=n) for n in range(1100)]
    index = build(text.engines(), tmp_path / "i", entries)
    assert index.count(words("lúa"), Filters()) == 1100 == index.search(words("lúa"), Filters()).total
    assert len(index.count_facets(words("lúa"), Filters(), ("place",))["place"]) == 150
    last = index.search(words("lúa"), Filters(), offset=1090, limit=20)
    assert len(last.hits) == 10
    assert [hit.id for hit in index.search(words("lúa"), Filters(), offset=1098, sort="newest").hits] == ["i0001", "i0000"]


def test_values_that_the_server_would_take_for_one(text: MeiliText, tmp_path: Path) -> None:
    places = [
        "Xã An Khánh",
        "XÃ AN KHÁNH",
        "xã an khánh",
        " Xã An Khánh",
        "Xa\u0303 An Khánh",
        "ﬁ",
        "fi",
        "½",
        "1⁄2",
        'a"b',
        "a\\b",
        "a'b",
    ]
    index = build(text.engines(), tmp_path / "i", [entry(f"i{n}", "lúa", place=place) for n, place in enumerate(places)])
    assert index.count_facets(TextQuery(), Filters(), ("place",))["place"] == dict.fromkeys(places, 1)
    for n, place in enumerate(places):
        assert {hit.id for hit in index.search(TextQuery(), Filters({"place": (place,)})).hits} == {f"i{n}"}


def test_a_very_long_value(text: MeiliText, tmp_path: Path) -> None:
    long = "Ban Chỉ đạo " + "thực hiện phong trào thi đua " * 30
    index = build(text.engines(), tmp_path / "i", [entry("a", "x", issuer=long), entry("b", "x", issuer=long + "khác")])
    assert index.count_facets(TextQuery(), Filters(), ("issuer",))["issuer"] == {long: 1, long + "khác": 1}
    assert {hit.id for hit in index.search(TextQuery(), Filters({"issuer": (long,)})).hits} == {"a"}


def test_what_the_server_shows_is_no_markup(double: MeiliDouble, text: MeiliText, tmp_path: Path) -> None:
    index = build(text.engines(), tmp_path / "i", [entry("a", "<script>alert(1)</script> lúa")])
    assert index.count(words("lúa"), Filters()) == 1
    shown = next(r.body for r in double.requests if r.path.endswith("/documents"))[0]
    assert "<" not in shown["title"] and shown["title"] == "script alert 1 script lúa"
    asked = [query for r in double.requests if r.path == "/multi-search" for query in r.body["queries"]]
    assert not any({"attributesToHighlight", "attributesToCrop", "hybrid", "vector"} & set(query) for query in asked)
