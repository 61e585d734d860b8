"""A reward learns votes and not the base; its files are PEFT's; its figures are right by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from core.errors import BadConfig, RunFailed
from tests.trainer.conftest import PLAIN, POLITE, make_pairs, write_jsonl
from trainer.__main__ import main
from trainer.backbone import Backbone, load_backbone
from trainer.completions import Completion
from trainer.config import Config, RewardConfig, parse_config, to_toml
from trainer.data import Answer, Group, Pair
from trainer.job import Data
from trainer.loop import Loop
from trainer.lora import Role
from trainer.pipeline import load_data
from trainer.reward import (
    RewardObjective,
    capped_weight,
    deal_prompts,
    make_covariates,
    make_objective,
    pair_losses,
    thumb_losses,
    weigh,
)
from trainer.reward_figures import calibrate, pair_margins
from trainer.reward_model import RewardModel, load_reward, publish_reward, start_member
from trainer.rows import Row, pack_answers, pack_groups

PLAIN_LOSS = RewardConfig(center=0.0)
ONE = {"reward": {"ensemble": 1, "batch_size": 4, "steps": 6, "learning_rate": 5e-3}}


@pytest.fixture
def make_parts(
    make_tables: Callable[..., dict[str, Any]],
) -> Callable[..., tuple[Config, Backbone, Data]]:
    def make(**sections: dict[str, Any]) -> tuple[Config, Backbone, Data]:
        merged = {**ONE, "run": {"method": "reward"}, **sections}
        merged["reward"] = {**ONE["reward"], **sections.get("reward", {})}
        config = parse_config(make_tables(**merged))
        backbone = load_backbone(config)
        return config, backbone, load_data(config, backbone)

    return make


def objective_of(parts: tuple[Config, Backbone, Data]) -> RewardObjective:
    config, backbone, data = parts
    return make_objective(backbone, data, config)


def stir(backbone: Backbone, role: Role) -> None:
    """An adapter that does something."""
    torch.manual_seed(5)
    with torch.no_grad():
        for factors in backbone.factors(role).values():
            factors.b.normal_(std=0.3)


def thumb(prompt_ids: tuple[int, ...], ids: tuple[int, ...], label: bool) -> Completion:
    return Completion([], prompt_ids, Answer(ids, ""), label, 1.0, "u")


def test_a_row_keeps_its_answers_ends(backbone: Backbone) -> None:
    answers = [Answer((7, 8, 0), "a"), Answer((9, 0), "b"), Answer((0,), "c")]
    group = Group("g", [], (1, 2), answers, [Pair(1, 0, 1.0), Pair(1, 2, 1.0)])
    (row,) = pack_groups([group], 100, keep_ends=True)
    assert row.ids.tolist() == [1, 2, 9, 0, 7, 8, 0, 0]
    assert row.positions.tolist() == [0, 1, 2, 3, 2, 3, 4, 2]
    assert row.segments.tolist() == [0, 0, 1, 1, 2, 2, 2, 3]
    assert row.ends.tolist() == [3, 6, 7]
    (without,) = pack_groups([group], 100)
    assert without.ends.tolist() == []
    assert row.predict_at.tolist() == [1, 2, 1, 4, 5, 1]
    batch = backbone.collate([row, row])
    assert batch.ends_A.tolist() == [3, 6, 7, 35, 38, 39]


def test_packed_scores_are_those_of_transformers_and_peft(
    make_parts: Callable[..., tuple[Config, Backbone, Data]], tmp_path: Path
) -> None:
    """The published files, loaded by plain transformers and peft, score a padded batch alike."""
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForSequenceClassification

    config, backbone, data = make_parts()
    member = start_member(backbone, Role.REWARD, config.lora, 0)
    stir(backbone, Role.REWARD)
    model = RewardModel(backbone, (member,))
    directory = tmp_path / "reward"
    publish_reward(directory, model, config.lora, config.run.base_model, {"accuracy": 0.5})
    names = set(load_file(directory / "adapter_model.safetensors"))
    assert "base_model.model.score.weight" in names
    assert len(names) == 2 * 7 * 2 + 1
    written = json.loads((directory / "adapter_config.json").read_text())
    assert (written["task_type"], written["modules_to_save"]) == ("SEQ_CLS", ["score"])

    base = AutoModelForSequenceClassification.from_pretrained(
        config.run.base_model, num_labels=1, dtype=torch.float32
    )
    pad = backbone.vocabulary - 1
    base.config.pad_token_id = pad
    theirs = PeftModel.from_pretrained(base, directory)
    groups = data.train.groups[:3]
    texts = [[*g.prompt_ids, *a.ids] for g in groups for a in g.answers]
    assert all(pad not in ids for ids in texts)
    width = max(map(len, texts))
    ids = torch.tensor([ids + [pad] * (width - len(ids)) for ids in texts])
    with torch.no_grad():
        expected = theirs(input_ids=ids, attention_mask=(ids != pad).long()).logits[:, 0]
    rows = [
        pack_answers(i, g.prompt_ids, [a.ids for a in g.answers], keep_ends=True)
        for i, g in enumerate(groups)
    ]
    torch.testing.assert_close(model.raw_scores(rows)[0], expected, atol=1e-4, rtol=0)
    assert expected.std() > 0.01, "a model that says one thing of all would pass any comparison"

    theirs.save_pretrained(tmp_path / "again")
    assert set(load_file(tmp_path / "again" / "adapter_model.safetensors")) == names


def test_an_ensemble_is_loaded_as_it_was_published(
    make_parts: Callable[..., tuple[Config, Backbone, Data]], tmp_path: Path
) -> None:
    config, backbone, data = make_parts()
    members = tuple(
        start_member(backbone, role, config.lora, seed)
        for seed, role in enumerate((Role.REWARD, Role.REWARD_2))
    )
    stir(backbone, Role.REWARD_2)
    rows = pack_groups(data.train.groups, backbone.max_length, keep_ends=True)
    model = RewardModel(backbone, members).normalised(rows)
    scores = model.scores(rows)
    assert scores.mean().item() == pytest.approx(0, abs=1e-4)
    assert scores.std(correction=0).item() == pytest.approx(1, abs=1e-4)
    raw = model.raw_scores(rows)
    z = (raw - raw.mean(1, keepdim=True)) / raw.std(1, correction=0, keepdim=True)
    expected = z / z.mean(0).std(correction=0)
    torch.testing.assert_close(scores, expected.mean(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(
        model.disagreement(rows), (expected[0] - expected[1]).abs() / 2, atol=1e-4, rtol=0
    )
    publish_reward(tmp_path / "reward", model, config.lora, "tiny", {})

    again = load_reward(load_backbone(config), tmp_path / "reward")
    assert [m.role for m in again.members] == [Role.REWARD, Role.REWARD_2]
    torch.testing.assert_close(again.scores(rows), scores, atol=1e-5, rtol=0)
    torch.testing.assert_close(
        replace(again, micro_tokens=64).scores(rows), scores, atol=1e-5, rtol=0
    )
    with pytest.raises(RunFailed, match="keep_ends"):
        again.scores(pack_groups(data.train.groups, backbone.max_length))
    with pytest.raises(BadConfig, match="not a plain policy adapter"):
        backbone.load(Role.REFERENCE, tmp_path / "reward")

    document = json.loads((tmp_path / "reward" / "reward.json").read_text())
    assert [entry["directory"] for entry in document["members"]] == [".", "member-2"]
    assert document["gain"] == pytest.approx(1 / raw[0].std(correction=0).item(), rel=1e-5)
    document["base_hash"] = "another"
    (tmp_path / "reward" / "reward.json").write_text(json.dumps(document))
    with pytest.raises(BadConfig, match="another base model"):
        load_reward(backbone, tmp_path / "reward")
    with pytest.raises(BadConfig, match="expected a reward model"):
        load_reward(backbone, tmp_path / "nowhere")


def test_one_score_for_all_has_no_scale(
    make_parts: Callable[..., tuple[Config, Backbone, Data]],
) -> None:
    config, backbone, data = make_parts()
    member = start_member(backbone, Role.REWARD, config.lora, 0)
    rows = pack_groups(data.train.groups, backbone.max_length, keep_ends=True)
    silent = RewardModel(backbone, (replace(member, head_H=torch.zeros_like(member.head_H)),))
    with pytest.raises(RunFailed, match="one score"):
        silent.normalised(rows)


def test_losses_by_hand() -> None:
    chosen, rejected = torch.tensor([1.0, 0.2]), torch.tensor([-0.5, 0.9])
    none = torch.zeros(2)
    right = [math.log(1 + math.exp(-1.5)), math.log(1 + math.exp(0.7))]
    wrong = [math.log(1 + math.exp(1.5)), math.log(1 + math.exp(-0.7))]
    plain = pair_losses(chosen, rejected, none, PLAIN_LOSS)
    assert plain.tolist() == pytest.approx(right, abs=1e-6)
    smooth = pair_losses(chosen, rejected, none, replace(PLAIN_LOSS, label_smoothing=0.1))
    assert smooth.tolist() == pytest.approx(
        [0.9 * r + 0.1 * w for r, w in zip(right, wrong, strict=True)], abs=1e-6
    )
    noisy = replace(PLAIN_LOSS, label_smoothing=0.1, loss="robust")
    assert pair_losses(chosen, rejected, none, noisy).tolist() == pytest.approx(
        [(0.9 * r - 0.1 * w) / 0.8 for r, w in zip(right, wrong, strict=True)], abs=1e-6
    )
    centred = pair_losses(chosen, rejected, none, replace(PLAIN_LOSS, center=0.5))
    assert (centred - plain).tolist() == pytest.approx([0.5 * 0.25, 0.5 * 1.21], abs=1e-6)
    shifted = pair_losses(chosen, rejected, torch.tensor([0.5, -0.3]), PLAIN_LOSS)
    assert shifted.tolist() == pytest.approx(
        [math.log(1 + math.exp(-2.0)), math.log(1 + math.exp(1.0))], abs=1e-6
    )
    thumbs = thumb_losses(chosen, torch.tensor(0.3), torch.tensor([1.0, -1.0]))
    assert thumbs.tolist() == pytest.approx(
        [math.log(1 + math.exp(-0.7)), math.log(1 + math.exp(-0.1))], abs=1e-6
    )


def test_thumbs_have_no_more_than_their_share() -> None:
    config = RewardConfig(thumbs_weight=0.5, thumbs_cap=0.2)
    few = capped_weight(torch.tensor(0.6), torch.tensor(0.1), config)
    assert few.item() == 0.5
    many = capped_weight(torch.tensor(0.6), torch.tensor(2.0), config).item()
    assert many * 2.0 / (0.6 + many * 2.0) == pytest.approx(0.2, abs=1e-6)
    assert capped_weight(torch.tensor(-0.1), torch.tensor(0.5), config).item() == 0
    assert capped_weight(torch.tensor(0.6), torch.tensor(0.0), config).item() == 0.5


def rank_groups(config: Config) -> list[Group]:
    """A prompt with a ranking of three, as a snapshot weighs it, and one with a single vote."""
    ranking = [Pair(a, b, 2 / 3) for a, b in ((0, 1), (0, 2), (1, 2))]
    three = [Answer((9, 8, 0), "a"), Answer((7, 0), "b"), Answer((6, 5, 4, 0), "c")]
    return [
        Group("three", [], (11, 12, 13), three, ranking),
        Group("two", [], (14, 15), three[:2], [Pair(1, 0, 1.0)]),
    ]


def test_the_step_is_the_mean_over_prompts_of_the_mean_over_pairs(
    make_parts: Callable[..., tuple[Config, Backbone, Data]],
) -> None:
    """InstructGPT's equation 1, its value and its gradient, against each answer scored alone."""
    config, backbone, data = make_parts(reward={"center": 0.0})
    groups = rank_groups(config)
    data.train.groups = groups
    objective = make_objective(backbone, data, config)
    (learner,) = objective.learners
    stir(backbone, Role.REWARD)
    totals = objective.accumulate([0, 1])
    gradients = [p.grad.clone() for p in learner.parameters[:-1] if p.grad is not None]

    def alone(group: Group, index: int) -> torch.Tensor:
        ids = torch.tensor([[*group.prompt_ids, *group.answers[index].ids]])
        size = ids.shape[1]
        mask = torch.full((1, 1, size, size), torch.finfo(torch.float32).min).triu(1)
        with backbone.role(Role.REWARD):
            hidden = backbone.hidden(ids, torch.arange(size)[None], mask)
        return hidden[0, -1] @ learner.member.head_H

    for parameter in learner.parameters:
        parameter.grad = None
    elements = [
        torch.stack(
            [-logsigmoid(alone(g, p.chosen) - alone(g, p.rejected)) for p in g.pairs]
        ).mean()
        for g in groups
    ]
    loss = torch.stack(elements).mean()
    loss.backward()
    assert totals.figures["loss"] == pytest.approx(loss.item(), abs=1e-5)
    assert totals.tokens == sum(map(len, objective.rows))
    for ours, parameter in zip(gradients, learner.parameters, strict=False):
        assert parameter.grad is not None
        torch.testing.assert_close(ours, parameter.grad, atol=1e-5, rtol=1e-4)


