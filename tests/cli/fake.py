"""A small stand-in for the server: the public API's shapes, with a loop that learns by decree."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

OLD, NEW = "base", "support-p000001-1a2b3c4d"
LONG = "Yes, of course you may do that, and I am happy to help you with it."
SHORT = "Yes, you may."


@dataclass
class Fake:
    """Its world. `verdict` is how the run ends that starts after `votes_needed` votes."""

    verdict: str = "promote"
    votes_needed: int = 4
    run_s: float = 0.2
    says: str = ""
    """What it answers, where that is decreed."""
    hanging_streams: int = 0
    """So many streams say no more after their first word."""
    silent_streams: int = 0
    """So many streams say nothing."""
    cut_streams: int = 0
    """So many streams end without [DONE]."""
    busy: int = 0
    """So many requests are answered with a 503 first."""
    broken_comparisons: int = 0
    """So many comparisons have an answer that broke off."""
    ready: bool = True
    away: bool = False
    """Whoever looks for opinions, runs or assistants is told so."""
    counts_thumbs: bool = False
    """A thumb is a vote too."""
    mixed: bool = False
    """The old version says something short now and then."""

    trial_votes: int = 0
    """The run ends in a trial, which ends by `trial_verdict` after so many votes."""
    trial_verdict: str = "promote"
    trial: dict[str, Any] | None = None

    champion: str = OLD
    challenger: str = ""
    previous: str = ""
    hold_reason: str = ""
    warnings: list[str] = field(default_factory=list)
    run: dict[str, Any] | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    runs: int = 0
    votes: dict[str, dict[str, Any]] = field(default_factory=dict)
    voters: set[str] = field(default_factory=set)
    asked: list[dict[str, Any]] = field(default_factory=list)
    actions: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    opinions: list[dict[str, Any]] = field(default_factory=list)
    page: int = 200
    """Most opinions at once."""
    opinion_queries: list[dict[str, str]] = field(default_factory=list)
    file: bytes = b""
    """What was imported last, and what an export gives."""
    file_query: list[tuple[str, str]] = field(default_factory=list)
    cut_files: bool = False
    """Exports break off."""
    consent: dict[str, Any] = field(default_factory=lambda: {"consent": "on", "assistants": {}})
    paths: list[str] = field(default_factory=list)
    """As they were sent."""
    speakers: set[str] = field(default_factory=set)
    """Who decided something for themselves."""

    # -- what it says --

    def view(self) -> dict[str, Any]:
        why = {
            "due": False,
            "reason": f"{len(self.votes)} of {self.votes_needed} comparisons",
            "waiting": {"comparisons": len(self.votes)},
            "needed": {"comparisons": self.votes_needed},
            "at": 1.0,
        }
        return {
            "id": "support",
            "object": "assistant",
            "description": "Kind help.",
            "examples": ["May I return it?"],
            "recipe": "dpo",
            "champion": self.champion,
            "previous": self.previous,
            "candidate": "",
            "challenger": self.challenger,
            "share": 0.1 if self.challenger else 0.0,
            "held": bool(self.hold_reason),
            "hold_reason": self.hold_reason,
            "counts": {},
            "why_not": why,
            "warnings": self.warnings,
            "active_run": self.run if self.run and self.run["verdict"] is None else None,
        }

    def answer(self) -> str:
        if self.says:
            return self.says
        now_and_then = self.mixed and len(self.asked) % 4 == 0
        return SHORT if self.champion == NEW or now_and_then else LONG

    # -- what it does --

    def start_run(self, reason: str) -> None:
        self.runs += 1
        self.ended.clear()
        self.run = {
            "id": f"run_{self.runs}",
            "assistant": "support",
            "reason": reason,
            "created": time.time(),
            "counts": {"comparisons": len(self.votes)},
            "state": "running",
            "phase": "training",
            "fraction": 0.5,
            "message": "step 1 of 2",
            "verdict": None,
        }

    def end_run(self) -> None:
        assert self.run is not None
        figures = {"win_rate": 0.75, "golden": {"drop": 0.0}}
        decision = "trial" if self.trial_votes else self.verdict
        verdict = {"decision": decision, "reason": "as decreed", "figures": figures}
        if decision == "trial":
            self.challenger = verdict["version"] = self.run["version"] = NEW
        if decision == "promote":
            self.champion, self.previous = NEW, self.champion
            verdict["version"] = self.run["version"] = NEW
        self.run.update(verdict=verdict, state="ended", phase="ended", fraction=1.0)
        self.ended.set()

    def count_trial(self) -> None:
        self.trial_votes -= 1
        if self.trial_votes or not self.challenger:
            return
        self.challenger = ""
        if self.trial_verdict == "promote":
            self.champion, self.previous = NEW, self.champion
        ends = {"run": "run_1", "number": 1, "share": 0.1, "alpha": 0.05, "began": 0.0, "ends": 1.0}
        verdict = {"decision": self.trial_verdict, "reason": "as people said", "version": NEW}
        self.trial = {
            "assistant": "support",
            "challenger": NEW,
            "champion": OLD,
            **ends,
            "verdict": verdict,
        }


FAKE = web.AppKey("fake", Fake)


def error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "param": None}}, status=status)


async def chat(request: web.Request) -> web.StreamResponse:
    fake, body = request.app[FAKE], await request.json()
    fake.asked.append({**body, "by": request.headers.get("X-Thumbwheel-User", "")})
    if fake.busy:
        fake.busy -= 1
        response = error(503, "busy")
        response.headers["Retry-After"] = "0"
        return response
    headers = {"x-thumbwheel-version": fake.champion}
    if not body["stream"]:
        choice = {"message": {"content": fake.answer()}, "finish_reason": "stop"}
        identity = f"resp_{len(fake.asked)}"
        return web.json_response({"id": identity, "choices": [choice]}, headers=headers)
    stream = web.StreamResponse(headers={**headers, "Content-Type": "text/event-stream"})
    await stream.prepare(request)
    identity = f"resp_{len(fake.asked)}"
    if fake.silent_streams:
        fake.silent_streams -= 1
        await asyncio.Event().wait()
    for word in fake.answer().split():
        delta = {"choices": [{"delta": {"content": word + " "}}], "id": identity}
        await stream.write(b"data: " + orjson.dumps(delta) + b"\n\n")
        if fake.hanging_streams:
            fake.hanging_streams -= 1
            await asyncio.Event().wait()
    if fake.cut_streams:
        fake.cut_streams -= 1
    else:
        await stream.write(b"data: [DONE]\n\n")
    return stream


async def compare(request: web.Request) -> web.StreamResponse:
    fake, body = request.app[FAKE], await request.json()
    texts = [LONG, SHORT, LONG][: body["n"]]
    rows: list[dict[str, Any]] = [
        {"letter": "abc"[i], "response_id": f"r{i}", "text": t} for i, t in enumerate(texts)
    ]
    if fake.broken_comparisons:
        fake.broken_comparisons -= 1
        rows[-1]["error"] = {"message": "vLLM went away"}
    identity = f"cmp_{time.monotonic_ns()}"
    if not body["stream"]:
        return web.json_response({"id": identity, "candidates": rows})
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await stream.prepare(request)
    start = {"comparison_id": identity, "responses": [row["response_id"] for row in rows]}
    told: list[tuple[str, dict[str, Any]]] = [("start", start)]
    told += [("delta", {"candidate": i, "text": row["text"][:9]}) for i, row in enumerate(rows)]
    told += [("candidate_done", {"candidate": i, **row}) for i, row in enumerate(rows)]
    if fake.cut_streams:
        fake.cut_streams -= 1
    else:
        told.append(("done", {"comparison_id": identity}))
    for name, data in told:
        await stream.write(f"event: {name}\ndata: ".encode() + orjson.dumps(data) + b"\n\n")
    return stream


async def feedback(request: web.Request) -> web.Response:
    fake, body = request.app[FAKE], await request.json()
    fake.votes[body["key"]] = body
    fake.voters.add(request.headers["X-Thumbwheel-User"])
    if fake.challenger:
        fake.count_trial()
    counts = fake.counts_thumbs or body["kind"] != "thumb"
    if len(fake.votes) == fake.votes_needed and counts:
        fake.start_run("enough votes")
        asyncio.get_running_loop().call_later(fake.run_s, fake.end_run)
    return web.json_response({"id": "fb_1", "versions": [OLD, NEW]}, status=201)


async def list_opinions(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    fake.opinion_queries.append(dict(request.query))
    if fake.away:
        return error(503, "away for a moment")
    begin = int(request.query.get("cursor", "0"))
    end = begin + min(fake.page, int(request.query["limit"]))
    rest = str(end) if end < len(fake.opinions) else None
    return web.json_response({"data": fake.opinions[begin:end], "next": rest})


async def act(request: web.Request) -> web.Response:
    fake, body = request.app[FAKE], await request.json()
    action = request.match_info["action"]
    fake.actions.append((action, body))
    if action == "retrain":
        active = fake.view()["active_run"]
        fake.start_run(body["reason"])
        asyncio.get_running_loop().call_later(fake.run_s, fake.end_run)
        return web.json_response({"active_run": active["id"] if active else ""}, status=202)
    if action == "rollback" and not fake.previous:
        return error(409, "Assistant 'support' has no previous version to go back to")
    changed = action != "rollback" or body["version"] in (fake.champion, fake.challenger)
    if action == "rollback" and body["version"] == fake.challenger:
        fake.challenger = ""
    elif action in ("promote", "rollback") and changed:
        target = body["version"] if action == "promote" else body.get("to") or fake.previous
        fake.champion, fake.previous = target, fake.champion
    fake.hold_reason = body["reason"] if action == "hold" else ""
    told = {"action": action, "changed": changed, "seconds": 0.001}
    return web.json_response({**fake.view(), **told})


async def events(request: web.Request) -> web.StreamResponse:
    fake = request.app[FAKE]
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await stream.prepare(request)
    progress = {"phase": "training", "fraction": 0.5, "message": "half", "eta_s": 1.0, "at": 0.0}
    await stream.write(
        b"id: 1-1\nevent: progress\ndata: " + orjson.dumps(progress) + b"\n\n: ping\n\n"
    )
    await fake.ended.wait()
    await stream.write(b"event: verdict\ndata: {}\n\n")
    return stream


async def show(request: web.Request) -> web.Response:
    fake, name = request.app[FAKE], request.match_info["name"]
    if name != "support":
        return error(404, f"There is no assistant {name!r}; there is 'support'")
    return web.json_response(fake.view())


async def list_all(request: web.Request) -> web.Response:
    if request.app[FAKE].away:
        return error(503, "away for a moment")
    return web.json_response({"object": "list", "data": [request.app[FAKE].view()]})


async def list_runs(request: web.Request) -> web.Response:
    if request.app[FAKE].away:
        return error(503, "away for a moment")
    run = request.app[FAKE].run
    return web.json_response({"object": "list", "data": [run] if run else []})


async def list_trials(request: web.Request) -> web.Response:
    trial = request.app[FAKE].trial
    return web.json_response({"object": "list", "data": [trial] if trial else []})


async def leaderboard(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    level = {"value": 0.0, "low": 0.0, "high": 0.0}
    half = {"value": 0.5, "low": 0.5, "high": 0.5}
    old = {"version": OLD, "against": OLD, "rank": 2, "strength": level, "win_rate": half}
    new = {
        "version": NEW,
        "against": OLD,
        "rank": 1,
        "strength": {"value": 0.8, "low": 0.4, "high": 1.2},
        "win_rate": {"value": 0.69, "low": 0.599, "high": 0.769},
    }
    body = {
        "assistant": "support",
        "window": {"entries": 5000, "complete": False, "since": 1.0},
        "entries": [
            {**new, "votes": 100, "wins": 69, "losses": 31},
            {**old, "votes": 100, "wins": 31, "losses": 69},
        ],
        "style": {"length": {"value": 0.2, "low": 0.0, "high": 0.405}},
        "votes": 100,
        "people": 12,
    }
    nothing = {"entries": [], "style": {}, "votes": 0, "people": 0}
    return web.json_response(body if fake.votes else {**body, **nothing})


async def show_run(request: web.Request) -> web.Response:
    run = request.app[FAKE].run
    return web.json_response(run) if run else error(404, "There is no run 'run_1'")


async def ready(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    redis = {"ok": fake.ready, "needed": True, "why": "" if fake.ready else "gone", "detail": ""}
    worker = {"ok": False, "needed": False, "why": "silent", "detail": ""}
    body = {"ready": fake.ready, "parts": {"redis": redis, "worker": worker}}
    return web.json_response(body, status=200 if fake.ready else 503)


async def import_file(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    fake.file, fake.file_query = await request.read(), list(request.query.items())
    if b"bad" in fake.file:
        return error(400, "line 1: bad")
    counts = {"rows": 2, "bad_rows": 1, "opinions": {"thumb": 1}, "new": 1, "known": 0}
    told = {"left_out": {"thumbs on what people asked": 3}, "problems": ["line 2: empty"]}
    return web.json_response({**counts, **told})


async def export_file(request: web.Request) -> web.StreamResponse:
    fake = request.app[FAKE]
    fake.file_query = list(request.query.items())
    reply = web.StreamResponse()
    await reply.prepare(request)
    await reply.write(fake.file)
    if fake.cut_files and request.transport is not None:
        request.transport.close()
    return reply


async def consent(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    fake.speakers.add(request.headers["X-Thumbwheel-User"])
    if request.method == "PUT":
        fake.consent = {"assistants": {}, **await request.json()}
    return web.json_response(fake.consent)


async def erase(request: web.Request) -> web.Response:
    request.app[FAKE].speakers.add(request.headers["X-Thumbwheel-User"])
    removed = {"messages": 3, "opinions": 1}
    return web.json_response({"id": "eva", "removed": removed, "versions": [NEW]})


@web.middleware
async def note_path(request: web.Request, handler: Handler) -> web.StreamResponse:
    request.app[FAKE].paths.append(f"{request.method} {request.raw_path}")
    return await handler(request)


def make_app(fake: Fake) -> web.Application:
    app = web.Application(middlewares=[note_path])
    app[FAKE] = fake
    one = "/v1/assistants/{name}"
    app.add_routes(
        [
            web.post("/v1/chat/completions", chat),
            web.post("/v1/comparisons", compare),
            web.post("/v1/feedback", feedback),
            web.post("/v1/feedback/import", import_file),
            web.get("/v1/feedback/export", export_file),
            web.get("/v1/users/{id}/consent", consent),
            web.put("/v1/users/{id}/consent", consent),
            web.delete("/v1/users/{id}", erase),
            web.get("/v1/assistants", list_all),
            web.get(one, show),
            web.get(one + "/runs", list_runs),
            web.get(one + "/trials", list_trials),
            web.get(one + "/leaderboard", leaderboard),
            web.get(one + "/feedback", list_opinions),
            web.post(one + "/{action}", act),
            web.get("/v1/runs/{id}", show_run),
            web.get("/v1/runs/{id}/events", events),
            web.get("/readyz", ready),
        ]
    )
    return app


@contextmanager
def serve(fake: Fake) -> Iterator[str]:
    """The fake on a free port, in a thread of its own: commands run loops themselves."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(make_app(fake), shutdown_timeout=0.1, handler_cancellation=True)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return int(runner.addresses[0][1])

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()
