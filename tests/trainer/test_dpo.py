"""DPO learns a planted preference, leaves the base alone, and goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core.errors import BadConfig, OutOfBudget, RunCancelled
from tests.trainer.conftest import make_pairs, write_jsonl
from trainer import dpo
from trainer.__main__ import main
from trainer.adapter_files import publish_adapter
from trainer.backbone import Backbone, load_backbone
from trainer.batches import epoch_batches, micro_batches, plan_steps
from trainer.checkpoint import Checkpoints
from trainer.completions import Completion
from trainer.config import Config, parse_config, to_toml
from trainer.data import Answer, Preferences
from trainer.dpo import DpoObjective
from trainer.errors import Diverged
from trainer.evaluate import Votes
from trainer.guard import Guard
from trainer.heldout import HeldOut, judge_heldout
from trainer.logprobs import check_start, row_logprobs
from trainer.loop import Loop
from trainer.lora import Role
from trainer.monitor import Monitor, read_metrics
from trainer.pipeline import load_data
from trainer.report import Report
from trainer.rows import Row, pack_groups


class Bench:
    """A trainer with its files, ready to step."""

    def __init__(self, config: Config, output: Path) -> None:
        self.config = config
        self.backbone: Backbone = load_backbone(config)
        self.data = load_data(config, self.backbone)
        self.rows: Sequence[Row] = pack_groups(self.data.train.groups, self.backbone.max_length)
        self.reference = row_logprobs(
            self.backbone, Role.REFERENCE, self.rows, 4096, lambda _: None
        )
        objective = DpoObjective(
            self.backbone, self.rows, self.reference, config.dpo, config.run.micro_tokens
        )
        self.trainer = Loop(objective, config.dpo, config.run.seed)
        output.mkdir(exist_ok=True)
        self.monitor = Monitor(output)
        self.monitor.resume(0)
        self.checkpoints = Checkpoints(output / "checkpoints", "these", Report())

    def train(self, guard: Guard | None = None) -> None:
        self.trainer.train(guard or Guard(), self.monitor, self.checkpoints, 1e9)


@pytest.fixture
def make_bench(make_tables: Callable[..., dict[str, Any]], tmp_path: Path) -> Callable[..., Bench]:
    def make(**sections: dict[str, Any]) -> Bench:
        return Bench(parse_config(make_tables(**sections)), tmp_path / "out")

    return make


def heldout_of(bench: Bench) -> HeldOut:
    train = bench.data.train
    return judge_heldout(bench.backbone, bench.config, train, bench.data.heldout, train.users)


def test_learns_a_planted_preference_and_not_the_base(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(dpo={"steps": 12, "nll_weight": 0.0})
    before = bench.backbone.base_hash()
    untrained = heldout_of(bench)
    assert untrained.n == 6
    assert untrained.decided == 0, "a fresh policy is its reference: no margin at all"
    bench.train()
    trained = heldout_of(bench)
    assert trained.accuracy == 1.0
    first, last = bench.monitor.metrics[0], bench.monitor.metrics[-1]
    assert first.figures["loss"] == pytest.approx(0.6931, abs=1e-3)
    assert first.figures["kl"] == pytest.approx(0, abs=1e-6)
    assert last.figures["loss"] < first.figures["loss"]
    assert last.figures["margin"] > 0
    assert bench.backbone.base_hash() == before


def test_reference_adapter_is_the_reference(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    """A champion's adapter, saved and loaded as reference: the fresh policy does not start at it,
    and it stays as it was.
    """
    bench = make_bench()
    bench.train()
    champion = tmp_path / "champion"
    publish_adapter(
        champion, bench.backbone.adapter_file(Role.POLICY, bench.config.lora), "tiny", {}
    )
    with torch.no_grad():
        learned = row_logprobs(bench.backbone, Role.POLICY, bench.rows, 4096, lambda _: None)

    second = make_bench(reference={"adapter": str(champion)}, lora={"r": 2, "alpha": 4})
    for ours, theirs in zip(second.reference, learned, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    second.train()
    again = row_logprobs(second.backbone, Role.REFERENCE, second.rows, 4096, lambda _: None)
    for ours, theirs in zip(again, learned, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    assert second.monitor.metrics[0].figures["kl"] > 0.01


def test_a_policy_may_start_as_the_champion(
    make_bench: Callable[..., Bench], make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """At the first step it is the reference: no margin, no distance."""
    bench = make_bench()
    bench.train()
    file = bench.backbone.adapter_file(Role.POLICY, bench.config.lora)
    publish_adapter(tmp_path / "champion", file, "tiny", {})
    tables = make_tables(
        run={"method": "dpo"},
        reference={"adapter": str(tmp_path / "champion")},
        dpo={"start": "champion", "nll_weight": 0.0, "steps": 2},
    )
    path = tmp_path / "run.toml"
    path.write_text(to_toml(parse_config(tables)))
    assert main(["dpo", "--config", str(path)]) == 0
    first, second = read_metrics(tmp_path / "out" / "metrics.jsonl")
    assert first.figures["loss"] == pytest.approx(0.6931, abs=1e-4)
    assert first.figures["kl"] == pytest.approx(0, abs=1e-6)
    assert second.figures["margin"] > 0


def test_resumed_equals_uninterrupted(make_bench: Callable[..., Bench], tmp_path: Path) -> None:
    whole = make_bench()
    whole.train()

    cut = make_bench()
    step = cut.trainer.step

    def step_and_cancel() -> Any:
        if cut.trainer.next_step == 2:
            guard.cancelled = "SIGTERM"
        return step()

    guard = Guard()
    cut.trainer.step = step_and_cancel  # type: ignore[method-assign]
    with pytest.raises(RunCancelled, match="SIGTERM"):
        cut.train(guard)
    assert cut.trainer.next_step == 3

    resumed = make_bench()
    saved = resumed.checkpoints.load()
    assert saved is not None
    assert saved.step == 3
    resumed.trainer.restore(saved)
    resumed.train()
    for ours, theirs in zip(resumed.trainer.parameters, whole.trainer.parameters, strict=True):
        assert torch.equal(ours, theirs)
    assert resumed.trainer.tokens == whole.trainer.tokens


def test_micro_batches_change_nothing(make_bench: Callable[..., Bench]) -> None:
    whole, parts = make_bench(), make_bench(run={"micro_tokens": 64})
    assert len(micro_batches(range(4), parts.rows, 64)) == 4
    ours, theirs = whole.trainer.step(), parts.trainer.step()
    assert ours.figures["loss"] == pytest.approx(theirs.figures["loss"], abs=1e-5)
    assert ours.grad_norm == pytest.approx(theirs.grad_norm, rel=1e-4)


def test_weights_count_as_repetition_does(make_bench: Callable[..., Bench], tmp_path: Path) -> None:
    pairs = make_pairs(2, seed=4)
    one = {"dpo": {"batch_size": 9, "steps": 1}}
    write_jsonl(tmp_path / "weighted.jsonl", [{**pairs[0], "weight": 3.0}, pairs[1]])
    write_jsonl(tmp_path / "repeated.jsonl", [pairs[0]] * 3 + [pairs[1]])
    weighted = make_bench(data={"path": str(tmp_path / "weighted.jsonl")}, **one).trainer.step()
    repeated = make_bench(data={"path": str(tmp_path / "repeated.jsonl")}, **one).trainer.step()
    assert weighted.grad_norm == pytest.approx(repeated.grad_norm, rel=1e-4)
    assert weighted.figures["chosen_logp"] == pytest.approx(
        repeated.figures["chosen_logp"], rel=1e-5
    )


def test_divergence_is_said(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    with torch.no_grad():
        bench.trainer.parameters[1].fill_(float("nan"))
    with pytest.raises(Diverged, match=r"step 1.*lower the method's learning_rate"):
        bench.trainer.step()


def test_a_policy_that_is_not_fresh_is_noticed(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    check_start(bench.backbone, bench.rows)
    with torch.no_grad():
        bench.trainer.parameters[1].fill_(0.1)
    with pytest.raises(Diverged, match="differs from its base"):
        check_start(bench.backbone, bench.rows)


def test_out_of_time_leaves_a_checkpoint(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    with pytest.raises(OutOfBudget, match="max_seconds"):
        bench.train(Guard(max_seconds=0))
    saved = bench.checkpoints.load()
    assert saved is not None
    with pytest.raises(OutOfBudget, match="max_memory_gib"):
        bench.train(Guard(max_memory_bytes=2**20))


def test_a_checkpoint_of_another_run_is_refused(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    make_bench().train()
    with pytest.raises(BadConfig, match="another configuration"):
        Checkpoints(tmp_path / "out" / "checkpoints", "others", Report()).load()


def test_learning_rate_warms_up_and_falls(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(dpo={"warmup_steps": 2, "learning_rate": 1e-2})
    bench.train()
    rates = [metrics.lr for metrics in bench.monitor.metrics]
    assert rates[:2] == [pytest.approx(5e-3), pytest.approx(1e-2)]
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert 1e-3 <= rates[-1] < 1e-2


def test_every_epoch_sees_every_row_once(make_bench: Callable[..., Bench]) -> None:
    rows = make_bench().rows
    for epoch in range(3):
        batches = epoch_batches(rows, 5, seed=1, epoch=epoch)
        assert sorted(index for batch in batches for index in batch) == list(range(len(rows)))
        assert max(len(batch) for batch in batches) == 5
    assert epoch_batches(rows, 5, 1, 0) != epoch_batches(rows, 5, 1, 1)
    assert len(plan_steps(rows, 4, epochs=2.5, steps=0, seed=0)) == 8
    assert len(plan_steps(rows, 4, epochs=2.5, steps=5, seed=0)) == 5


def test_metrics_keep_their_keys_and_a_torn_line_is_left_out(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = make_bench(dpo={"steps": 2})
    bench.train()
    path = tmp_path / "out" / "metrics.jsonl"
    keys = "step steps loss accuracy margin chosen_logp rejected_logp kl lr grad_norm tokens_per_s"
    for line in path.read_text().splitlines():
        assert set(json.loads(line)) == {*keys.split(), "eta_s", "phase"}
    with path.open("a") as file:
        file.write('{"step": 3, "st')
    assert [metrics.step for metrics in read_metrics(path)] == [1, 2]


def test_adapter_is_what_peft_and_vllm_take(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    """PEFT loads it and computes the same log-probabilities."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from trainer.adapter_files import publish_adapter, read_adapter

    bench = make_bench()
    bench.train()
    directory = tmp_path / "adapter"
    file = bench.backbone.adapter_file(Role.POLICY, bench.config.lora)
    publish_adapter(directory, file, bench.config.run.served_model_name, {"probe": {"probes": []}})
    config = json.loads((directory / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny"
    assert (config["bias"], config["modules_to_save"], config["use_dora"]) == ("none", None, False)
    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (4, 8, "LORA")
    names = set(load_file(directory / "adapter_model.safetensors"))
    assert "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight" in names
    assert len(names) == 2 * 7 * 2
    assert all((path.stat().st_mode & 0o044) == 0o044 for path in directory.iterdir())
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".adapter")] == []

    base = AutoModelForCausalLM.from_pretrained(bench.config.run.base_model)
    theirs = PeftModel.from_pretrained(base, directory)
    row = bench.rows[0]
    ids = torch.tensor([[*row.ids[: row.predict_at[0] + 1], *row.targets[row.target_answer == 0]]])
    with torch.no_grad():
        logps = torch.log_softmax(theirs(input_ids=ids).logits[0, :-1], -1)
        logps = logps.gather(-1, ids[0, 1:, None])[row.predict_at[0] :, 0]
    ours = row_logprobs(bench.backbone, Role.POLICY, [row], 4096, lambda _: None)[0]
    torch.testing.assert_close(ours[: len(logps)], logps, atol=1e-5, rtol=0)
    assert read_adapter(directory).layers.keys() == file.layers.keys()


