"""What a run's TOML file may say, and its defaults. Torch-free, so that others may import it.

Owns parsing and checking of the file; an unknown key is an error that names it. Does not look at
the data or the model.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from core.errors import BadConfig

T = TypeVar("T")

_FEWEST_ANSWERS = 8
_LARGEST_SEED = 2**32 - 1

METHODS = {
    "dpo": "direct preference optimisation of a LoRA adapter",
    "sft": "supervised fine-tuning of a LoRA adapter on demonstrations",
    "kto": "Kahneman-Tversky optimisation of a LoRA adapter from thumbs",
    "reward": "a reward model (LoRA adapter and score head) from comparisons and thumbs",
    "ppo": "proximal policy optimisation against a reward model",
}
"""Name -> what it does, in a line."""

VLLM_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Adapter ranks vLLM has buffers for; a run may use any rank up to the largest."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """[run]: where things are and what the run may cost."""

    output: str
    """Directory the run writes to; made if it is missing."""
    base_model: str
    """Directory (or hub id) of the frozen base model."""
    method: Literal["dpo", "sft", "kto", "reward", "ppo"] = "dpo"
    """How the policy learns; the command line's word counts where it says another."""
    served_model_name: str = ""
    """The base model's name in vLLM, written into adapter_config.json; empty: base_model."""
    run_id: str = ""
    """Named in the report."""
    seed: int = 0
    """Of the adapter's start and the order of the data."""
    threads: int = 2
    """CPU threads."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto: the GPU where there is one."""
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    """Of the base model; auto: bfloat16 where the hardware multiplies it natively."""
    attention: Literal["sdpa", "flex"] = "sdpa"
    """sdpa: PyTorch's, under a mask that is written out; flex: FlexAttention, on CUDA only, which
    writes none and skips the blocks that nobody sees.
    """
    sharding: Literal["auto", "none", "full"] = "auto"
    """Of the base model over several processes. full: each keeps its part of every block, gathered
    while the block computes; none: each keeps all; auto: full under `accelerate launch --use_fsdp`.
    """
    max_seconds: float = 600.0
    """The run stops with status out_of_budget after this long; a checkpoint stays."""
    max_memory_gib: float = 8.0
    """The run stops with status out_of_budget when the process has needed more."""
    micro_tokens: int = 4096
    """Padded tokens that go through the model at once; more are accumulated."""
    checkpoint_every_s: float = 10.0
    """Longest work that a killed process loses, beside the step it was in."""


@dataclass(frozen=True, slots=True)
class DataConfig:
    """[data]: what is learned from."""

    path: str
    """A snapshot directory (train.parquet, heldout.parquet, prompts.jsonl), or one .parquet or
    .jsonl file.
    """
    heldout: str = ""
    """A file of held-out rows, where `path` is one file."""
    max_length: int = 0
    """Pairs whose prompt and longer answer have more tokens are dropped; 0: what the model can
    read.
    """


@dataclass(frozen=True, slots=True)
class ReferenceConfig:
    """[reference]: the policy that the new one is compared with and kept near to."""

    adapter: str = ""
    """Directory of the champion's adapter; empty: the bare base model."""


@dataclass(frozen=True, slots=True)
class LoraConfig:
    """[lora]: the adapter's shape."""

    r: int = 8
    """Rank."""
    alpha: float = 16
    """The adapter's product is scaled by alpha / r."""
    targets: tuple[str, ...] = (
        "q_proj",
        "k_proj",
        "v_proj",
        "o_proj",
        "gate_proj",
        "up_proj",
        "down_proj",
    )
    """Names of the linear layers that get an adapter."""


