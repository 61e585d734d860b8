"""PPO: its arithmetic against plain loops, a planted reward, the budget, and going on."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import torch

from core.errors import BadConfig, RunCancelled
from tests.trainer.conftest import make_pairs, write_jsonl
from trainer import ppo
from trainer.__main__ import main
from trainer.adapter_files import publish_adapter, read_adapter
from trainer.backbone import load_backbone
from trainer.checkpoint import Checkpoints
from trainer.config import parse_config, to_toml
from trainer.data import Prompt
from trainer.errors import Diverged
from trainer.guard import Guard
from trainer.job import Job
from trainer.learner import Experience, Learner
from trainer.logprobs import row_logprobs
from trainer.loop import learning_rate
from trainer.lora import Role
from trainer.monitor import Monitor, read_metrics
from trainer.pipeline import load_data
from trainer.ppo import Ppo, pick_prompts, rollout_prompts
from trainer.report import Report
from trainer.rollout_log import RolloutLog
from trainer.rollouts import LocalSampler, Rollout, Sampled, pack_rollouts
from trainer.rows import pack_answers
from trainer.surrogate import policy_loss, value_loss
from trainer.warm_start import copy_reference

MakeJob = Callable[..., Job]
STOPS = frozenset(range(60))
"""So many tokens end an answer that an untrained model's answers end."""


def shortness(rollouts: Sequence[Rollout]) -> torch.Tensor:
    """The planted reward: 1 for an answer of one token, half less for each more."""
    lengths = [len(sample.ids) for rollout in rollouts for sample in rollout.samples]
    return torch.tensor([1.5 - length / 2 for length in lengths])


@pytest.fixture
def make_job(make_tables: Callable[..., dict[str, Any]], tmp_path: Path) -> MakeJob:
    def make(resume: bool = False, **sections: dict[str, Any]) -> Job:
        small = {
            "prompts": 8,
            "samples": 4,
            "max_new_tokens": 6,
            "batch_size": 16,
            "learning_rate": 2e-2,
            "steps": 3,
            "warmup_steps": 0,
            "max_kl": 1e3,
        }
        run = {"method": "ppo", **sections.pop("run", {})}
        tables = make_tables(run=run, ppo={**small, **sections.pop("ppo", {})}, **sections)
        config = parse_config(tables)
        backbone = load_backbone(config)
        backbone.renderer.stop_ids = STOPS
        output = tmp_path / "out"
        output.mkdir(exist_ok=True)
        report = Report()
        checkpoints = Checkpoints(output / "checkpoints", "these", report)
        saved = checkpoints.load() if resume else None
        monitor = Monitor(output)
        monitor.resume(saved.step if saved else 0)
        data = load_data(config, backbone)
        return Job(config, backbone, data, Guard(), monitor, report, checkpoints, saved, resume)

    return make


def start_ppo(job: Job, scorer: ppo.Scorer = shortness) -> Ppo:
    if job.config.ppo.start == "champion":
        copy_reference(job.backbone, job.config.lora, job.config.run.seed)
    return Ppo(job, rollout_prompts(job), LocalSampler(job.backbone, job.config), scorer)


def sample(job: Job, count: int = 8) -> list[Rollout]:
    sampler = LocalSampler(job.backbone, job.config)
    return sampler.sample(rollout_prompts(job)[:count], 0, lambda _: None)


def weigh(job: Job, learner: Learner, rollouts: Sequence[Rollout]) -> Experience:
    return learner.weigh(rollouts, learner.view(rollouts, lambda: None), shortness(rollouts))


def publish_champion(job: Job, directory: Path) -> Path:
    """An adapter that says something else than the base."""
    with torch.no_grad():
        for factors in job.backbone.factors(Role.POLICY).values():
            factors.b.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    publish_adapter(directory, job.backbone.adapter_file(Role.POLICY, job.config.lora), "tiny", {})
    return directory


# -- arithmetic --


