"""KTO's loss and gradient by hand, its z0 over the whole step, what it refuses, and whole runs."""

from __future__ import annotations

import json
import math
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import torch
from safetensors.torch import load_file

from tests.trainer.conftest import PLAIN, POLITE, make_pairs, write_jsonl
from trainer.__main__ import main
from trainer.backbone import Backbone, load_backbone
from trainer.batches import plan_steps
from trainer.completions import Completion, judged_answers, load_completions
from trainer.config import KtoConfig, parse_config, to_toml
from trainer.data import Answer, Group, Limits, Pair
from trainer.kto import ClassWeights, KtoObjective, class_weights, draw_partners, pack_mismatched
from trainer.logprobs import row_logprobs
from trainer.loop import Loop
from trainer.lora import Role
from trainer.losses import kto_loss

STEPS = {"steps": 8, "batch_size": 8, "learning_rate": 5e-3, "warmup_steps": 1}
WEIGHTS = ClassWeights(1.0, 1.5)


def make_thumbs(count: int, seed: int = 3) -> list[dict[str, Any]]:
    """TRL's unpaired preferences; the plain answer is liked and the polite one is not."""
    return [
        {
            "prompt": row["prompt"],
            "completion": POLITE if index % 2 else PLAIN,
            "label": index % 2 == 0,
        }
        for index, row in enumerate(make_pairs(count, seed))
    ]


class Bench:
    """Judged answers and the objective on them, with a policy that is not its reference."""

    def __init__(self, backbone: Backbone, path: Path, rows: list[dict[str, Any]]) -> None:
        limits = Limits(backbone.max_length, backbone.vocabulary)
        self.backbone = backbone
        self.examples = load_completions(write_jsonl(path, rows), backbone.renderer, limits).items
        self.partners = draw_partners(self.examples, seed=0)
        self.packed = pack_mismatched(self.examples, self.partners, backbone.max_length)
        self.reference = row_logprobs(
            backbone, Role.REFERENCE, self.packed.rows, 4096, lambda _: None
        )

    def objective(self, micro_tokens: int = 4096, shift: float = 0.0) -> KtoObjective:
        """`shift` is added to the reference's log-probability of every token."""
        return KtoObjective(
            self.backbone,
            self.packed,
            [logps + shift for logps in self.reference],
            WEIGHTS,
            KtoConfig(),
            micro_tokens,
        )

    def log_ratio(self, example: Completion, answer: Answer, shift: float) -> torch.Tensor:
        """Of an answer alone after a prompt, through the model's own logits."""
        ids = torch.tensor([[*example.prompt_ids, *answer.ids]])
        size, start = ids.shape[1], len(example.prompt_ids)
        mask = torch.full((1, 1, size, size), torch.finfo(torch.float32).min).triu(1)
        sums = []
        for role in (Role.POLICY, Role.REFERENCE):
            with self.backbone.role(role):
                logits = self.backbone.model(
                    input_ids=ids, position_ids=torch.arange(size)[None], attention_mask=mask
                ).logits[0, start - 1 : -1]
            logps = torch.log_softmax(logits, -1).gather(-1, ids[0, start:, None])
            sums.append(logps.sum())
        return sums[0] - sums[1] - shift * len(answer.ids)

    def plain_step(self, shift: float) -> tuple[float, torch.Tensor]:
        """z0 and the loss of a step of all examples, one by one and with nothing shared."""
        weights = torch.tensor([example.weight for example in self.examples])
        with torch.no_grad():
            distances = [
                self.log_ratio(example, self.examples[partner].answer, shift)
                for example, partner in zip(self.examples, self.partners, strict=True)
            ]
            z0 = ((weights * torch.stack(distances)).sum() / weights.sum()).item()
        z0 = max(0.0, z0)
        losses = []
        for example in self.examples:
            r = self.log_ratio(example, example.answer, shift)
            up = 1 / (1 + torch.exp(-0.1 * (r - z0)))
            down = 1 / (1 + torch.exp(-0.1 * (z0 - r)))
            losses.append(WEIGHTS.up * (1 - up) if example.label else WEIGHTS.down * (1 - down))
        return z0, (weights * torch.stack(losses)).sum() / weights.sum()


@pytest.fixture
def make_bench(make_tables: Callable[..., dict[str, Any]], tmp_path: Path) -> Callable[..., Bench]:
    def make(rows: list[dict[str, Any]]) -> Bench:
        backbone = load_backbone(parse_config(make_tables()))
        torch.manual_seed(3)
        with torch.no_grad():
            for factors in backbone.factors(Role.POLICY).values():
                factors.b.normal_(std=0.1)
        return Bench(backbone, tmp_path / "rows.jsonl", rows)

    return make


def test_loss_by_hand() -> None:
    ratio, up = torch.tensor([3.0, 3.0]), torch.tensor([True, False])
    liked, disliked = kto_loss(ratio, up, torch.tensor(1.0), beta=0.5).tolist()
    assert liked == pytest.approx(1 - 1 / (1 + math.exp(-1)), abs=1e-6)
    assert disliked == pytest.approx(1 - 1 / (1 + math.exp(1)), abs=1e-6)