def test_a_prompt_counts_once_and_less_where_its_votes_weigh_less() -> None:
    answers = [Answer((9, 0), "a"), Answer((7, 0), "b")]

    def weights(*pairs: Pair) -> list[float]:
        groups = [Group("g", [], (1, 2), answers, list(pairs))]
        return [
            w for row in weigh(pack_groups(groups, 99, keep_ends=True), groups) for w in row.weights
        ]

    assert weights(Pair(0, 1, 1.0), Pair(0, 1, 3.0)) == pytest.approx([0.25, 0.75])
    assert weights(Pair(0, 1, 0.3)) == pytest.approx([0.3])
    assert weights(Pair(0, 1, 0.5), Pair(1, 0, 0.5)) == pytest.approx([0.5, 0.5]), "a tie"


def test_micro_batches_change_nothing(
    make_parts: Callable[..., tuple[Config, Backbone, Data]],
) -> None:
    """Neither the pairs' gradient nor the thumbs', capped or not."""
    found = []
    for micro_tokens in (4096, 64):
        config, backbone, data = make_parts(
            run={"method": "reward", "micro_tokens": micro_tokens},
            reward={"thumbs_weight": 1.0, "thumbs_cap": 0.1},
        )
        prompt = data.train.groups[0].prompt_ids
        data.thumbs.items = [thumb(prompt, (9, n, 0), n % 3 == 0) for n in range(5, 30)]
        objective = make_objective(backbone, data, config)
        stir(backbone, Role.REWARD)
        totals = objective.accumulate(range(4))
        found.append((totals, [p.grad for p in objective.parameters]))
    (whole, ours), (parts, theirs) = found
    assert whole.figures == pytest.approx(parts.figures, abs=1e-5)
    assert whole.figures["thumbs_share"] == pytest.approx(0.1, abs=1e-5)
    assert whole.tokens == parts.tokens
    for a, b in zip(ours, theirs, strict=True):
        assert a is not None
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-3)


