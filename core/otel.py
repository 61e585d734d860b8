"""OpenTelemetry behind core.spans, which alone imports this. Sampling, batches and timeouts are set
by its own `OTEL_*` variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from core.spans import About

_W3C = TraceContextTextMapPropagator()


class Otel:
    """One process's tracer, with a thread that sends."""

    def __init__(self, service: str, url: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": service}))
        exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("thumbwheel")

    def close(self) -> None:
        self._provider.shutdown()

    def flush(self) -> None:
        self._provider.force_flush()

    @contextmanager
    def span(
        self, name: str, about: About, parent: str, links: Iterable[str], serves: bool
    ) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name,
            _W3C.extract({"traceparent": parent}) if parent else None,
            SpanKind.SERVER if serves else SpanKind.INTERNAL,
            dict(about),
            list(map(Link, _contexts(links))),
            # An exception's words may be what people said.
            record_exception=False,
            set_status_on_exception=False,
        ) as current:
            try:
                yield
            except BaseException as error:
                current.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def here(self) -> str:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent", "")

    def note(self, about: About, name: str) -> None:
        current = trace.get_current_span()
        current.set_attributes(dict(about))
        if name:
            current.update_name(name)

    def event(self, name: str) -> None:
        trace.get_current_span().add_event(name)

    def link(self, traceparents: Iterable[str]) -> None:
        current = trace.get_current_span()
        for context in _contexts(traceparents):
            current.add_link(context)


def _contexts(traceparents: Iterable[str]) -> Iterator[SpanContext]:
    for text in traceparents:
        context = trace.get_current_span(_W3C.extract({"traceparent": text})).get_span_context()
        if context.is_valid:
            yield context