def test_clipped_losses_against_a_loop() -> None:
    draw = np.random.default_rng(0)
    new, old, gain = draw.normal(size=(3, 200))
    values, before, returns = draw.normal(size=(3, 200))
    loss, clipped, value = [], [], []
    for n in range(200):
        rho = math.exp(new[n] - old[n])
        held = min(max(rho, 0.8), 1.2)
        loss.append(-min(gain[n] * rho, gain[n] * held))
        clipped.append(gain[n] * held < gain[n] * rho)
        near = before[n] + min(max(values[n] - before[n], -0.2), 0.2)
        value.append(0.5 * max((values[n] - returns[n]) ** 2, (near - returns[n]) ** 2))
    found = policy_loss(torch.tensor(new), torch.tensor(old), torch.tensor(gain), 0.2)
    np.testing.assert_allclose(found.loss_N.numpy(), loss, atol=1e-12)
    assert found.clipped_N.bool().tolist() == clipped
    assert 0 < sum(clipped) < 200
    theirs = value_loss(*(torch.tensor(x) for x in (values, before, returns)), 0.2)
    np.testing.assert_allclose(theirs.numpy(), value, atol=1e-12)


def test_a_clipped_token_pulls_no_more() -> None:
    """Better than expected and already likelier: no gradient; worse and likelier: all of it."""
    new = torch.tensor([0.5, 0.5, -0.5, -0.5], requires_grad=True)
    gain = torch.tensor([1.0, -1.0, 1.0, -1.0])
    policy_loss(new, torch.zeros(4), gain, 0.2).loss_N.sum().backward()
    assert new.grad is not None
    expected = [0.0, math.exp(0.5), -math.exp(-0.5), 0.0]
    assert new.grad.tolist() == pytest.approx(expected)


def test_the_rate_warms_up_and_falls_to_a_tenth() -> None:
    assert [learning_rate(step, 12, 2) for step in (0, 1, 2)] == [0.5, 1.0, 1.0]
    assert learning_rate(7, 12, 2) == pytest.approx(0.55)
    assert learning_rate(12, 12, 2) == pytest.approx(0.1)


def test_log_probabilities_and_values_are_of_the_state_before_the_token(make_job: MakeJob) -> None:
    """At temperature .5, against the plain model on each answer alone."""
    from transformers import AutoModelForCausalLM

    job = make_job(ppo={"temperature": 0.5})
    rollouts = sample(job, 3)
    learner = Learner(job.backbone, job.config, job.data)
    with torch.no_grad():
        learner.head_H.normal_()
        learner.head_bias.fill_(0.3)
    view = learner.view(rollouts, lambda: None)
    plain = AutoModelForCausalLM.from_pretrained(job.config.run.base_model)
    logps, values = [], []
    for rollout in rollouts:
        for answer in rollout.samples:
            ids = torch.tensor([[*rollout.prompt.ids, *answer.ids]])
            first = len(rollout.prompt.ids)
            with torch.no_grad():
                out = plain(input_ids=ids, output_hidden_states=True)
            scaled = torch.log_softmax(out.logits[0, first - 1 : -1] / 0.5, -1)
            logps.append(scaled.gather(-1, ids[0, first:, None])[:, 0])
            before = out.hidden_states[-1][0, first - 1 : -1]
            values.append(before @ learner.head_H.detach() + 0.3)
    torch.testing.assert_close(view.logps_N, torch.cat(logps), atol=1e-4, rtol=0)
    torch.testing.assert_close(view.reference_N, torch.cat(logps), atol=1e-4, rtol=0)
    torch.testing.assert_close(view.values_N, torch.cat(values), atol=1e-4, rtol=0)


def test_the_first_gradient_is_at_ratio_one(make_job: MakeJob) -> None:
    job = make_job()
    learner = Learner(job.backbone, job.config, job.data)
    experience = weigh(job, learner, sample(job))
    indices = [0, 1, 2]
    figures = learner.accumulate(experience, indices, np.random.default_rng(0))
    advantages = torch.cat([experience.advantages[i] for i in indices])
    assert figures["policy_loss"] == pytest.approx(-advantages.mean().item(), abs=1e-5)
    assert figures["moved"] == pytest.approx(0, abs=1e-6)
    assert figures["clip_fraction"] == 0
    every = torch.cat(list(experience.advantages))
    assert every.mean().item() == pytest.approx(0, abs=1e-5)
    assert every.std(correction=0).item() == pytest.approx(1, abs=1e-4)
    returns = torch.cat(list(experience.returns))
    assert figures["value_loss"] == pytest.approx(
        0.5 * torch.cat([experience.returns[i] for i in indices]).square().mean().item(), rel=1e-4
    ), "an untrained value head says 0"
    assert returns.abs().max() > 0.1