def test_thumbs_add_their_weighted_gradient(
    make_parts: Callable[..., tuple[Config, Backbone, Data]],
) -> None:
    """The gradient with thumbs less the one without is thumbs_weight times theirs alone."""
    gradients = {}
    for weight in (0.0, 0.01):
        config, backbone, data = make_parts(reward={"thumbs_weight": weight, "thumbs_cap": 0.5})
        prompt = data.train.groups[0].prompt_ids
        data.thumbs.items = [thumb(prompt, (9, 5, 0), True), thumb(prompt, (8, 0), False)]
        objective = make_objective(backbone, data, config)
        stir(backbone, Role.REWARD)
        objective.accumulate(range(len(objective.rows)))
        (learner,) = objective.learners
        assert learner.member.head_H.grad is not None
        assert learner.extra.grad is not None
        gradients[weight] = (learner.member.head_H.grad.clone(), learner.extra.grad[-1].item())
    row = pack_answers(0, prompt, [(9, 5, 0), (8, 0)], keep_ends=True)
    model = RewardModel(backbone, (learner.member,))
    scores = model.raw_scores([row])[0]
    up, down = torch.sigmoid(-scores[0]).item(), torch.sigmoid(scores[1]).item()
    assert gradients[0.0][1] == 0
    assert gradients[0.01][1] == pytest.approx(0.01 * 0.5 * (up - down), abs=1e-6)
    assert not torch.equal(gradients[0.0][0], gradients[0.01][0])


