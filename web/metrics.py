"""Figures for Prometheus, with `prometheus-client`: requests by route, method and status, and the state of the collection.

With several worker processes, the parent starts them within `shared_between_workers`. Every worker then writes its
figures into files of one folder, and whichever is asked for /metrics adds them up. The library decides when it is imported
whether it works so; therefore it is imported only where an application has metrics.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from search_api.schema import Readiness

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

#: The variable with which the library learns of the folder that workers share.
_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: Seconds of the buckets of the histogram.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: Statuses of requests that were refused before any work, with the word for the reason.
REFUSALS = {400: "malformed", 413: "body", 414: "address", 415: "type", 429: "rate", 431: "headers", 503: "busy"}


Forget = Callable[[int], None]
"""Called with the process id of a worker that ended: its running requests are no longer counted."""


@contextmanager
def shared_between_workers() -> Iterator[Forget]:
    """Within the block, all processes that are started write their figures into one folder; this process has no figures."""
    with tempfile.TemporaryDirectory(prefix="cachhay-metrics-") as folder:
        os.putenv(_FOLDER_VARIABLE, folder)  # for the processes that are started from here
        try:
            yield partial(_forget, folder)
        finally:
            os.unsetenv(_FOLDER_VARIABLE)


def _forget(folder: str, pid: int) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]


class Metrics:
    """The figures of one application. Threads may share it. `state` answers with the state of the collection now."""

    def __init__(self, state: Callable[[], Readiness]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._state = state
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "cachhay_requests_total", "Requests answered", ("route", "method", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "cachhay_request_seconds", "Seconds to answer", ("route",), buckets=BUCKETS, registry=self._registry
        )
        self._running = Gauge(
            "cachhay_requests_running", "Requests being answered", registry=self._registry, multiprocess_mode="livesum"
        )
        self._refused = Counter("cachhay_refusals_total", "Requests refused", ("reason",), registry=self._registry)

    def begin(self) -> None:
        """A request came."""
        self._running.inc()

    def end(self, route: str, method: str, status: int, seconds: float) -> None:
        """It was answered. `route` is a template, so that the number of its values is bounded."""
        self._running.dec()
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        if status in REFUSALS:
            self._refused.labels(REFUSALS[status]).inc()

    def text(self) -> tuple[bytes, str]:
        """All figures in Prometheus' text format, those of other workers too, and the media type."""
        from prometheus_client import CollectorRegistry, values
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        registry = self._registry
        if values.ValueClass is not values.MutexValue:
            from prometheus_client.multiprocess import MultiProcessCollector

            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        collection = CollectorRegistry()
        collection.register(_Collection(self._state))
        return generate_latest(registry) + generate_latest(collection), CONTENT_TYPE_LATEST


class _Collection:
    """The state of the collection at the moment when it is asked for."""

    def __init__(self, state: Callable[[], Readiness]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import GaugeMetricFamily

        state = self._state()
        yield GaugeMetricFamily("cachhay_ready", "1 when searching works", value=float(state.ready))
        yield GaugeMetricFamily("cachhay_items", "Items that visitors can find", value=state.items)
        if state.indexed_at:
            age = datetime.now(UTC) - datetime.fromisoformat(state.indexed_at).astimezone(UTC)
            yield GaugeMetricFamily("cachhay_generation_age_seconds", "Since the last indexing", value=age.total_seconds())
        if state.server:
            yield GaugeMetricFamily("cachhay_mirror_queue", "Items that wait for the server", value=state.server.queued)
