"""Prometheus metrics with stable names. Each process exposes those it moves."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("thumbwheel_requests_total", "HTTP requests", ["route", "method", "status"])
STREAMS = Gauge("thumbwheel_streams_open", "Answers being streamed now", ["assistant"])
RESPONSES = Counter(
    "thumbwheel_responses_total", "Responses by how they ended", ["assistant", "version", "status"]
)
FIRST_TOKEN = Histogram(
    "thumbwheel_first_token_seconds",
    "From the request to the first token",
    ["assistant"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
TOKENS = Counter("thumbwheel_tokens_total", "Tokens generated", ["assistant", "version"])
FEEDBACK = Counter("thumbwheel_feedback_total", "Opinions stored", ["assistant", "kind"])
REPLICAS = Gauge("thumbwheel_replicas", "vLLM replicas by state", ["state"])