def test_members_learn_from_prompts_of_their_own(
    make_parts: Callable[..., tuple[Config, Backbone, Data]],
) -> None:
    config, backbone, data = make_parts(reward={"ensemble": 2})
    objective = make_objective(backbone, data, config)
    assert sorted(objective.owners) == [0] * 6 + [1] * 6
    prompts = [set(), set()]
    for row, owner in zip(objective.rows, objective.owners, strict=True):
        prompts[owner].add(data.train.groups[row.group].prompt_ids)
    assert not prompts[0] & prompts[1]
    first = [i for i, owner in enumerate(objective.owners) if owner == 0]
    objective.accumulate(first)
    ours, theirs = objective.learners
    assert all(p.grad is not None for p in ours.parameters)
    assert all(p.grad is None for p in theirs.parameters)
    both = ours.member.head_H.grad.clone()
    for parameter in objective.parameters:
        parameter.grad = None
    objective.accumulate(range(len(objective.rows)))
    torch.testing.assert_close(ours.member.head_H.grad, both, atol=1e-6, rtol=1e-5)


def test_resumed_equals_uninterrupted(
    make_parts: Callable[..., tuple[Config, Backbone, Data]],
) -> None:
    """Adapters, heads, slopes and threshold, of both members."""

    def start() -> Loop:
        config, backbone, data = make_parts(reward={"ensemble": 2, "length_covariate": True})
        prompts = [group.prompt_ids for group in data.train.groups]
        data.thumbs.items = [thumb(p, (9, n, 0), n % 2 == 0) for n, p in enumerate(prompts, 5)]
        return Loop(make_objective(backbone, data, config), config.reward, 0)

    whole, cut, resumed = start(), start(), start()
    for _ in range(4):
        whole.step()
    for _ in range(2):
        cut.step()
    resumed.restore(cut.snapshot())
    for _ in range(2):
        resumed.step()
    assert len(whole.parameters) == 2 * (2 * 7 * 2 + 2)
    for ours, theirs in zip(resumed.parameters, whole.parameters, strict=True):
        assert torch.equal(ours, theirs)


