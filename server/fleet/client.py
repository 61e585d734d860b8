"""vLLM over HTTP: answers, and the admin calls of the agent. One aiohttp session for everything.

Owns bytes <-> dictionaries and what an upstream's failure means. Which upstream is asked, and what
the body says, is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any, Final

import aiohttp
import orjson

from core import spans
from core.controls import Controls
from core.errors import InvalidRequest, ModelSilent, ModelUnavailable, VersionMissing
from core.settings import Settings
from server.fleet.whole import Whole

KEEPALIVE_S: Final = 4.0
"""Shorter than vLLM's 5 s, so that it is never vLLM who closes the connection we just picked."""
ADMIN_TIMEOUT_S: Final = 5.0
"""For answers that take no generation."""
END_OF_BODY_S: Final = 1.0
"""After `[DONE]`: how long the end of the body may take before the connection is given up."""

CALLERS_FAULT: Final = frozenset({400, 413, 422, 501})
"""What the request itself caused. Not 404: callers name no versions, so a version that vLLM does
not have is our affair, and another replica may have it."""

TOOL_FLAG: Final = "--tool-call-parser"
"""Which vLLM's refusal of tools names."""
NO_TOOLS: Final = (
    "The model behind this server was started without tools. Where it knows them, its operator "
    'sets THUMBWHEEL_VLLM_ARGS="--enable-auto-tool-choice --tool-call-parser NAME" '
    "(docs/operate.md)"
)

_DONE: Final = b"[DONE]"
_JSON: Final = {"Content-Type": "application/json"}