def test_values_never_pull_the_policy(make_job: MakeJob) -> None:
    job = make_job()
    learner = Learner(job.backbone, job.config, job.data)
    with torch.no_grad():
        learner.head_H.normal_()
    found = weigh(job, learner, sample(job))
    nothing = replace(found, advantages=[torch.zeros_like(a) for a in found.advantages])
    learner.accumulate(nothing, [0, 1], np.random.default_rng(0))
    assert all(p.grad is None or not p.grad.any() for p in learner.policy)
    assert learner.head_H.grad is not None
    assert learner.head_H.grad.abs().max() > 1e-3


def test_micro_batches_change_nothing(make_job: MakeJob) -> None:
    gradients = []
    for micro_tokens in (4096, 64):
        job = make_job(run={"micro_tokens": micro_tokens})
        learner = Learner(job.backbone, job.config, job.data)
        experience = weigh(job, learner, sample(job))
        learner.accumulate(experience, [0, 1, 2, 3], np.random.default_rng(0))
        gradients.append([p.grad.clone() for p in learner.parameters if p.grad is not None])
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-4)


def test_replay_adds_the_likelihood_of_chosen_answers(make_job: MakeJob) -> None:
    job = make_job(ppo={"sft_weight": 0.5, "batch_size": 64})
    learner = Learner(job.backbone, job.config, job.data)
    found = weigh(job, learner, sample(job))
    nothing = replace(found, advantages=[torch.zeros_like(a) for a in found.advantages])
    figures = learner.accumulate(nothing, [*range(8)], np.random.default_rng(0))
    chosen = [
        pack_answers(i, group.prompt_ids, [group.answers[group.pairs[0].chosen].ids])
        for i, group in enumerate(job.data.train.groups)
    ]
    logps = row_logprobs(job.backbone, Role.POLICY, chosen, 4096, lambda _: None)
    assert figures["sft_loss"] == pytest.approx(-torch.cat(logps).mean().item(), abs=1e-4)
    assert figures["loss"] == pytest.approx(figures["value_loss"] + 0.5 * figures["sft_loss"])
    assert any(p.grad is not None and p.grad.any() for p in learner.policy)


def test_replay_of_a_file_of_its_own(make_job: MakeJob, tmp_path: Path) -> None:
    """Its answers are replayed, its prompts are not asked."""
    rows = [{"prompt": "what is red", "completion": "a red parcel"}]
    path = write_jsonl(tmp_path / "replay.jsonl", rows)
    job = make_job(ppo={"sft_weight": 0.5, "replay": str(path)})
    learner = Learner(job.backbone, job.config, job.data)
    found = weigh(job, learner, sample(job))
    figures = learner.accumulate(found, [*range(8)], np.random.default_rng(0))
    (item,) = job.data.replay.items
    shown = [pack_answers(0, item.prompt_ids, [item.answer.ids])]
    (logps,) = row_logprobs(job.backbone, Role.POLICY, shown, 4096, lambda _: None)
    assert figures["sft_loss"] == pytest.approx(-logps.mean().item(), abs=1e-4)
    assert item.prompt_ids not in {prompt.ids for prompt in rollout_prompts(job)}
    assert make_job().data.digest("ppo") != job.data.digest("ppo")