def test_prompts_are_dealt_evenly_thumbs_with_them() -> None:
    answers = [Answer((9, 0), "a"), Answer((7, 0), "b")]
    groups = [Group(str(i), [], (1, i % 5), answers, [Pair(0, 1, 1.0)]) for i in range(10)]
    thumbs = [thumb((1, i), (9, 0), True) for i in range(3, 9)]
    owner = deal_prompts(groups, thumbs, 2, seed=0)
    assert sorted(owner) == [(1, i) for i in range(9)]
    assert sorted([owner[(1, i)] for i in range(5)]) == [0, 0, 0, 1, 1]
    assert sorted([owner[(1, i)] for i in range(5, 9)]) == [0, 0, 1, 1]
    with pytest.raises(BadConfig, match=r"6 members need prompts .* have 5"):
        deal_prompts(groups, [], 6, seed=0)


def test_covariates_are_differences_scaled_to_one() -> None:
    answers = [Answer((9, 0), "a"), Answer((7, 6, 5, 0), "b"), Answer((3, 2, 0), "c")]
    pairs = [Pair(0, 1, 1.0, position_gap=1), Pair(2, 0, 1.0, position_gap=-1), Pair(1, 0, 1.0)]
    groups = [Group("g", [], (1, 2), answers, pairs)]
    rows = pack_groups(groups, 99, keep_ends=True)
    cpu = torch.device("cpu")
    both = RewardConfig(length_covariate=True)
    (found,) = make_covariates(rows, groups, both, cpu)
    lengths, places = np.array([-2.0, 1.0, 2.0]), np.array([1.0, -1.0, 0.0])
    expected = np.stack([lengths / math.sqrt(3), places / math.sqrt(2 / 3)], axis=1)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)
    unknown = [replace(group, pairs=[Pair(0, 1, 1.0)]) for group in groups]
    (none,) = make_covariates(pack_groups(unknown, 99), unknown, RewardConfig(), cpu)
    assert none.shape == (1, 0)


def test_votes_for_length_go_into_the_covariate(
    make_parts: Callable[..., tuple[Config, Backbone, Data]],
) -> None:
    """The votes are for the shorter answer: the slope says so, and the reward's margin is less."""
    margins = {}
    for use in (False, True):
        config, backbone, data = make_parts(reward={"length_covariate": use, "center": 0.0})
        objective = make_objective(backbone, data, config)
        loop = Loop(objective, config.reward, 0)
        for _ in range(6):
            figures = loop.step().figures
        margins[use] = figures["margin"]
        slopes, _ = objective.learners[0].slopes_and_threshold()
        assert slopes.shape == (int(use),)
    assert slopes.item() < -0.1
    assert margins[True] < margins[False]


def test_calibration_by_hand() -> None:
    nats = [math.log(p / (1 - p)) for p in (0.55, 0.95, 0.95)]
    buckets, error = calibrate(np.array([nats[0], nats[1], -nats[2], 0.0]))
    assert [bucket.n for bucket in buckets] == [2, 0, 0, 0, 2]
    assert buckets[0].foretold == pytest.approx((0.55 + 0.5) / 2)
    assert buckets[0].accuracy == pytest.approx((1 + 0.5) / 2)
    assert buckets[4].accuracy == pytest.approx(0.5)
    assert error == pytest.approx(0.5 * (0.75 - 0.525) + 0.5 * (0.95 - 0.5))
    assert calibrate(np.array([1e9]))[0][4].n == 1


