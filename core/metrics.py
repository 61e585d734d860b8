"""Prometheus metrics that a server process moves itself; what all share is read from Redis at a
scrape (server/sight). Names are stable and described in docs/sight.md.

No label has values without number: people, responses and conversations are never labels, and
versions only while they live.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("thumbwheel_requests_total", "HTTP requests", ["route", "method", "status"])
ERRORS = Counter(
    "thumbwheel_errors_total",
    "Errors of ours by class, of requests and of answers that had begun; Unexpected is a bug",
    ["class"],
)
STREAMS = Gauge(
    "thumbwheel_streams_open",
    "Requests whose answers are being generated or waited for now, each side of a comparison",
    ["assistant"],
)
RESPONSES = Counter(
    "thumbwheel_responses_total", "Responses by how they ended", ["assistant", "version", "status"]
)
FIRST_TOKEN = Histogram(
    "thumbwheel_first_token_seconds",
    "From asking vLLM to the first token of a streamed answer",
    ["assistant"],
    # A small model on CPU begins after some 20 ms, a large one in a queue after many seconds; the
    # last bound is the silence after which a replica counts as dead.
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
OVERHEAD = Histogram(
    "thumbwheel_overhead_seconds",
    "From the request to the reply's first byte, without the wait for vLLM, of requests that "
    "waited for it",
    # 5 ms is what it may be with 32 streams; it has bounds on both sides.
    buckets=(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.5),
)
TOKENS = Counter("thumbwheel_tokens_total", "Tokens generated", ["assistant", "version"])
FEEDBACK = Counter("thumbwheel_feedback_total", "Opinions stored", ["assistant", "kind"])
REPLICAS = Gauge("thumbwheel_replicas", "vLLM replicas by state", ["state"])

UNEXPECTED: Final = "Unexpected"
"""Class of an error that is none of ours."""
_BY_VERSION: Final = (RESPONSES, TOKENS)


def keep_versions(live: Mapping[str, Collection[str]]) -> None:
    """Forgets the series of versions that are not `live` (by assistant)."""
    for metric in _BY_VERSION:
        for family in metric.collect():
            for sample in family.samples:
                of, version = sample.labels["assistant"], sample.labels["version"]
                if version not in live.get(of, ()):
                    metric.remove_by_labels({"assistant": of, "version": version})