def test_rollouts_are_kept_once_each_whatever_was_interrupted(
    make_job: MakeJob, tmp_path: Path
) -> None:
    kept = {"steps": 2, "keep_rollouts": True}
    start_ppo(make_job(ppo=kept)).run()
    path = tmp_path / "out" / "rollouts.jsonl"
    first = path.read_text()
    rows = [json.loads(line) for line in first.splitlines()]
    assert [row["update"] for row in rows] == [0] * 32 + [1] * 32
    assert all(row["score"] == 1.5 - row["tokens"] / 2 for row in rows)
    limited = [(row["update"], row["score"] if row["ended"] else -1.0) for row in rows]
    means = [np.mean([score for update, score in limited if update == u]) for u in (0, 1)]
    metrics = read_metrics(tmp_path / "out" / "metrics.jsonl")
    assert means == pytest.approx([m.figures["score"] for m in metrics])
    path.write_text(first + '{"update": 2, "pro')
    job = make_job(resume=True, ppo=kept)
    RolloutLog(tmp_path / "out", job.backbone.renderer).resume(1)
    assert path.read_text() == "".join(first.splitlines(keepends=True)[:32])
    path.unlink()
    start_ppo(make_job(ppo={"steps": 1})).run()
    assert not path.exists()


def test_replay_needs_answers(make_job: MakeJob, tmp_path: Path) -> None:
    rows = [{"prompt": "where is it", "completion": "here", "label": True}]
    write_jsonl(tmp_path / "none.jsonl", rows)
    job = make_job(ppo={"sft_weight": 0.5})
    empty = replace(job.data, train=type(job.data.train)())
    with pytest.raises(BadConfig, match="set it to 0"):
        Learner(job.backbone, job.config, empty)


def test_a_samplers_own_log_probabilities_weigh_its_tokens(make_job: MakeJob) -> None:
    """Four nats too low, equal, and two nats too high: weights 3, 1 and .5."""
    job = make_job()
    learner = Learner(job.backbone, job.config, job.data)
    first = sample(job, 1)[0]
    first = replace(first, samples=tuple(s for s in first.samples if len(s.ids) >= 3)[:1])
    logps_N = learner.view([first], lambda: None).logps_N
    off = torch.zeros_like(logps_N)
    off[0], off[1] = -4, 2
    told = replace(first.samples[0], logps=tuple((logps_N + off).tolist()))
    rollouts = [replace(first, samples=(told,))]
    experience = weigh(job, learner, rollouts)
    assert experience.weights[0].tolist() == pytest.approx([3, 0.5, *[1.0] * (len(off) - 2)])
    assert experience.figures["sampler_gap"] == pytest.approx(6 / len(off), abs=1e-4)
    plain = make_job(ppo={"tis": False})
    other = weigh(plain, Learner(plain.backbone, plain.config, plain.data), rollouts)
    assert other.weights[0].tolist() == [1.0] * len(off)
    assert "sampler_gap" in other.figures


# -- samples and rows --


def test_samples_repeat_by_seed_and_differ_by_update(make_job: MakeJob) -> None:
    job = make_job()
    prompts = rollout_prompts(job)[:4]
    sampler = LocalSampler(job.backbone, job.config)
    once, again = (sampler.sample(prompts, 3, lambda _: None) for _ in range(2))
    assert once == again
    assert sampler.sample(prompts, 4, lambda _: None) != once
    assert [rollout.prompt for rollout in once] == prompts
    assert all(len(rollout.samples) == 4 for rollout in once)
    assert all(s.ended == (s.ids[-1] in STOPS) for r in once for s in r.samples)
    assert len({s.ids for s in once[0].samples}) > 1, "samples of one prompt have their own luck"


def test_a_prompt_and_its_samples_are_one_row_while_they_fit() -> None:
    answers = tuple(Sampled((7, 8, 9), True) for _ in range(4))
    rollout = Rollout(Prompt([], (1, 2)), answers)
    assert [len(row.answers) for row in pack_rollouts([rollout], 100)] == [4]
    assert [len(row.answers) for row in pack_rollouts([rollout], 8)] == [2, 2]
    assert [len(row.answers) for row in pack_rollouts([rollout], 1)] == [1, 1, 1, 1]
    (kept,) = pack_rollouts([rollout], 100, keep_ends=True)
    assert kept.ids[kept.ends].tolist() == [9, 9, 9, 9]


def test_held_out_prompts_are_not_learned_from(make_job: MakeJob) -> None:
    job = make_job()
    held = {group.prompt_ids for group in job.data.heldout.groups}
    found = {prompt.ids for prompt in rollout_prompts(job)}
    assert held & {prompt.ids for prompt in job.data.prompts}
    assert not held & found
    assert {group.prompt_ids for group in job.data.train.groups} <= found
    with pytest.raises(BadConfig, match=r"lower ppo\.max_new_tokens"):
        rollout_prompts(make_job(ppo={"max_new_tokens": 255}))


