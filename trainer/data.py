"""Preference files to tokenised groups: one prompt, its distinct answers, the ordered pairs on
them.

Reads Parquet snapshots, JSONL in the same columns, and TRL's preference format. A prompt that is a
plain string is one user message. Ids that came with a row are used as they are: what the server
sampled is never tokenised again. Does not know batches or tensors.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import BadConfig
from core.records import PreferenceRow
from trainer.render import Renderer

_COLUMNS = tuple(PreferenceRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Answer:
    ids: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Indices into a group's answers. `position_gap`: how many places later the chosen one was
    shown. `user`: who says so; "" where the file does not tell.
    """

    chosen: int
    rejected: int
    weight: float
    position_gap: int = 0
    user: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A prompt with K answers, each once, and the pairs that votes ordered.

    >>> Group("c1", messages, (1, 2), [Answer((3, 0), "yes"), Answer((4, 0), "no")], [pair])
    """

    id: str
    prompt: list[dict[str, str]]
    prompt_ids: tuple[int, ...]
    answers: list[Answer] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to answer, without an answer."""

    messages: list[dict[str, str]]
    ids: tuple[int, ...]


@dataclass(slots=True)
class Preferences:
    """What one file holds, ready to be packed."""

    groups: list[Group] = field(default_factory=list)
    users: set[str] = field(default_factory=set)
    dropped_too_long: int = 0
    dropped_identical: int = 0

    @property
    def pairs(self) -> int:
        return sum(len(group.pairs) for group in self.groups)

    def require_pairs(self, where: str, max_length: int) -> None:
        """Raises BadConfig when there is nothing to learn from."""
        if not self.groups:
            raise BadConfig(
                f"{where} has no usable pair: {self.dropped_identical} had two identical answers, "
                f"{self.dropped_too_long} were longer than {max_length} tokens"
            )

    def digest(self) -> str:
        digest = hashlib.sha256()
        for group in self.groups:
            answers = [answer.ids for answer in group.answers]
            pairs = [(p.chosen, p.rejected, p.weight, p.position_gap) for p in group.pairs]
            digest.update(repr((group.prompt_ids, answers, pairs)).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the model can read."""

    max_length: int
    vocabulary: int


def common_system(prompts: Sequence[Prompt]) -> list[dict[str, str]]:
    """The system message most prompts begin with, as a list of one, or of none."""
    first = Counter(json.dumps(prompt.messages[0]) for prompt in prompts)
    message: dict[str, str] = json.loads(first.most_common(1)[0][0]) if first else {"role": ""}
    return [message] if message["role"] == "system" else []


def load_preferences(path: Path, renderer: Renderer, limits: Limits) -> Preferences:
    """Raises BadConfig when the file is missing or a row in it makes no sense."""
    found = Preferences()
    groups: dict[tuple[str, tuple[int, ...]], Group] = {}
    for row in read_rows(path):
        prompt_ids = tuple(row.prompt_ids or renderer.prompt_ids(row.prompt))
        chosen = make_answer(row.chosen, row.chosen_ids, renderer)
        rejected = make_answer(row.rejected, row.rejected_ids, renderer)
        where = f"feedback {row.feedback_id or row.group}"
        check_ids((prompt_ids, chosen.ids, rejected.ids), limits.vocabulary, where)
        if chosen.ids == rejected.ids or chosen.text == rejected.text:
            found.dropped_identical += 1
        elif len(prompt_ids) + max(len(chosen.ids), len(rejected.ids)) > limits.max_length:
            found.dropped_too_long += 1
        else:
            key = (row.group, prompt_ids)
            group = groups.setdefault(key, Group(row.group, row.prompt, prompt_ids))
            places = _place(group, chosen), _place(group, rejected)
            pair = Pair(*places, row.weight, row.position_gap, row.user)
            group.pairs.append(pair)
            found.users.add(row.user)
    found.groups = list(groups.values())
    return found


def load_prompts(path: Path, renderer: Renderer, limits: Limits, most: int) -> list[Prompt]:
    """The first `most` prompts of a JSONL file (`messages` or `prompt`, perhaps `prompt_ids`) that
    leave room for an answer.
    """
    prompts = []
    for number, raw in enumerate(read_jsonl(path), start=1):
        said = raw.get("messages", raw.get("prompt"))
        messages = read_messages(said, f"{path}, line {number}")
        ids = raw.get("prompt_ids") or renderer.prompt_ids(messages)
        prompts.append(Prompt(messages, tuple(ids)))
    return [p for p in prompts if len(p.ids) < limits.max_length][:most]


def read_rows(path: Path) -> Iterator[PreferenceRow]:
    for number, raw in enumerate(read_raw(path), start=1):
        yield _row(raw, f"{path}, row {number}")


def read_raw(path: Path) -> Iterable[dict[str, Any]]:
    """A file's rows as they stand. Raises BadConfig when it is missing or of another kind."""
    if not path.is_file():
        raise BadConfig(f"expected rows to learn from at {path}, found no such file")
    if path.suffix == ".parquet":
        return _read_parquet(path)
    if path.suffix in {".jsonl", ".json"}:
        return read_jsonl(path)
    raise BadConfig(f"expected a .parquet or .jsonl file, got {path}")


def _read_parquet(path: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet

    try:
        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path} is not a readable Parquet file: {error}") from error
    return rows


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _json_object(line, f"{path}, line {number}")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path} cannot be read as JSON lines: {error}") from error


