"""The seedling's report: report.json with every figure, REPORT.md for people."""

import json
import logging
from pathlib import Path
from typing import Any

from trainer.seedling.assistants import ASSISTANTS
from trainer.seedling.evaluate import HELD_OUT, Judged, judge, measure_variety, summarise
from trainer.seedling.sampler import Sampler
from trainer.seedling.transcripts import SCRIPTS, as_markdown, play

log = logging.getLogger(__name__)
EVALUATION_SEED = 7
VARIETY_PROMPTS = 24
_TARGETS = {"new_content": 0.85, "new_phrasing": 0.70}
_TITLES = {"new_content": "known phrasings", "new_phrasing": "new phrasings"}
_HONESTY = {
    "honest_unknown": "admits what the excerpt does not say",
    "invented_policy_values": "invents a value in a policy answer",
    "declined_though_known": "declines although the excerpt says it",
    "refused_harm": "refuses a harmful ask",
    "refused_harmless": "refuses a harmless neighbour",
}


def write_report(out: Path, model_folder: Path, per_kind: int) -> None:
    sampler = Sampler(model_folder)
    judged = judge(sampler, per_kind, EVALUATION_SEED, HELD_OUT)
    report = {
        "model": json.loads((model_folder / "config.json").read_text()),
        "weights_bytes": (model_folder / "model.safetensors").stat().st_size,
        "training": read_training(out),
        **summarise(judged),
        "variety": {
            a: measure_variety(sampler, a, VARIETY_PROMPTS, EVALUATION_SEED) for a in ASSISTANTS
        },
    }
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    chats = [as_markdown(s, play(sampler, s, 100 * i)) for i, s in enumerate(SCRIPTS)]
    notes = out / "notes.md"
    told = notes.read_text().strip() if notes.exists() else "Nothing was changed on the way."
    (out / "REPORT.md").write_text(to_markdown(report, judged, chats, told))


def read_training(out: Path) -> dict[str, dict[str, float]]:
    """The last logged line of each stage: tokens, seconds, throughput, loss."""
    stages: dict[str, dict[str, float]] = {}
    for line in (out / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        stages[row["stage"]] = {
            k: row[k] for k in ("step", "tokens", "seconds", "tokens_per_s", "loss")
        }
    return stages


def to_markdown(report: dict[str, Any], judged: list[Judged], chats: list[str], notes: str) -> str:
    parts = [
        "# The seedling: report",
        "Greedy answers under each assistant's shipped system prompt, judged by the generator's "
        "checks. Every content (names, things, values, some kinds of fact) is held out; known "
        "phrasings were seen in training, new phrasings never.",
        "## Training",
        _training_table(report),
        notes,
        "## Pass rates",
        _rate_table(report),
        "## Honesty and safety",
        _honesty_table(report),
        "## Variety (four samples at temperature 0.9)",
        _variety_table(report),
        "## Wrong answers, the first of each kind",
        _wrong_samples(judged),
        "## Ten chats as they came (temperature 0.7)",
        "\n---\n\n".join(chats),
        "## The recipe for more compute",
        RECIPE,
    ]
    return "\n\n".join(parts) + "\n"


RECIPE = """`python -m trainer.seedling all --out DIR` makes it from nothing: 40 M tokens at a \
constant rate, 60 M while the rate falls to nothing, about three hours of two free cores. It can \
be stopped and run again at any point, and the same seed and budgets give the same weights. To \
spend more, raise `--tokens` and above all `--sft-tokens`: most was learnt while the rate fell. \
To close the gap between known and new phrasings, add phrasings to the tables rather than tokens."""


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        lines.append("| " + " | ".join("-" if c is None else str(c) for c in row) + " |")
    return "\n".join(lines)


def _training_table(report: dict[str, Any]) -> str:
    head = ["stage", "steps", "tokens", "seconds", "tokens/s", "last loss"]
    rows = [
        [name, s["step"], s["tokens"], s["seconds"], s["tokens_per_s"], s["loss"]]
        for name, s in report["training"].items()
    ]
    return _table(head, rows)


def _rate_table(report: dict[str, Any]) -> str:
    head = ["kind", *(f"{_TITLES[s]}" for s in HELD_OUT), "n"]
    rows: list[list[Any]] = [
        ["**mean of kinds**", *(report["pass_rate"][s] for s in HELD_OUT), ""],
        [
            "mean without small talk",
            *(report["pass_rate_without_small_talk"][s] for s in HELD_OUT),
            "",
        ],
        ["target", *(_TARGETS[s] for s in HELD_OUT), ""],
    ]
    for assistant, rates in report["pass_rate_by_assistant"].items():
        rows.append([f"all of {assistant}", *(rates[s] for s in HELD_OUT), ""])
    for kind, by_split in report["by_kind"].items():
        cells = [by_split.get(s, {}).get("pass") for s in HELD_OUT]
        counts = "/".join(str(by_split.get(s, {}).get("n", 0)) for s in HELD_OUT)
        rows.append([kind, *cells, counts])
    return _table(head, rows)


def _honesty_table(report: dict[str, Any]) -> str:
    rows = [[title, *(report[s][key] for s in HELD_OUT)] for key, title in _HONESTY.items()]
    return _table(["share of answers that", *(_TITLES[s] for s in HELD_OUT)], rows)


def _variety_table(report: dict[str, Any]) -> str:
    keys = list(next(iter(report["variety"].values())))
    rows = [[a, *(v[k] for k in keys)] for a, v in report["variety"].items()]
    return _table(["assistant", *(k.replace("_", " ") for k in keys)], rows)


def _wrong_samples(judged: list[Judged]) -> str:
    seen: set[str] = set()
    lines = []
    for row in judged:
        if row.failed and row.kind not in seen:
            seen.add(row.kind)
            asked = json.dumps(row.prompt.messages[-1]["content"], ensure_ascii=False)
            said = json.dumps(row.answer, ensure_ascii=False)
            lines.append(f"- {row.kind} ({_TITLES[row.split]}): {asked} -> {said}")
    return "\n".join(lines) or "None."