def test_an_adapter_that_does_not_fit_is_refused(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    from trainer.adapter_files import AdapterFile, publish_adapter

    foreign = {"model.layers.0.self_attn.q_proj": (torch.zeros(2, 99), torch.zeros(32, 2))}
    publish_adapter(tmp_path / "foreign", AdapterFile(4, 2, foreign), "tiny", {})
    with pytest.raises(BadConfig, match="does not fit the base model"):
        make_bench(reference={"adapter": str(tmp_path / "foreign")})
    with pytest.raises(BadConfig, match="expected a PEFT adapter"):
        make_bench(reference={"adapter": str(tmp_path / "nowhere")})
    with pytest.raises(BadConfig, match="no linear z_proj"):
        make_bench(lora={"targets": ["z_proj"]})


@pytest.mark.parametrize("file", ["thumbs", "demonstrations"])
def test_who_taught_by_anything_is_no_stranger(file: str) -> None:
    said = Completion([], (1,), Answer((2,), "a"), None, 1.0, "ann")
    votes = Votes(Preferences(users={"bob"}), Preferences(users={"eve"}), **{file: [said]})
    assert votes.people == {"ann", "bob"}


def test_score_pairs_by_hand(make_bench: Callable[..., Bench]) -> None:
    """The likelihood term is the chosen answer's mean over its tokens."""
    from dataclasses import replace

    bench = make_bench()
    batch = bench.backbone.collate([bench.rows[0]])
    logps = torch.linspace(-3, -1, len(batch.targets_N))
    config = replace(bench.config.dpo, nll_weight=0.5)
    scores = dpo.score_pairs(logps, logps, batch, config)
    chosen = logps[batch.answer_N == 0]
    assert scores.loss_M.item() == pytest.approx(0.693147 - 0.5 * chosen.mean().item(), abs=1e-5)
    assert scores.margin_M.item() == 0
    assert scores.kl.item() == 0


def test_strangers_and_known_people_are_told_apart(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(dpo={"steps": 12, "nll_weight": 0.0})
    bench.train()
    users = ("user0", "user1", "stranger", "stranger", "user2", "")
    groups = [
        replace(group, pairs=[replace(pair, user=user) for pair in group.pairs])
        for group, user in zip(bench.data.heldout.groups, users, strict=True)
    ]
    liked_long = groups[2]
    liked_long.pairs[:] = [
        replace(pair, chosen=pair.rejected, rejected=pair.chosen) for pair in liked_long.pairs
    ]
    votes = Votes(bench.data.train, Preferences(groups))
    found = judge_heldout(bench.backbone, bench.config, votes.train, votes.heldout, votes.people)
    assert (found.n, found.accuracy) == (6, pytest.approx(5 / 6))
    assert (found.by_person.n, found.by_person.accuracy) == (2, 0.5)
    assert found.by_person.length_baseline == 0.5
    assert (found.by_time.n, found.by_time.accuracy, found.by_time.length_baseline) == (3, 1.0, 1.0)