def _json_object(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise BadConfig(f"{where} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadConfig(f"{where}: expected an object, got {type(value).__name__}")
    return value


def _row(raw: dict[str, Any], where: str) -> PreferenceRow:
    raw = {name: value for name, value in raw.items() if value is not None}
    if "chosen" not in raw or "rejected" not in raw:
        raise BadConfig(f"{where}: expected chosen and rejected, got {', '.join(raw)}")
    prompt, chosen, rejected = _split(raw, where)
    raw["weight"] = read_weight(raw, where)
    known = {name: raw[name] for name in _COLUMNS if name in raw}
    defaults = {
        "group": hashlib.sha256(json.dumps(prompt).encode()).hexdigest()[:16],
        "kind": "comparison",
        "user": "",
        "time": 0.0,
        "feedback_id": "",
    }
    texts = {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    return PreferenceRow(**{**defaults, **known, **texts})


def read_weight(raw: dict[str, Any], where: str) -> float:
    weight = raw.get("weight", 1.0)
    if not isinstance(weight, int | float) or not 0 < weight < math.inf:
        raise BadConfig(f"{where}: expected a weight above 0, got {weight!r}")
    return float(weight)


def _split(raw: dict[str, Any], where: str) -> tuple[list[dict[str, str]], str, str]:
    """Prompt and both answers; a prompt that TRL leaves implicit is how both answers begin."""
    chosen, rejected = raw["chosen"], raw["rejected"]
    if "prompt" in raw:
        prompt = read_messages(raw["prompt"], where)
        return prompt, message_text(chosen, where), message_text(rejected, where)
    if not isinstance(chosen, list) or not isinstance(rejected, list):
        raise BadConfig(f"{where}: expected a prompt, got none")
    if chosen[:-1] != rejected[:-1]:
        raise BadConfig(f"{where}: without a prompt, both answers must end the same conversation")
    prompt = read_messages(chosen[:-1], where)
    return prompt, message_text(chosen[-1:], where), message_text(rejected[-1:], where)


def read_messages(raw: Any, where: str) -> list[dict[str, str]]:
    if isinstance(raw, str):
        if not raw.lstrip().startswith("[{"):
            return [{"role": "user", "content": raw}]
        try:
            raw = json.loads(raw)
        except ValueError:
            return [{"role": "user", "content": raw}]
    if not isinstance(raw, list) or not raw:
        raise BadConfig(f"{where}: expected a prompt of messages, got {raw!r}")
    for message in raw:
        if not isinstance(message, dict) or not {"role", "content"} <= set(message):
            raise BadConfig(f"{where}: expected messages with role and content, got {message!r}")
    return [{"role": str(m["role"]), "content": str(m["content"])} for m in raw]


def message_text(raw: Any, where: str) -> str:
    if isinstance(raw, str):
        return raw
    messages = read_messages(raw, where)
    if len(messages) != 1:
        raise BadConfig(f"{where}: expected one answer, got {len(messages)} messages")
    return messages[0]["content"]


def make_answer(text: str, ids: list[int] | None, renderer: Renderer) -> Answer:
    return Answer(tuple(ids or renderer.answer_ids(text)), text)


def check_ids(parts: tuple[tuple[int, ...], ...], vocabulary: int, where: str) -> None:
    """Raises BadConfig where a token id is not one of the base model's."""
    highest = max(max(ids) for ids in parts)
    if highest >= vocabulary or min(min(ids) for ids in parts) < 0:
        raise BadConfig(
            f"{where}: token id {highest} is outside the base model's vocabulary of {vocabulary}; "
            "was the answer sampled from another model?"
        )


def _place(group: Group, answer: Answer) -> int:
    """Index of an answer in its group, added where it is new."""
    for index, known in enumerate(group.answers):
        if known.ids == answer.ids:
            return index
    group.answers.append(answer)
    return len(group.answers) - 1
