"""How many preference pairs a second DPO learns from, here and in TRL 1.16, and in how much memory.

A Qwen2 of about 100 M random parameters with a LoRA adapter, 8 pairs a step, one pass over the
pairs. The same token ids in the same steps for everybody; the steps are those that our trainer
plans, rows of like length together, which spares TRL padding too. Every arm starts in a process of
its own, arms take turns, and the median of the turns counts. With the reference counted, a pair
costs its share of the step and of the reference's pass; without, only the step, as in a second pass
over the same pairs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.dpo_arms import ARMS, Ids, Measured, Task, pack_pairs
from trainer.batches import epoch_batches

RESULTS = Path(__file__).parent / "results"
BATCH_SIZE = 8
SPREAD = 0.5
"""Standard deviation of the logarithm of lengths."""
HEADLINE = "ours, bf16"
LIMIT_S = 3600.0
LONGEST = 8192
"""Tokens that the model reads."""
UNTRAINED_LOSS = math.log(2)


@dataclass(frozen=True, slots=True)
class Shape:
    """Mean lengths in tokens: prompts, chosen and rejected answers."""

    name: str
    prompt: int
    chosen: int
    rejected: int


SHAPES = (
    Shape("chat", 104, 40, 39),
    Shape("short prompt, long answer", 32, 200, 200),
    Shape("long prompt, short answer", 400, 40, 40),
)


@dataclass(frozen=True, slots=True)
class Size:
    """Of the model."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    mlp: int
    vocabulary: int


MODEL = Size(hidden=512, layers=8, heads=8, kv_heads=2, mlp=1536, vocabulary=151_936)
TINY = Size(hidden=32, layers=1, heads=2, kv_heads=1, mlp=64, vocabulary=512)


@dataclass(frozen=True, slots=True)
class Line:
    """One arm on one shape; medians over the turns."""

    shape: str
    arm: str
    reference: str
    pairs_per_s: float
    lowest: float
    highest: float
    peak_gib: float
    start_s: float


def run(
    shapes: Sequence[Shape], model: Size, repeats: int, steps: int, warmup: int, threads: int
) -> list[Line]:
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        make_model(folder / "model", model)
        for shape in shapes:
            pairs = draw_pairs(shape, (steps + warmup) * BATCH_SIZE, model.vocabulary)
            task = Task(str(folder / "model"), pairs, BATCH_SIZE, warmup, threads)
            turns = [{arm: measure(arm, task, folder) for arm in ARMS} for _ in range(repeats)]
            for arm in ARMS:
                lines += summarise(shape, arm, [turn[arm] for turn in turns])
    return lines