def test_every_pass_asks_every_prompt_once() -> None:
    prompts = [Prompt([], (i,)) for i in range(6)]
    asked = [p.ids[0] for update in range(3) for p in pick_prompts(prompts, 4, 1, update)]
    assert sorted(asked[:6]) == sorted(asked[6:]) == [0, 1, 2, 3, 4, 5]
    assert asked[:6] != asked[6:]
    assert len(pick_prompts(prompts, 99, 1, 0)) == 6


# -- whole runs --


def test_a_planted_reward_is_learned(make_job: MakeJob) -> None:
    job = make_job(ppo={"steps": 12, "samples": 16, "warmup_steps": 3, "beta": 0.01})
    before = job.backbone.base_hash()
    start_ppo(job).run()
    first, last = job.monitor.metrics[0].figures, job.monitor.metrics[-1].figures
    assert len(job.monitor.metrics) == job.report.steps == 12
    assert first["kl"] == pytest.approx(0, abs=1e-4), "the policy starts at its reference"
    assert last["length"] < first["length"] - 0.8
    assert last["score"] > first["score"] + 0.4
    assert last["eos_rate"] > first["eos_rate"]
    assert last["kl"] > 0.1
    assert job.report.tokens > 0
    assert job.backbone.base_hash() == before


def test_the_start_is_the_champion_in_the_runs_own_rank(make_job: MakeJob, tmp_path: Path) -> None:
    champion = publish_champion(make_job(lora={"r": 2, "alpha": 6}), tmp_path / "champion")
    lora = {"r": 4, "alpha": 8}
    job = make_job(reference={"adapter": str(champion)}, lora=lora)
    run = start_ppo(job)
    rollouts = sample(job)
    view = run.learner.view(rollouts, lambda: None)
    torch.testing.assert_close(view.logps_N, view.reference_N, atol=1e-4, rtol=0)
    base = row_logprobs(job.backbone, Role.BASE, view.rows, 4096, lambda _: None)
    assert (view.logps_N - torch.cat(base)).abs().mean() > 0.1
    run.run()
    published = job.backbone.adapter_file(Role.POLICY, job.config.lora)
    assert all(a.shape[0] == 4 for a, _ in published.layers.values())
    again = read_adapter(champion).layers
    for name, factors in job.backbone.factors(Role.REFERENCE).items():
        assert torch.equal(factors.a, again[name][0])


def test_a_champion_of_a_higher_rank_is_refused(make_job: MakeJob, tmp_path: Path) -> None:
    champion = publish_champion(make_job(), tmp_path / "champion")
    job = make_job(reference={"adapter": str(champion)}, lora={"r": 2})
    with pytest.raises(BadConfig, match=r"raise lora\.r"):
        start_ppo(job)


def test_from_the_base_the_distance_to_the_champion_is_seen(
    make_job: MakeJob, tmp_path: Path
) -> None:
    champion = publish_champion(make_job(), tmp_path / "champion")
    bare = {"start": "base", "steps": 1}
    job = make_job(reference={"adapter": str(champion)}, ppo=bare)
    start_ppo(job).run()
    assert job.monitor.metrics[0].figures["kl"] > 1
    job = make_job(reference={"adapter": str(champion)}, ppo={**bare, "max_kl": 0.5})
    with pytest.raises(BadConfig, match=r"use ppo\.start = 'champion'"):
        start_ppo(job).run()


def test_a_policy_that_is_not_its_reference_is_noticed(make_job: MakeJob) -> None:
    job = make_job()
    run = start_ppo(job)
    with torch.no_grad():
        run.learner.policy[1].normal_()
    with pytest.raises(Diverged, match="differs from its reference"):
        run.run()


