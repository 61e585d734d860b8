"""The whole product, started once as its users start it, for the tests of the loop. It ends with
them: what it still learns would take the processor from those that follow.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import ROOT
from tests.stack import Stack, running_stack

VOTES: Final = {"support": 96, "tutor": 96, "writer": 48, "extractor": 48}
"""That a run begins with: all that a test gives at once, so that there is one run."""
TASTES: Final = {"support": "concise", "tutor": "bullets"}
REFUSALS: Final = ("reject: ", "reject after its trial: ", "rollback after its trial: ")

Rehearsals = dict[str, Future[dict[str, Any]]]
"""By assistant: what its rehearsal tells at its end."""


def declare_assistants(path: Path) -> None:
    """The shipped assistants with no rest between runs, so that a suite need not wait."""
    shipped = tomllib.loads((ROOT / "assistants.toml").read_text())
    lines: list[str] = []
    for name, body in shipped.items():
        body["golden"] = str(ROOT / body["golden"])
        body["retrain"] |= {"cooldown": "1s", "min_comparisons": VOTES[name]}
        if name == "writer":
            body["trainer"]["dpo"]["steps"] = 50  # its test is of a kill, not of what is learned
        lines.append(f"[{name}]")
        lines += [f"{key} = {toml_value(value)}" for key, value in body.items()]
    path.write_text("\n".join(lines))


def toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml_value(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("stack")
    declare_assistants(home / "assistants.toml")
    with running_stack(home) as running:
        yield running


@pytest.fixture(scope="package")
def rehearsals(stack: Stack) -> Iterator[Rehearsals]:
    """What `support` and `tutor` learn at once while tests watch."""
    with ThreadPoolExecutor() as pool:
        yield {name: pool.submit(rehearse, stack, name, taste) for name, taste in TASTES.items()}


def champion(stack: Stack, assistant: str) -> str:
    return str(stack.get(f"/v1/assistants/{assistant}")["champion"])


def rehearse(stack: Stack, assistant: str, taste: str) -> dict[str, Any]:
    """Votes until a new version is live; the gate or the trial may refuse a round, then the next
    adds votes.
    """
    for seed in range(3):
        with stack.command(
            *("simulate", "--assistant", assistant, "--prefer", taste),
            *("--comparisons", str(VOTES[assistant])),
            # Nobody chats: on two slow cores that takes the processor from the training.
            *("--evaluate", "96", "--seed", str(seed), "--chats", "0"),
            *("--url", stack.url, "--json"),
        ) as rehearsal:
            try:
                told, complaints = rehearsal.communicate(timeout=900)
            finally:
                rehearsal.kill()
        assert told, complaints[-3000:]
        result: dict[str, Any] = json.loads(told)
        if result["champion_after"]:
            return result
        assert result["refused"].startswith(REFUSALS), result["refused"]
    raise AssertionError(f"{assistant} learned nothing in three rounds: {result['refused']}")
