"""A stand-in for an OpenTelemetry collector on loopback: keeps the spans it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """Ids in hex; `parent` is "" of a root."""

    name: str
    service: str
    trace: str
    id: str
    parent: str
    about: dict[str, str | int]
    links: list[str]
    """Ids of linked spans."""
    events: list[str]
    raw: bytes

    @property
    def traceparent(self) -> str:
        """Without its flags."""
        return f"00-{self.trace}-{self.id}-"


@dataclass
class Collector:
    url: str = ""
    spans: list[Span] = field(default_factory=list)

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def take(self, body: bytes) -> None:
        for part in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = next(
                a.value.string_value for a in part.resource.attributes if a.key == "service.name"
            )
            for scope in part.scope_spans:
                self.spans += [_span(service, span) for span in scope.spans]


def _span(service: str, s: Any) -> Span:
    return Span(
        name=s.name,
        service=service,
        trace=s.trace_id.hex(),
        id=s.span_id.hex(),
        parent=s.parent_span_id.hex(),
        about={a.key: a.value.string_value or a.value.int_value for a in s.attributes},
        links=[link.span_id.hex() for link in s.links],
        events=[event.name for event in s.events],
        raw=s.SerializeToString(),
    )


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