def open_session() -> aiohttp.ClientSession:
    """The session for a VllmClient; whoever opens it closes it. Call inside a running loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S),
        headers={"Accept-Encoding": "identity"},
    )


class VllmClient:
    """Every call raises ModelUnavailable when vLLM cannot be reached, stalls, breaks off or fails
    (5xx, 404), and InvalidRequest with vLLM's own words when the request was wrong.
    """

    def __init__(self, session: aiohttp.ClientSession, settings: Settings) -> None:
        self._session = session
        self._controls = Controls.of_model(settings.base_model)
        # No total: a long answer is fine as long as it goes on.
        self._timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=settings.connect_timeout_s,
            sock_read=settings.stall_timeout_s,
        )

    # -- answers --

    async def chat(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """One whole answer, without its usage. Streamed by vLLM all the same: else one that takes
        long could not be told from one that does not come.
        """
        whole = Whole()
        async with aclosing(self.stream_chat(url, body)) as chunks:
            async for chunk in chunks:
                whole.take(chunk)
        return whole.reply()

    async def stream_chat(
        self, url: str, body: dict[str, Any]
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The answer's chunks as vLLM sends them. Closing the generator aborts the generation."""
        payload = orjson.dumps({**self._said(body), "stream": True})
        with _translated():
            response = await self._post(f"{url}/v1/chat/completions", payload)
            async with response:
                if response.status != 200:
                    raise _refusal(response.status, await response.read())
                rest = b""
                async for data in response.content.iter_any():
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        if not line.startswith(b"data:"):
                            continue
                        event = line[5:].strip()
                        if event == _DONE:
                            await _end_of_body(response)
                            return
                        chunk = orjson.loads(event)
                        if "error" in chunk:
                            raise _refusal(_code(chunk["error"]), event)
                        yield chunk
                raise ModelUnavailable("The model broke off in the middle of its answer")

    async def tokenize(
        self,
        url: str,
        model: str,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None = None,
    ) -> list[int]:
        """The prompt's token ids exactly as vLLM will see them, generation prompt included."""
        body = {"model": model, "messages": messages, "add_generation_prompt": True}
        if tools:
            body["tools"] = tools
        answer = await self._post_json(f"{url}/tokenize", self._said(body))
        tokens: list[int] = _pick(answer, "tokens")
        return tokens

    async def greedy_tokens(self, url: str, model: str, prompt_ids: list[int], n: int) -> list[int]:
        """At most `n` most likely next tokens, the end-of-turn token included."""
        body = {
            "model": model,
            "prompt": prompt_ids,
            "max_tokens": n,
            "temperature": 0.0,
            # A base model's generation_config may bring a penalty, and then the most likely token
            # is not what comes.
            "repetition_penalty": 1.0,
            "return_token_ids": True,
            "cache_salt": model,
        }
        answer = await self._post_json(f"{url}/v1/completions", body)
        tokens: list[int] = _pick(answer, "choices", 0, "token_ids")
        return tokens

    # -- administration --

    async def models(self, url: str) -> dict[str, str]:
        """What is loaded: id -> path. The base model comes first."""
        timeout = aiohttp.ClientTimeout(total=ADMIN_TIMEOUT_S)
        with _translated():
            async with self._session.get(f"{url}/v1/models", timeout=timeout) as response:
                answer = _parse(response.status, await response.read())
        return {_pick(card, "id"): card.get("root") or "" for card in _pick(answer, "data")}

    async def load_adapter(self, url: str, name: str, path: str) -> None:
        """Fine when `name` is loaded already; from where, `models` tells."""
        body = {"lora_name": name, "lora_path": path}
        status, raw = await self._admin(f"{url}/v1/load_lora_adapter", body)
        if status == 200 or (status == 400 and b"already been loaded" in raw):
            return
        raise ModelUnavailable(f"vLLM does not load it ({status}): {_reason(raw)[0]}")

    async def unload_adapter(self, url: str, name: str) -> None:
        """Fine when `name` is not loaded. Answers that are being generated by it go on."""
        status, raw = await self._admin(f"{url}/v1/unload_lora_adapter", {"lora_name": name})
        if status not in (200, 404):
            raise ModelUnavailable(f"vLLM does not unload it ({status}): {_reason(raw)[0]}")

    # -- transport --

    def _said(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body as it goes out: no control tokens in what will be rendered as a prompt."""
        texts: dict[str, Any] = {k: body[k] for k in ("messages", "tools") if k in body}
        return {**body, **self._controls.defuse(texts)}

    async def _admin(self, url: str, body: dict[str, Any]) -> tuple[int, bytes]:
        with _translated():
            async with await self._post(url, orjson.dumps(body)) as response:
                return response.status, await response.read()

    async def _post_json(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        with _translated():
            async with await self._post(url, orjson.dumps(body)) as response:
                return _parse(response.status, await response.read())

    async def _post(self, url: str, payload: bytes) -> aiohttp.ClientResponse:
        try:
            return await self._post_once(url, payload)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientConnectionResetError):
            # A kept-alive connection was closed under us before any answer; a fresh one tells.
            return await self._post_once(url, payload)

    async def _post_once(self, url: str, payload: bytes) -> aiohttp.ClientResponse:
        if self._session.closed:
            raise ModelUnavailable("This server is ending; try again")
        traceparent = spans.here()
        headers = {**_JSON, "traceparent": traceparent} if traceparent else _JSON
        return await self._session.post(url, data=payload, headers=headers, timeout=self._timeout)


@contextmanager
def _translated() -> Iterator[None]:
    """Turns what the transport raises into what callers handle. Names no addresses: the message
    reaches people.
    """
    try:
        yield
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
        raise ModelUnavailable("The model cannot be reached; try again") from error
    except TimeoutError as error:
        raise ModelSilent("The model was silent for too long; try again") from error
    except (aiohttp.ClientError, OSError) as error:
        raise ModelUnavailable(
            f"The model broke off ({type(error).__name__}); try again"
        ) from error
    except orjson.JSONDecodeError as error:
        raise ModelUnavailable("The model answered something unreadable") from error


async def _end_of_body(response: aiohttp.ClientResponse) -> None:
    """Reads the last, empty chunk, so that the connection can be used again."""
    with suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(END_OF_BODY_S):
            await response.read()


def _parse(status: int, raw: bytes) -> dict[str, Any]:
    if status != 200:
        raise _refusal(status, raw)
    answer: dict[str, Any] = orjson.loads(raw)
    return answer


def _pick(answer: Any, *path: str | int) -> Any:
    try:
        for key in path:
            answer = answer[key]
    except (KeyError, IndexError, TypeError) as error:
        raise ModelUnavailable("The model answered something unreadable") from error
    return answer


def _refusal(status: int, raw: bytes) -> InvalidRequest | ModelUnavailable:
    """The error that an upstream's error body stands for."""
    message, param = _reason(raw)
    if status in CALLERS_FAULT and TOOL_FLAG in message:
        return InvalidRequest(NO_TOOLS, "tools")
    if status in CALLERS_FAULT:
        return InvalidRequest(message, param)
    if status == 404:
        return VersionMissing("The model's version is not there any more; try again")
    return ModelUnavailable(f"The model failed ({status}): {message}")


def _reason(raw: bytes) -> tuple[str, str | None]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw[:200].decode(errors="replace"), None
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return str(error), None
    param = error.get("param")
    return str(error.get("message", error)), param if isinstance(param, str) else None


def _code(error: Any) -> int:
    """HTTP status of an error that came inside a stream; 500 where it says none."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 500
