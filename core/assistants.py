"""Assistants as declared in assistants.toml: a system prompt, its own lineage, its own recipe and
limits.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from core.errors import BadConfig, NotFound
from core.golden import Category
from core.records import BASE, ROLLOUT

Recipe = Literal["dpo", "kto", "ppo", "auto"]
TRAINER_TABLES: Final = ("dpo", "sft", "kto", "reward", "ppo", "lora")
"""Sections of the trainer's run file that an assistant may set."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(value: Any) -> float:
    """Turns "6h" into 21600.0; plain numbers are seconds."""
    if isinstance(value, int | float):
        return float(value)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", str(value).strip())
    if match is None:
        raise ValueError(f"expected a duration like '90s', '5m', '6h' or '7d', got {value!r}")
    return float(match[1]) * _UNITS[match[2]]


Duration = Annotated[float, BeforeValidator(seconds)]


def _listed(value: Any) -> Any:
    """A lone name is a list of one."""
    return [value] if isinstance(value, str) and value else value or []


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Retrain(_Section):
    min_comparisons: int = Field(default=32, ge=2)
    """New comparisons, rankings and edits that start a run."""
    min_thumbs: int = Field(default=200, ge=1)
    """New thumbs that start a run of a recipe that learns from thumbs."""
    every: Duration = 6 * 3600.0
    """After this long, fewer will do: a quarter of min_comparisons or min_thumbs."""
    cooldown: Duration = 300.0
    """Rest after a run, whatever its verdict."""
    settle: Duration = 2.0
    """Wait for this much quiet before starting, so that a burst of votes is learned from as one."""


class Gate(_Section):
    min_win_rate: float = Field(default=0.5, ge=0, le=1)
    """Against the champion on generated answers; ties count half."""
    max_kl: float = Field(default=10.0, gt=0)
    """Nats per sequence against the champion, on the candidate's own answers."""
    max_kl_base: float = Field(default=50.0, gt=0)
    """The same against the bare base, over all champions together: generous, a stop for what many
    small steps come to.
    """
    max_kl_token: float = Field(default=1.0, gt=0)
    """Nats per token against the champion: what `max_kl` leaves to answers of few tokens, in which
    even something else altogether is no long way.
    """
    max_length_drift: float = Field(default=0.15, gt=0)
    """Relative change of mean answer length that needs a clearly higher win rate to be allowed."""
    max_golden_drop: float = Field(default=0.05, ge=0, le=1)
    """How much lower the golden set's pass rate may be than the champion's."""
    prove: list[Category] = []
    """Categories of the golden set in which the candidate must be shown not to be worse by
    `max_golden_drop`, where it otherwise need only not be shown to be worse. The first time against
    a champion that takes about 100 prompts of a category without one that is lost, at 0.05; and
    more each time.
    """
    min_accuracy: float = Field(default=0.5, ge=0, le=1)
    """Held-out preference accuracy: of all votes, of strangers' and of later ones."""
    llm_judge: bool = False
    """Whether the language model of the settings judge_url and judge_model must also find
    `min_win_rate`. Where it does not reply, the other judges decide.
    """


class Limits(_Section):
    """How much worse than the champion's arm the challenger's may be: beyond one of these a trial
    stops at once.
    """

    errors: float = Field(default=0.02, ge=0, le=1)
    """Share of answers that failed, above the champion's."""
    slow: float = Field(default=0.05, ge=0, le=1)
    """Share of answers slower than a limit, above the champion's. The limit is fixed once in a
    trial: the champion's 95th percentile then, times `slow_ratio`. Few of its own are above that;
    with 5 points more, the challenger's 95th percentile is.
    """
    slow_ratio: float = Field(default=2.0, ge=1)
    """How many times the champion's 95th percentile the first token may take."""
    slow_from: int = Field(default=50, ge=1)
    """Answers of the champion's arm after which that percentile is fixed."""
    complaints: float = Field(default=0.05, ge=0, le=1)
    """Share of rated answers with a thumb down, above the champion's."""
    length_ratio: float = Field(default=2.0, gt=1)
    """Of geometric means of answer lengths; its inverse is the limit for shorter ones."""


class Canary(_Section):
    share: float = Field(default=0.1, ge=0, le=1)
    """Share of people on the challenger; 0: no trials, what passes the gate is promoted."""
    min_people: int = Field(default=8, ge=0)
    """Who gave feedback; with fewer there is no trial either, since none could come to an end."""
    alpha: float = Field(default=0.05, gt=0, lt=1)
    """False promotions allowed."""
    max_days: float = Field(default=7, gt=0)
    """A trial that has learned nothing by then ends."""
    cap: int = Field(default=5, ge=1)
    """Votes of one person that count in a trial, and thumbs."""
    limits: Limits = Limits()
    explore: float = Field(default=0.1, ge=0, le=1)
    """Share of side-by-sides that may show other live versions than the champion; in a trial only
    of those with three answers and more, beside both. 0: never. Fewer do once votes tell versions
    apart.
    """
    explore_floor: float = Field(default=0.05, ge=0, le=1)
    """Least share of those for each two live versions, whatever was voted."""
    explore_base: bool = True
    """Whether the bare base is one of them."""