# A reference that finds every token likelier by two nats is nowhere left behind: z0 is 0.
@pytest.mark.parametrize(("shift", "far"), [(-0.5, True), (2.0, False)])
@pytest.mark.parametrize("micro_tokens", [4096, 200])
def test_step_equals_nothing_shared(
    make_bench: Callable[..., Bench], shift: float, far: bool, micro_tokens: int
) -> None:
    """Loss, z0 and gradient, with weights and a shared prompt, in one part and in several."""
    rows = make_thumbs(5)
    rows[0] = {**rows[0], "completion": "yes", "weight": 3.0}
    rows[3] = {**rows[3], "prompt": rows[0]["prompt"], "weight": 0.5}
    bench = make_bench(rows)
    objective = bench.objective(micro_tokens, shift)
    assert len(objective.rows) == 4
    totals = objective.accumulate(range(4))
    ours = [parameter.grad for parameter in objective.parameters]
    for parameter in objective.parameters:
        parameter.grad = None
    z0, loss = bench.plain_step(shift)
    loss.backward()
    assert (z0 > 0) == far
    assert totals.figures["z0"] == pytest.approx(z0, abs=1e-4)
    assert totals.figures["loss"] == pytest.approx(loss.item(), abs=1e-5)
    for mine, parameter in zip(ours, objective.parameters, strict=True):
        torch.testing.assert_close(mine, parameter.grad, atol=1e-5, rtol=1e-3)