def test_the_budget_ends_the_run_with_the_policy_before(make_job: MakeJob) -> None:
    job = make_job(ppo={"steps": 30, "max_kl": 0.3, "beta": 0.0})
    run = start_ppo(job)
    seen: list[list[torch.Tensor]] = []
    learn = run.learner.learn

    def learn_and_keep(*arguments: Any) -> Any:
        seen.append([p.detach().clone() for p in run.learner.parameters])
        return learn(*arguments)

    run.learner.learn = learn_and_keep  # type: ignore[method-assign]
    run.run()
    assert 1 <= run.step < 30
    (warning,) = job.report.warnings
    assert warning.startswith(f"update {run.step} left the budget")
    assert all(m.figures["kl"] <= 0.3 for m in job.monitor.metrics)
    for ours, theirs in zip(run.learner.parameters, seen[-1], strict=True):
        assert torch.equal(ours, theirs)
    resumed = start_ppo(make_job(resume=True, ppo={"steps": 30, "max_kl": 0.3, "beta": 0.0}))
    resumed.run()
    assert resumed.step == run.step
    for ours, theirs in zip(resumed.learner.parameters, seen[-1], strict=True):
        assert torch.equal(ours, theirs)


def test_a_distance_that_is_no_number_is_not_a_run_that_is_done(make_job: MakeJob) -> None:
    job = make_job()
    run = start_ppo(job)
    learn = run.learner.learn

    def learn_and_break(*arguments: Any) -> Any:
        figures = learn(*arguments)
        run.learner.policy[1].data.fill_(float("nan"))
        return figures

    run.learner.learn = learn_and_break  # type: ignore[method-assign]
    with pytest.raises(Diverged, match=r"after update 1 .* nan nats .* lower ppo\.learning_rate"):
        run.run()


def test_an_update_that_goes_far_ends_early(make_job: MakeJob) -> None:
    job = make_job(ppo={"steps": 1, "batch_size": 4, "passes": 4, "update_kl": 1e-3})
    start_ppo(job).run()
    assert 1 <= job.monitor.metrics[0].figures["gradient_steps"] < 32
    whole = make_job(ppo={"steps": 1, "batch_size": 4, "passes": 4, "update_kl": 1e3})
    start_ppo(whole).run()
    assert whole.monitor.metrics[0].figures["gradient_steps"] == 32


def test_resumed_equals_uninterrupted(make_job: MakeJob, tmp_path: Path) -> None:
    whole = start_ppo(make_job(ppo={"steps": 4}))
    whole.run()

    cut = make_job(ppo={"steps": 4})
    interrupted = start_ppo(cut)

    def score_and_cancel(rollouts: Sequence[Rollout]) -> torch.Tensor:
        if interrupted.step == 2:
            cut.guard.cancelled = "SIGTERM"
        return shortness(rollouts)

    interrupted.scorer = score_and_cancel
    with pytest.raises(RunCancelled, match="SIGTERM"):
        interrupted.run()
    assert interrupted.step == cut.report.steps == 2

    job = make_job(resume=True, ppo={"steps": 4})
    assert job.saved is not None
    resumed = start_ppo(job)
    assert resumed.step == 2
    resumed.run()
    for ours, theirs in zip(resumed.learner.parameters, whole.learner.parameters, strict=True):
        assert torch.equal(ours, theirs)
    assert resumed.tokens == whole.tokens
    steps = [metrics.step for metrics in read_metrics(tmp_path / "out" / "metrics.jsonl")]
    assert steps == [1, 2, 3, 4]


def test_scores_that_are_no_numbers_end_the_run(make_job: MakeJob) -> None:
    job = make_job()
    with pytest.raises(Diverged, match="not a finite number"):
        start_ppo(job, lambda rollouts: shortness(rollouts) * float("nan")).run()