@dataclass(frozen=True, slots=True)
class StepsConfig:
    """How a loss is minimised; every method's table has these keys."""

    learning_rate: float = 1e-3
    """Peak; after the warm-up it falls linearly to a tenth."""
    batch_size: int = 8
    """Of one step: pairs, about (a prompt's are never parted), or answers where there are none."""
    steps: int = 0
    """0: from epochs."""
    epochs: float = 8
    """Passes over the rows."""
    warmup_steps: int = 5
    """Steps of linear warm-up."""
    max_grad_norm: float = 1.0
    """Gradients are scaled down to this norm."""


@dataclass(frozen=True, slots=True)
class DpoConfig(StepsConfig):
    """[dpo]: learning from pairs, see trainer/dpo.py."""

    beta: float = 0.1
    """Weight of the pull towards the reference."""
    loss: Literal["sigmoid", "ipo", "robust"] = "sigmoid"
    """See trainer/losses.py; sigmoid with label_smoothing is the conservative loss."""
    label_smoothing: float = 0.0
    """Assumed share of votes that are wrong (sigmoid and robust)."""
    nll_weight: float = 0.2
    """Weight of the chosen answers' mean negative log-probability per token."""
    start: Literal["base", "champion"] = "base"
    """base: the policy starts as the bare base model; champion: as a copy of the reference."""


@dataclass(frozen=True, slots=True)
class SftConfig(StepsConfig):
    """[sft]: learning from answers as they should have been, see trainer/sft.py."""

    epochs: float = 3
    """Passes over the answers."""


@dataclass(frozen=True, slots=True)
class KtoConfig(StepsConfig):
    """[kto]: learning from answers judged each alone, see trainer/kto.py."""

    batch_size: int = 16
    """Answers of one step, which also estimate how far the policy is from the reference."""
    beta: float = 0.1
    """Weight of the pull towards the reference."""
    comparisons: bool = True
    """Votes count too: what was chosen as liked, what was rejected as not."""


@dataclass(frozen=True, slots=True)
class RewardConfig(StepsConfig):
    """[reward]: learning a reward from pairs and thumbs, see trainer/reward.py."""

    epochs: float = 2
    """Passes over the rows; more over-fit soon."""
    loss: Literal["sigmoid", "robust"] = "sigmoid"
    """How label_smoothing is meant, see trainer/reward.py."""
    label_smoothing: float = 0.0
    """Assumed share of votes that are wrong."""
    center: float = 0.01
    """Weight of the pull of a pair's mean score towards 0."""
    length_covariate: bool = False
    """A part of the votes is explained by the answers' lengths, so that the reward need not. Where
    people want short (or long) answers, this takes that wish out of the reward.
    """
    position_covariate: bool = True
    """The same with the place at which an answer was shown, where the votes tell it."""
    thumbs_weight: float = 0.2
    """Weight of the thumbs' loss beside the pairs'; 0: thumbs are left alone."""
    thumbs_cap: float = 0.25
    """Largest share of a step's loss that thumbs may have."""
    ensemble: int = 2
    """Members, 1 to 4, each learning from prompts of its own."""