def test_a_step_of_one_class_is_finite(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(make_thumbs(6))
    for indices in ([0, 2, 4], [1, 3], [5]):
        objective = bench.objective()
        totals = objective.accumulate(indices)
        assert all(math.isfinite(value) for value in totals.figures.values())
        assert all(torch.isfinite(p.grad).all() for p in objective.parameters if p.grad is not None)


def test_starts_at_half_and_learns(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """An untrained policy is its reference: r and z0 are 0, and each loss is half its weight."""
    backbone = load_backbone(parse_config(make_tables()))
    objective = Bench(backbone, tmp_path / "rows.jsonl", make_thumbs(8)).objective()
    loop = Loop(objective, replace(KtoConfig(), steps=12, learning_rate=1e-2), seed=0)
    figures = [loop.step().figures for _ in range(12)]
    assert figures[0]["loss"] == pytest.approx((1.0 + 1.5) / 2 / 2, abs=1e-5)
    assert figures[0]["z0"] == pytest.approx(0, abs=1e-5)
    assert figures[-1]["accuracy"] == 1.0
    assert figures[-1]["loss"] < 0.8 * figures[0]["loss"]


def example(prompt: int, label: bool, weight: float = 1.0, length: int = 2) -> Completion:
    return Completion([], (prompt,), Answer(tuple(range(length)), ""), label, weight, "")


@pytest.mark.parametrize(
    ("up", "down", "weights"),
    [
        (30, 30, (1.0, 1.0)),
        (40, 30, (1.0, 1.0)),
        (30, 60, (2.0, 1.0)),
        (60, 30, (1.0, 1.5)),
    ],
)
def test_weights_balance_the_classes(up: int, down: int, weights: tuple[float, float]) -> None:
    """Of (w+ n+) : (w- n-) within 1 and 4/3; weight 2 counts as two."""
    examples = [example(1, True, 2.0)] * (up // 2) + [example(1, False)] * down
    found = class_weights(examples)
    assert (found.up, found.down) == pytest.approx(weights)
    assert 1 - 1e-9 <= found.up * up / (found.down * down) <= 4 / 3 + 1e-9


def test_partners_answer_another_prompt() -> None:
    """Also where most examples share a prompt; the seed decides."""
    prompts = [1] * 6 + [2, 3]
    examples = [example(prompt, True) for prompt in prompts]
    partners = draw_partners(examples, seed=0)
    assert all(prompts[a] != prompts[b] for a, b in enumerate(partners))
    different = [example(prompt, True) for prompt in range(20)]
    assert sorted(draw_partners(different, seed=1)) == list(range(20)), "each once"
    assert draw_partners(different, seed=1) == draw_partners(different, seed=1)
    assert draw_partners(different, seed=1) != draw_partners(different, seed=2)


def test_a_partner_that_does_not_fit_is_cut() -> None:
    short, long = example(1, True), example(2, True, length=9)
    first, second = pack_mismatched([short, long], [1, 0], max_length=8).rows
    assert first.target_answer.tolist() == [0] * 2 + [1] * 7
    assert second.targets.tolist() == [*range(9), 0, 1]


def test_a_prompts_examples_share_a_row() -> None:
    """Four at most, and no more than fit; a step counts them each."""
    examples = [example(1, index % 2 == 0, weight=index + 1) for index in range(6)]
    examples.insert(1, example(2, True, length=3))
    partners = [1, 0, *[1] * 5]
    packed = pack_mismatched(examples, partners, max_length=50)
    first, other, second = packed.rows
    assert first.ids.tolist() == [1, *[0, 0, 1] * 4]
    assert first.target_answer.tolist() == [n for n in range(8) for _ in range(2 + n % 2)]
    assert (first.weights, other.weights, second.weights) == ((1, 2, 3, 4), (1,), (5, 6))
    assert packed.up == [(True, False, True, False), (True,), (True, False)]
    short = pack_mismatched(examples, partners, max_length=11).rows
    assert [len(row.weights) for row in short] == [2, 1, 2, 2]
    assert sorted(plan_steps([first, first], 4, epochs=1, steps=0, seed=0)) == [[0], [1]]


def test_votes_become_labels() -> None:
    """In a ranking a > b > c the middle one won what it lost; two votes to one leave one."""
    answers = [Answer((i, 0), text) for i, text in enumerate("abc")]
    ranking = Group("1", [], (1,), answers, [Pair(0, 1, 0.3), Pair(1, 2, 0.3), Pair(0, 2, 0.3)])
    split = Group("2", [], (2,), answers[:2], [Pair(0, 1, 1.0), Pair(0, 1, 1.0), Pair(1, 0, 1.0)])
    found = [
        [(item.answer.text, item.label, pytest.approx(item.weight)) for item in judged_answers(g)]
        for g in (ranking, split)
    ]
    assert found == [
        [("a", True, 0.6), ("c", False, 0.6)],
        [("a", True, 1.0), ("b", False, 1.0)],
    ]


@pytest.fixture
def run(make_tables: Callable[..., dict[str, Any]], tmp_path: Path) -> Callable[..., Any]:
    """Runs kto on what is at `path`, and returns its exit code and report."""

    def run(path: Path, *options: str, output: str = "out", **kto: Any) -> tuple[int, Any]:
        tables = make_tables(
            data={"path": str(path), "heldout": ""},
            kto={**STEPS, **kto},
            run={"output": str(tmp_path / output)},
            evaluate={"prompts": 0},
        )
        file = tmp_path / "run.toml"
        file.write_text(to_toml(parse_config(tables)))
        code = main(["kto", "--config", str(file), *options])
        return code, json.loads((tmp_path / output / "report.json").read_text())

    return run


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{**row, "label": True} for row in make_thumbs(8)], "8 answers that were liked and 0"),
        (make_thumbs(8)[:1] + [{**r, "label": False} for r in make_thumbs(12)], "at least 10% of"),
        ([{**row, "label": None} for row in make_thumbs(4)], "4 of 4 rows have no label"),
        ([{**row, "prompt": "hi"} for row in make_thumbs(4)], "has one prompt only"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(
    rows: list[dict[str, Any]], said: str, run: Callable[..., Any], tmp_path: Path
) -> None:
    code, report = run(write_jsonl(tmp_path / "thumbs.jsonl", rows))
    assert (code, report["status"]) == (2, "bad_input")
    assert said in report["error"]


def test_runs_alone_on_trl_files(run: Callable[..., Any], tmp_path: Path) -> None:
    rows = [
        {**row, "completion": [{"role": "assistant", "content": row["completion"]}]}
        for row in make_thumbs(9)
    ]
    code, report = run(write_jsonl(tmp_path / "thumbs.jsonl", rows), steps=2)
    assert (code, report["method"], report["steps"]) == (0, "kto", 2)
    assert (report["rows"]["thumbs_up"], report["rows"]["thumbs_down"]) == (5, 4)
    assert any("only 9 judged answers" in line for line in report["warnings"])


def test_stopped_and_resumed_equals_uninterrupted(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a snapshot of thumbs and votes, told to stop in its third step."""
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    for name, rows in (("thumbs", make_thumbs(5)), ("train", make_pairs(4, seed=5))):
        table = [{**row, "prompt": json.dumps(row["prompt"])} for row in rows]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), snapshot / f"{name}.parquet")
    code, whole = run(snapshot, output="whole")
    assert (code, whole["steps"]) == (0, 8)
    counts = {"thumbs_up": 3, "thumbs_down": 2, "votes_up": 4, "votes_down": 4}
    assert whole["rows"] | counts == whole["rows"]

    step = Loop.step

    def step_and_stop(loop: Loop) -> Any:
        if loop.next_step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return step(loop)

    with monkeypatch.context() as patched:
        patched.setattr(Loop, "step", step_and_stop)
        code, stopped = run(snapshot)
    assert (code, stopped["status"], stopped["steps"]) == (3, "cancelled", 3)
    code, resumed = run(snapshot, "--resume")
    assert (code, resumed["steps"], resumed["tokens"]) == (0, 8, whole["tokens"])
    adapters = [
        load_file(tmp_path / output / "adapter" / "adapter_model.safetensors")
        for output in ("whole", "out")
    ]
    for name, tensor in adapters[0].items():
        assert torch.equal(tensor, adapters[1][name]), name


def test_votes_can_be_left_out(run: Callable[..., Any], tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    table = [{**row, "prompt": json.dumps(row["prompt"])} for row in make_pairs(4, seed=5)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), snapshot / "train.parquet")
    code, report = run(snapshot, comparisons=False)
    assert code == 2
    assert "0 answers that were liked and 0 that were not" in report["error"]
    assert "kto.comparisons = true" in report["error"]