def test_divergence_is_said(make_job: MakeJob) -> None:
    job = make_job(ppo={"start": "base"})
    run = start_ppo(job)
    run.learner.head_H.data.fill_(float("inf"))
    with pytest.raises(Diverged, match=r"lower ppo\.learning_rate"):
        run.run()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"prompts": 3, "samples": 2}, "at least 8 answers"),
        ({"rollout_url": "localhost:8000"}, "expected http"),
        ({"lam": 1.5}, "ppo.lam"),
        ({"start": "nowhere"}, "ppo.start"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(
    values: dict[str, Any], said: str, make_tables: Callable[..., dict[str, Any]]
) -> None:
    with pytest.raises(BadConfig, match=said):
        parse_config(make_tables(ppo=values))


def test_a_reward_on_other_layers_than_the_policy_is_taken(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    def run(method: str, **sections: dict[str, Any]) -> Path:
        output = tmp_path / method
        tables = make_tables(run={"output": str(output)}, evaluate={"prompts": 0}, **sections)
        path = tmp_path / f"{method}.toml"
        path.write_text(to_toml(parse_config(tables, method)))
        assert main([method, "--config", str(path)]) == 0
        return output

    scored = run("reward", reward={"steps": 1, "ensemble": 1})
    small = {"prompts": 8, "samples": 1, "max_new_tokens": 4, "steps": 1}
    ppo = {**small, "reward": str(scored / "reward")}
    learned = read_adapter(run("ppo", ppo=ppo, lora={"targets": ["q_proj"]}) / "adapter").layers
    assert {name.rpartition(".")[2] for name in learned} == {"q_proj"}


def test_thumbs_alone_bring_prompts(make_job: MakeJob, tmp_path: Path) -> None:
    rows = [
        {"prompt": json.dumps(pair["prompt"]), "completion": pair["chosen"], "label": True}
        for pair in make_pairs(3, 9)
    ]
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), snapshot / "thumbs.parquet")
    job = make_job(data={"path": str(snapshot), "heldout": ""})
    assert len(rollout_prompts(job)) == 3


def test_a_reward_that_was_being_learned_goes_on(make_job: MakeJob, tmp_path: Path) -> None:
    table = {"steps": 3, "batch_size": 2}
    none = {"prompts": 0}
    whole = ppo.open_reward(make_job(reward=table, evaluate=none))
    cut = make_job(reward=table, evaluate=none)
    learn = cut.monitor.progress

    def cancel(*said: Any, **more: Any) -> None:
        learn(*said, **more)
        cut.guard.cancelled = "SIGTERM"

    cut.monitor.progress = cancel  # type: ignore[method-assign]
    with pytest.raises(RunCancelled):
        ppo.open_reward(cut)
    assert cut.report.steps == 1
    (first,) = read_metrics(tmp_path / "out" / "reward-run" / "metrics.jsonl")
    resumed = ppo.open_reward(make_job(resume=True, reward=table, evaluate=none))
    lines = read_metrics(tmp_path / "out" / "reward-run" / "metrics.jsonl")
    assert [metrics.step for metrics in lines] == [1, 2, 3]
    assert lines[0] == first, "the first step was not done again"
    for ours, theirs in zip(resumed.members, whole.members, strict=True):
        assert torch.equal(ours.head_H, theirs.head_H)


def test_a_whole_run_trains_its_own_reward_or_takes_one(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    table = {"prompts": 8, "samples": 2, "max_new_tokens": 6, "steps": 2, "learning_rate": 1e-3}
    small: dict[str, Any] = {"reward": {"epochs": 1}, "evaluate": {"prompts": 3}}

    def start(output: str, **more: Any) -> Path:
        tables = make_tables(
            run={"output": str(tmp_path / output), "method": "ppo"}, ppo={**table, **more}, **small
        )
        path = tmp_path / f"{output}.toml"
        path.write_text(to_toml(parse_config(tables)))
        assert main(["ppo", "--config", str(path)]) == 0
        return tmp_path / output

    out = start("out")
    report = json.loads((out / "report.json").read_text())
    assert (report["status"], report["method"], report["steps"]) == ("done", "ppo", 2)
    assert report["base_hash_before"] == report["base_hash_after"]
    assert report["generation"]["n"] == 3
    assert [m.step for m in read_metrics(out / "metrics.jsonl")] == [1, 2]
    assert "accuracy" in read_metrics(out / "reward-run" / "metrics.jsonl")[0].figures
    assert (out / "adapter" / "adapter_model.safetensors").is_file()
    assert (out / "reward" / "reward.json").is_file()

    second = start("second", reward=str(out / "reward"))
    assert not (second / "reward").exists()
    ours, theirs = (read_metrics(place / "metrics.jsonl")[0].figures for place in (out, second))
    assert ours["score"] == pytest.approx(theirs["score"], abs=1e-5)