class Sampling(_Section):
    temperature: float = Field(default=0.7, ge=0, le=2)
    """Of ordinary answers."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Nucleus."""
    max_tokens: int = Field(default=256, ge=1)
    """Longest answer."""


class Compare(_Section):
    temperature: float = Field(default=0.9, ge=0, le=2)
    """Of answers side by side: higher, so that there is something to choose between."""


class Assistant(_Section):
    name: str
    """What API clients put into `model`."""
    system_prompt: str = Field(min_length=1)
    """Its specification."""
    description: str = ""
    """One sentence for people."""
    examples: list[str] = []
    """Prompts from its world, for the page."""
    recipe: Recipe = "dpo"
    """How it learns: dpo and ppo from comparisons, kto from thumbs, auto as the data advises."""
    redact: bool = False
    """Whether e-mail addresses, phone and card numbers are replaced before anything is learned
    from. What the system prompt itself says stays.
    """
    retain: Duration | None = Field(default=None, gt=0)
    """After this long without use, what people said and thought is removed; none: it is kept."""
    golden: Annotated[list[str], BeforeValidator(_listed)] = []
    """JSONL files (or one) of prompts with checks that must not get worse; trainer/golden.py says
    what stands in them.
    """
    retrain: Retrain = Retrain()
    gate: Gate = Gate()
    canary: Canary = Canary()
    sampling: Sampling = Sampling()
    compare: Compare = Compare()
    trainer: dict[str, Any] = {}
    """Settings of the recipe that differ from its defaults, as in its section of the run's file
    (`{ beta = 0.3 }`); or several sections by name (`{ ppo = { ... }, reward = { ... } }`), which
    `auto` needs.
    """

    @model_validator(mode="after")
    def _check_trainer(self) -> Assistant:
        tables = [name for name, value in self.trainer.items() if isinstance(value, dict)]
        flat = [name for name in self.trainer if name not in tables]
        unknown = sorted(set(tables) - set(TRAINER_TABLES))
        if unknown:
            known = ", ".join(TRAINER_TABLES)
            raise ValueError(f"trainer has no section {', '.join(unknown)}; there is {known}")
        if flat and (tables or self.recipe == "auto"):
            example = "trainer = { dpo = { ... }, kto = { ... } }"
            raise ValueError(
                f"trainer: {', '.join(flat)} must stand in a method's section: {example}"
            )
        return self

    @property
    def learns_from_thumbs(self) -> bool:
        """Whether thumbs alone may start a run."""
        return self.recipe in ("kto", "auto")

    def trainer_tables(self, method: str) -> dict[str, dict[str, Any]]:
        """The trainer's sections by name, for a run of `method`."""
        if any(isinstance(value, dict) for value in self.trainer.values()):
            return {name: dict(table) for name, table in self.trainer.items()}
        return {method: dict(self.trainer)}


class Assistants:
    """The declared assistants, by name, in the file's order."""

    def __init__(self, declared: list[Assistant]) -> None:
        self._by_name = {a.name: a for a in declared}

    @property
    def names(self) -> list[str]:
        return list(self._by_name)

    def __iter__(self) -> Iterator[Assistant]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Assistant:
        """Raises NotFound naming what there is."""
        if name not in self._by_name:
            raise NotFound(
                f"There is no assistant {name!r}; there is {', '.join(map(repr, self.names))}"
            )
        return self._by_name[name]


def load_assistants(path: Path) -> Assistants:
    """Raises BadConfig naming the file, the assistant and the key that is wrong."""
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadConfig(f"Cannot read assistants from {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path} is not valid TOML: {error}") from error
    if not declared:
        raise BadConfig(f"{path} declares no assistant")
    return Assistants([_parse(path, name, body) for name, body in declared.items()])


def _parse(path: Path, name: str, body: Any) -> Assistant:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name) or name == BASE:
        raise BadConfig(f"{path}: {name!r} is no good name; use a-z, 0-9 and '-', not 'base'")
    if f"{name}-".startswith(ROLLOUT):
        raise BadConfig(f"{path}: {name!r} is no good name; a trainer's own adapters begin like it")
    if not isinstance(body, dict):
        raise BadConfig(f"{path}: [{name}] must be a table")
    try:
        return Assistant(name=name, **body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = f"{where}: {first['msg']}" if where else first["msg"]
        raise BadConfig(f"{path}: [{name}] {said}") from error