def measure(arm: str, task: Task, folder: Path) -> Measured:
    """Raises RuntimeError when the arm fails, or trains something else than DPO's first loss."""
    asked, answer = folder / "task.json", folder / "result.json"
    asked.write_text(json.dumps(asdict(task)))
    threads = str(task.threads)
    with tempfile.TemporaryDirectory() as cache:
        # An own cache: TRL would find a reference's results of the turn before.
        env = {**os.environ, "HF_HOME": cache, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": threads}
        words = [arm, str(asked), str(answer), str(time.time())]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.dpo_arms", *words],
            cwd=Path(__file__).parent.parent,
            env={**env, "TOKENIZERS_PARALLELISM": "false"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
    if done.returncode != 0:
        raise RuntimeError(f"{arm} failed:\n{done.stderr[-3000:]}")
    measured = Measured(**json.loads(answer.read_text()))
    if not math.isclose(measured.first_loss, UNTRAINED_LOSS, abs_tol=0.02):
        raise RuntimeError(f"{arm}: the first loss is {measured.first_loss}, expected ln 2")
    sys.stderr.write(f"{arm}: {measured.step_s:.2f} s for {measured.pairs} pairs\n")
    return measured


def summarise(shape: Shape, arm: str, turns: Sequence[Measured]) -> Iterator[Line]:
    """One line; two where the reference is computed apart and can be left out."""
    apart = turns[0].reference_s > 0
    for counted in (True, False) if apart else (True,):
        rates = sorted(
            turn.pairs / (turn.step_s + (turn.reference_s if counted else 0)) for turn in turns
        )
        yield Line(
            shape=shape.name,
            arm=arm,
            reference="counted" if counted else "kept from before",
            pairs_per_s=statistics.median(rates),
            lowest=rates[0],
            highest=rates[-1],
            peak_gib=statistics.median(turn.peak_gib for turn in turns),
            start_s=statistics.median(turn.start_s for turn in turns),
        )


def draw_pairs(shape: Shape, count: int, vocabulary: int) -> list[Ids]:
    """Random ids with log-normal lengths, in the order of our trainer's steps."""
    draw = random.Random(0)

    def ids(mean: int) -> list[int]:
        length = draw.lognormvariate(-(SPREAD**2) / 2, SPREAD) * mean
        return [draw.randrange(2, vocabulary) for _ in range(max(2, round(length)))]

    pairs = [(ids(shape.prompt), ids(shape.chosen), ids(shape.rejected)) for _ in range(count)]
    plan = epoch_batches(pack_pairs(pairs, LONGEST), BATCH_SIZE, seed=0, epoch=0)
    return [pairs[index] for batch in plan for index in batch]


def make_model(directory: Path, size: Size) -> None:
    """Random weights in fp32, and a tokenizer that no arm uses but both trainers ask for."""
    import torch
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=size.vocabulary,
            hidden_size=size.hidden,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            num_key_value_heads=size.kv_heads,
            intermediate_size=size.mlp,
            max_position_embeddings=LONGEST,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=0,
        )
    ).save_pretrained(directory)
    words = Tokenizer(models.WordLevel({"<|end|>": 0, "<|pad|>": 1}, unk_token="<|pad|>"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token="<|end|>", pad_token="<|pad|>"
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    tokenizer.save_pretrained(directory)


def table(lines: Sequence[Line]) -> str:
    """Markdown; the last column says how often faster our bfloat16 trainer is, like for like: with
    the reference counted, or both without.
    """
    rows = [
        "| shape | trainer | reference | pairs/s | lowest to highest | peak memory | start-up "
        "| ours, bf16, is faster by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    best = {(line.shape, line.reference): line.pairs_per_s for line in lines if is_headline(line)}
    for line in lines:
        factor = best[line.shape, line.reference] / line.pairs_per_s
        rows.append(
            f"| {line.shape} | {line.arm} | {line.reference} | {line.pairs_per_s:.3g} "
            f"| {line.lowest:.3g} to {line.highest:.3g} | {line.peak_gib:.1f} GiB "
            f"| {line.start_s:.0f} s | {factor:.2f} x |"
        )
    return "\n".join(rows)


def is_headline(line: Line) -> bool:
    return line.arm == HEADLINE


def draw(lines: Sequence[Line], machine: Mapping[str, Any], path: Path) -> None:
    """Bars of pairs/s, one group per shape, and of memory."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shapes = list(dict.fromkeys(line.shape for line in lines))
    figure, axes = pyplot.subplots(1, len(shapes), figsize=(5 * len(shapes), 4.2), squeeze=False)
    for axis, shape in zip(axes[0], shapes, strict=True):
        found = [line for line in lines if line.shape == shape]
        places = range(len(found))
        rates = [line.pairs_per_s for line in found]
        spans = [
            [line.pairs_per_s - line.lowest for line in found],
            [line.highest - line.pairs_per_s for line in found],
        ]
        colours = ["#2a6f97" if line.arm.startswith("ours") else "#b0b7bd" for line in found]
        axis.barh(places, rates, xerr=spans, color=colours)
        for place, line in zip(places, found, strict=True):
            note = f"  {line.pairs_per_s:.2f}/s, {line.peak_gib:.1f} GiB"
            axis.text(line.highest, place, note, va="center", fontsize=8)
        axis.set_yticks(places, [f"{line.arm}\nreference {line.reference}" for line in found])
        axis.tick_params(axis="y", labelsize=8)
        axis.invert_yaxis()
        axis.set_xlim(0, 1.5 * max(line.highest for line in found))
        axis.set_xlabel("pairs per second")
        axis.set_title(shape)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"DPO with LoRA r 16, 8 pairs a step, on {machine['processor']}", fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def describe_machine(threads: int) -> dict[str, Any]:
    import torch

    info = Path("/proc/cpuinfo")
    said = info.read_text() if info.is_file() else ""
    named = [line.partition(":")[2].strip() for line in said.splitlines() if "model name" in line]
    flags = sorted({f for f in said.split() if f in {"avx512_bf16", "amx_bf16", "avx512f", "avx2"}})
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "processor": gpu or (named[0] if named else platform.processor() or platform.machine()),
        "cores": os.cpu_count(),
        "threads": threads,
        "flags": flags,
        "python": platform.python_version(),
        "versions": {
            name: metadata.version(name) for name in ("torch", "transformers", "peft", "trl")
        },
        "date": time.strftime("%Y-%m-%d"),
        "load_at_start": os.getloadavg()[0],
    }


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks trainer", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tiny model; figures mean nothing")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each arm")
    parser.add_argument("--steps", type=int, default=3, help="timed steps of a turn")
    parser.add_argument("--warmup", type=int, default=1, help="untimed steps before them")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="CPU threads")
    parser.add_argument("--shapes", type=int, default=len(SHAPES), help="how many of the shapes")
    parser.add_argument("--output", type=Path, help=f"folder; {RESULTS} unless --quick")
    options = parser.parse_args(words)
    if min(options.repeats, options.steps, options.warmup, options.shapes) < 1:
        parser.error("repeats, steps, warmup and shapes are at least 1")
    return options


def main(words: Sequence[str] = ()) -> None:
    options = parse(words)
    machine = describe_machine(options.threads)
    if options.quick:
        shapes = [Shape(s.name, s.prompt // 8, s.chosen // 8, s.rejected // 8) for s in SHAPES]
        lines = run(shapes[:1], TINY, 1, 2, 1, options.threads)
    else:
        shapes = list(SHAPES[: options.shapes])
        lines = run(shapes, MODEL, options.repeats, options.steps, options.warmup, options.threads)
    folder = options.output or (Path(tempfile.mkdtemp()) if options.quick else RESULTS)
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": machine,
        "model": asdict(TINY if options.quick else MODEL),
        "shapes": [asdict(shape) for shape in shapes],
        "repeats": options.repeats,
        "steps": options.steps,
        "lines": [asdict(line) for line in lines],
    }
    (folder / "trainer.json").write_text(json.dumps(document, indent=2) + "\n")
    draw(lines, machine, folder / "trainer.png")
    threads = f"{options.threads} threads on {machine['cores']} cores"
    sys.stdout.write(f"{machine['processor']}, {threads}\n{table(lines)}\nwritten to {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