def test_margins_are_of_each_pair() -> None:
    answers = [Answer((9, 0), "a"), Answer((7, 0), "b")]
    groups = [Group("g", [], (1, 2), answers, [Pair(1, 0, 1.0)])] * 2
    rows: list[Row] = pack_groups(groups, 99, keep_ends=True)
    margins = pair_margins(rows, np.array([[1.0, 4.0, 2.0, 9.0]]))
    # A row holds its answers in the order its pairs name them: the chosen one first.
    assert margins.tolist() == [[-3.0, -7.0]]


def write_run(make_tables: Callable[..., dict[str, Any]], path: Path, **sections: Any) -> Path:
    tables = make_tables(**{"run": {"method": "reward"}, **sections})
    path.write_text(to_toml(parse_config(tables)))
    return path


def test_a_run_leaves_a_reward_model(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Votes and thumbs from a snapshot; a member each half; the scale is the champion's."""
    import pyarrow
    import pyarrow.parquet

    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    pairs = make_pairs(16, 1)
    thumbs = [
        {"prompt": row["prompt"], "completion": text, "label": text == PLAIN}
        for row, text in zip(pairs, [PLAIN, POLITE] * 8, strict=True)
    ]
    for name, rows in (("train", pairs), ("heldout", make_pairs(6, 2)), ("thumbs", thumbs)):
        table = [{**row, "prompt": json.dumps(row["prompt"])} for row in rows]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), snapshot / f"{name}.parquet")
    write_jsonl(snapshot / "prompts.jsonl", [{"prompt": f"mind {w}"} for w in "abcdefgh"])
    path = write_run(
        make_tables,
        tmp_path / "run.toml",
        data={"path": str(snapshot), "heldout": ""},
        reward={"steps": 16, "batch_size": 8, "learning_rate": 1e-2, "warmup_steps": 1},
        evaluate={"prompts": 8, "max_new_tokens": 5},
    )
    assert main(["reward", "--config", str(path)]) == 0
    out = tmp_path / "out"
    report = json.loads((out / "report.json").read_text())
    assert (report["status"], report["method"], report["steps"]) == ("done", "reward", 16)
    assert report["base_hash_before"] == report["base_hash_after"]
    assert report["generation"] is None
    found = report["reward"]
    assert (found["n"], found["accuracy"]) == (6, 1.0)
    assert found["accuracy_low"] == pytest.approx(0.6097, abs=1e-4), "Wilson, 6 of 6"
    assert found["length_baseline"] == 1.0
    assert found["nll"] < 0.6
    assert sum(bucket["n"] for bucket in found["calibration"]) == 6
    assert len(found["members"]) == 2
    assert found["scale"]["source"] == "champion's samples"
    assert found["scale"]["answers"] == 8
    assert any("length alone with 100%" in line for line in report["warnings"])
    assert not (out / "adapter").exists()
    files = {str(p.relative_to(out / "reward")) for p in (out / "reward").rglob("*.*")}
    assert files >= {"reward.json", "adapter_config.json", "member-2/adapter_model.safetensors"}
    document = json.loads((out / "reward" / "reward.json").read_text())
    assert document["base_hash"] == report["base_hash_before"]
    assert document["accuracy"] == 1.0
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    card = (out / "model_card.md").read_text()
    assert "nats a vote" in card
    assert "win rate" not in card
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert {"accuracy", "margin", "thumbs_share"} <= set(lines[0])
    assert all(line["thumbs_share"] <= 0.25 + 1e-6 for line in lines)
    assert lines[-1]["loss"] < lines[0]["loss"]


def test_thumbs_alone_are_not_enough(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    import pyarrow
    import pyarrow.parquet

    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    row = {"prompt": '[{"role": "user", "content": "x"}]', "completion": PLAIN, "label": True}
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), snapshot / "thumbs.parquet")
    path = write_run(make_tables, tmp_path / "r.toml", data={"path": str(snapshot), "heldout": ""})
    assert main(["reward", "--config", str(path)]) == 2
    assert "no usable pair" in json.loads((tmp_path / "out" / "report.json").read_text())["error"]