@dataclass(frozen=True, slots=True)
class PpoConfig(StepsConfig):
    """[ppo]: learning from a reward model, see trainer/ppo.py. A step is an update: answers are
    sampled, scored and learned from; epochs are passes over the prompts.
    """

    learning_rate: float = 3e-4
    """Peak; after the warm-up it falls linearly to a tenth."""
    batch_size: int = 32
    """Answers of one gradient, about: a prompt's are never parted."""
    steps: int = 16
    """Updates; 0: from epochs."""
    warmup_steps: int = 2
    """Updates of linear warm-up."""
    reward: str = ""
    """Directory of a reward adapter; empty: one is trained first."""
    start: Literal["champion", "base"] = "champion"
    """champion: the policy starts as a copy of the reference; base: as the bare base model."""
    prompts: int = 32
    """Of one update."""
    samples: int = 4
    """Answers to each of them."""
    max_new_tokens: int = 160
    """Longest answer."""
    temperature: float = 1.0
    """Of the samples, and of all log-probabilities that are compared."""
    rollout_url: str = ""
    """A vLLM server that samples (http://host:port); it must have runtime LoRA and priority
    scheduling and see the run's output directory. Empty: the trainer samples.
    """
    passes: int = 1
    """Over the answers of an update."""
    beta: float = 0.05
    """Price of a nat of distance from the reference, in scores."""
    max_kl: float = 8.0
    """Nats an answer from the reference at which the run ends, with the policy before."""
    update_kl: float = 0.1
    """Nats a token from the policy that sampled at which an update ends early."""
    clip: float = 0.2
    """Of the probability ratio, around 1."""
    value_clip: float = 0.2
    """Of a value, around what it was when the answers were sampled."""
    gamma: float = 1.0
    """Discount of a token's future."""
    lam: float = 0.95
    """lambda of the advantages: 1 trusts the returns, 0 the values."""
    score_clip: float = 5.0
    """Scores are cut to this size."""
    no_eos_score: float = -1.0
    """Of an answer that did not end by itself, instead of the reward model's."""
    value_learning_rate: float = 3e-3
    """Of the value head; warms up and falls as the policy's does."""
    tis: bool = True
    """vLLM's samples count by how much likelier the trainer finds them (truncated importance)."""
    tis_low: float = 0.5
    """Least such weight of a token."""
    tis_high: float = 3.0
    """Largest such weight of a token."""
    sft_weight: float = 0.0
    """Weight of the mean negative log-probability per token of answers people wrote or chose."""
    replay: str = ""
    """A file of demonstrations that sft_weight replays and nobody is asked for; empty: the
    data's own answers.
    """
    keep_rollouts: bool = False
    """Every update's answers and their scores are kept in rollouts.jsonl."""


@dataclass(frozen=True, slots=True)
class EvaluateConfig:
    """[evaluate]: how the candidate is compared with the champion."""

    golden: tuple[str, ...] = ()
    """JSONL files of prompts with checks, see trainer/golden.py."""
    prompts: int = 128
    """Evaluation prompts answered by both."""
    max_new_tokens: int = 160
    """Longest answer."""
    temperature: float = 0.7
    """Of the sampled answers; the golden set is answered greedily."""
    seed: int = 1
    """Of the sampled answers."""


@dataclass(frozen=True, slots=True)
class Config:
    """One run's file."""

    run: RunConfig
    data: DataConfig
    reference: ReferenceConfig = field(default_factory=ReferenceConfig)
    lora: LoraConfig = field(default_factory=LoraConfig)
    dpo: DpoConfig = field(default_factory=DpoConfig)
    sft: SftConfig = field(default_factory=SftConfig)
    kto: KtoConfig = field(default_factory=KtoConfig)
    reward: RewardConfig = field(default_factory=RewardConfig)
    ppo: PpoConfig = field(default_factory=PpoConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)

    @property
    def method(self) -> StepsConfig:
        """The table of the method that is run."""
        return cast(StepsConfig, getattr(self, self.run.method))

    def digest(self) -> str:
        """Hash of everything that decides the adapter; a checkpoint fits only its own."""
        run = RunConfig(
            output="",
            base_model=self.run.base_model,
            method=self.run.method,
            seed=self.run.seed,
            device=self.run.device,
            dtype=self.run.dtype,
        )
        evaluate = EvaluateConfig()
        if self.run.method == "ppo":
            # Its prompts, and the samples that its reward is scaled on, are the evaluation's.
            evaluate = replace(self.evaluate, golden=())
        text = to_toml(replace(self, run=run, evaluate=evaluate))
        return hashlib.sha256(text.encode()).hexdigest()


def load_config(path: str | Path) -> Config:
    """Raises BadConfig when the file is missing, is not TOML, or says something unknown."""
    return parse_config(read_tables(path))


def read_tables(path: str | Path) -> dict[str, Any]:
    """The file as it stands, unchecked."""
    try:
        with Path(path).open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise BadConfig(f"expected a run's TOML file at {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path} is not TOML: {error}") from error


def parse_config(tables: dict[str, Any], method: str = "") -> Config:
    """`method` is run, whatever the file says."""
    if method and isinstance(tables.get("run"), dict):
        tables = {**tables, "run": {**tables["run"], "method": method}}
    config = _table(Config, tables, "")
    if not config.run.served_model_name:
        run = replace(config.run, served_model_name=config.run.base_model)
        config = replace(config, run=run)
    _check(config)
    return config


def to_toml(config: Config) -> str:
    """The file `load_config` reads back as `config`."""
    blocks = []
    for table in fields(config):
        section = getattr(config, table.name)
        lines = [f"{f.name} = {_toml_value(getattr(section, f.name))}" for f in fields(section)]
        blocks.append("\n".join([f"[{table.name}]", *lines]))
    return "\n\n".join(blocks) + "\n"


def _toml_value(value: Any) -> str:
    # JSON's strings, numbers, booleans and flat lists are TOML's, as long as nothing is escaped
    # as a surrogate pair.
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _table(cls: type[T], raw: dict[str, Any], where: str) -> T:
    hints = get_type_hints(cls)
    known = {f.name: f for f in fields(cast(Any, cls))}
    unknown = sorted(set(raw) - set(known))
    if unknown:
        names = ", ".join(f"{where}{name}" for name in unknown)
        raise BadConfig(f"unknown key {names}; expected {', '.join(known)}")
    required = [n for n, f in known.items() if f.default is f.default_factory is MISSING]
    missing = [name for name in required if name not in raw]
    if missing:
        raise BadConfig(f"missing key {', '.join(f'{where}{name}' for name in missing)}")
    return cls(**{n: _value(hints[n], v, f"{where}{n}") for n, v in raw.items()})


def _value(hint: Any, value: Any, name: str) -> Any:
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise BadConfig(f"expected a table [{name}], got {value!r}")
        return _table(cast(type, hint), value, f"{name}.")
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise BadConfig(f"{name}: expected one of {', '.join(get_args(hint))}, got {value!r}")
        return value
    if get_origin(hint) is tuple:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise BadConfig(f"{name}: expected a list of strings, got {value!r}")
        return tuple(value)
    allowed = (int, float) if hint is float else (hint,)
    if not isinstance(value, allowed) or isinstance(value, bool) != (hint is bool):
        raise BadConfig(f"{name}: expected {hint.__name__}, got {value!r}")
    return value


def _check(config: Config) -> None:
    run, lora, dpo, evaluate = config.run, config.lora, config.dpo, config.evaluate
    bounds: dict[str, tuple[float, float, float]] = {
        "run.seed": (run.seed, 0, _LARGEST_SEED),
        "run.threads": (run.threads, 1, 4096),
        "run.micro_tokens": (run.micro_tokens, 1, float("inf")),
        "run.max_seconds": (run.max_seconds, 1e-9, float("inf")),
        "run.max_memory_gib": (run.max_memory_gib, 1e-9, float("inf")),
        "data.max_length": (config.data.max_length, 0, float("inf")),
        "lora.r": (lora.r, 1, max(VLLM_RANKS)),
        "lora.alpha": (lora.alpha, 1e-9, float("inf")),
        "dpo.beta": (dpo.beta, 1e-9, float("inf")),
        "dpo.label_smoothing": (dpo.label_smoothing, 0.0, 0.499),
        "dpo.nll_weight": (dpo.nll_weight, 0.0, float("inf")),
        **_steps_bounds("dpo", dpo),
        **_ppo_bounds(config.ppo),
        **_steps_bounds("sft", config.sft),
        "kto.beta": (config.kto.beta, 1e-9, float("inf")),
        **_steps_bounds("kto", config.kto),
        **_reward_bounds(config.reward),
        "evaluate.prompts": (evaluate.prompts, 0, float("inf")),
        "evaluate.max_new_tokens": (evaluate.max_new_tokens, 1, float("inf")),
        "evaluate.temperature": (evaluate.temperature, 0.0, 100.0),
        "evaluate.seed": (evaluate.seed, 0, _LARGEST_SEED),
    }
    for name, (value, low, high) in bounds.items():
        if not low <= value <= high:
            raise BadConfig(f"{name}: expected a value from {low:g} to {high:g}, got {value}")
    if not lora.targets:
        raise BadConfig("lora.targets: expected at least one layer name, got none")
    if dpo.loss == "ipo" and dpo.label_smoothing:
        raise BadConfig("dpo.label_smoothing: ipo has none; use loss = 'sigmoid' or 'robust'")
    url = config.ppo.rollout_url
    if url and not url.startswith(("http://", "https://")):
        raise BadConfig(f"ppo.rollout_url: expected http://host:port, got {url!r}")
    if config.ppo.prompts * config.ppo.samples < _FEWEST_ANSWERS:
        raise BadConfig(
            f"ppo.prompts x ppo.samples: expected at least {_FEWEST_ANSWERS} answers an update, "
            "which their advantages are compared with"
        )


def _reward_bounds(reward: RewardConfig) -> dict[str, tuple[float, float, float]]:
    return {
        "reward.label_smoothing": (reward.label_smoothing, 0.0, 0.499),
        "reward.center": (reward.center, 0.0, float("inf")),
        "reward.thumbs_weight": (reward.thumbs_weight, 0.0, float("inf")),
        "reward.thumbs_cap": (reward.thumbs_cap, 0.0, 0.5),
        "reward.ensemble": (reward.ensemble, 1, 4),
        **_steps_bounds("reward", reward),
    }


def _ppo_bounds(ppo: PpoConfig) -> dict[str, tuple[float, float, float]]:
    most = float("inf")
    return {
        **_steps_bounds("ppo", ppo),
        "ppo.prompts": (ppo.prompts, 1, most),
        "ppo.samples": (ppo.samples, 1, most),
        "ppo.max_new_tokens": (ppo.max_new_tokens, 1, most),
        "ppo.temperature": (ppo.temperature, 0.01, 100.0),
        "ppo.passes": (ppo.passes, 1, most),
        "ppo.beta": (ppo.beta, 0.0, most),
        "ppo.max_kl": (ppo.max_kl, 1e-3, most),
        "ppo.update_kl": (ppo.update_kl, 1e-3, most),
        "ppo.clip": (ppo.clip, 1e-3, 1.0),
        "ppo.value_clip": (ppo.value_clip, 1e-3, most),
        "ppo.gamma": (ppo.gamma, 0.0, 1.0),
        "ppo.lam": (ppo.lam, 0.0, 1.0),
        "ppo.score_clip": (ppo.score_clip, 1e-3, most),
        "ppo.no_eos_score": (ppo.no_eos_score, -most, most),
        "ppo.value_learning_rate": (ppo.value_learning_rate, 1e-12, 1.0),
        "ppo.tis_low": (ppo.tis_low, 0.0, 1.0),
        "ppo.tis_high": (ppo.tis_high, 1.0, most),
        "ppo.sft_weight": (ppo.sft_weight, 0.0, most),
    }


def _steps_bounds(table: str, steps: StepsConfig) -> dict[str, tuple[float, float, float]]:
    return {
        f"{table}.learning_rate": (steps.learning_rate, 1e-12, 1.0),
        f"{table}.batch_size": (steps.batch_size, 1, float("inf")),
        f"{table}.steps": (steps.steps, 0, float("inf")),
        f"{table}.epochs": (steps.epochs, 1e-9, float("inf")),
        f"{table}.warmup_steps": (steps.warmup_steps, 0, float("inf")),
        f"{table}.max_grad_norm": (steps.max_grad_norm, 1e-9, float("inf")),
    }
