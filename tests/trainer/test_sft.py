"""SFT learns answers as they should have been: its loss by hand, joined rows, and whole runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.conftest import PLAIN, POLITE, make_pairs, write_jsonl
from trainer.__main__ import main
from trainer.backbone import Backbone, load_backbone
from trainer.completions import load_completions
from trainer.config import parse_config, to_toml
from trainer.data import Answer, Group, Limits, Pair
from trainer.loop import Loop
from trainer.lora import Role
from trainer.rows import Row
from trainer.sft import SftObjective, best_answers, pack_demonstrations

STEPS = {"steps": 10, "batch_size": 4, "learning_rate": 5e-3, "warmup_steps": 1}


def make_demonstrations() -> list[dict[str, Any]]:
    """Answers of different lengths, one of them counting three times."""
    answers = [PLAIN, "yes", POLITE, "late", "the parcel"]
    weights = [1.0, 3.0, 1.0, 0.5, 1.0]
    return [
        {"prompt": pair["prompt"], "completion": answer, "weight": weight}
        for pair, answer, weight in zip(make_pairs(5, seed=3), answers, weights, strict=True)
    ]


def load_rows(backbone: Backbone, path: Path, rows: list[dict[str, Any]]) -> list[Row]:
    limits = Limits(backbone.max_length, backbone.vocabulary)
    found = load_completions(write_jsonl(path, rows), backbone.renderer, limits)
    return pack_demonstrations(found.items)


def plain_loss(backbone: Backbone, rows: list[dict[str, Any]]) -> torch.Tensor:
    """Each answer alone after its prompt, through the model's own logits: the mean of all answer
    tokens' negative log-probabilities, each counting as often as its answer's weight says.
    """
    total, count = torch.zeros(()), 0.0
    for row in rows:
        prompt = backbone.renderer.prompt_ids(row["prompt"])
        answer = backbone.renderer.answer_ids(row["completion"])
        ids = torch.tensor([prompt + answer])
        size = ids.shape[1]
        mask = torch.full((1, 1, size, size), torch.finfo(torch.float32).min).triu(1)
        with backbone.role(Role.POLICY):
            logits = backbone.model(
                input_ids=ids, position_ids=torch.arange(size)[None], attention_mask=mask
            ).logits[0, len(prompt) - 1 : -1]
        nll = torch.nn.functional.cross_entropy(logits, torch.tensor(answer), reduction="sum")
        total, count = total + row["weight"] * nll, count + row["weight"] * len(answer)
    return total / count


@pytest.mark.parametrize("micro_tokens", [4096, 40])
def test_loss_and_gradient_are_the_weighted_mean_over_tokens(
    backbone: Backbone, tmp_path: Path, micro_tokens: int
) -> None:
    """Joined in one row, or in parts of a row each."""
    demonstrations = make_demonstrations()
    rows = load_rows(backbone, tmp_path / "rows.jsonl", demonstrations)
    objective = SftObjective(backbone, rows, micro_tokens)
    totals = objective.accumulate(range(len(rows)))
    ours = [parameter.grad for parameter in objective.parameters]
    for parameter in objective.parameters:
        parameter.grad = None
    plain = plain_loss(backbone, demonstrations)
    plain.backward()
    assert totals.figures["loss"] == pytest.approx(plain.item(), abs=1e-5)
    for mine, parameter in zip(ours, objective.parameters, strict=True):
        torch.testing.assert_close(mine, parameter.grad, atol=1e-5, rtol=1e-4)
    assert totals.tokens == sum(len(row) for row in rows)


def test_learns_and_resumes(make_tables: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """Half a run, saved, and the other half in a fresh process's place equals the whole run."""
    config = parse_config(make_tables(sft={**STEPS, "batch_size": 8, "learning_rate": 2e-2}))

    def make_loop() -> Loop:
        backbone = load_backbone(config)
        rows = load_rows(backbone, tmp_path / "rows.jsonl", make_demonstrations())
        return Loop(SftObjective(backbone, rows, 4096), config.sft, config.run.seed)

    whole, half, rest = make_loop(), make_loop(), make_loop()
    losses = [whole.step().figures["loss"] for _ in range(10)]
    assert losses[-1] < 0.8 * losses[0]
    for _ in range(4):
        half.step()
    rest.restore(half.snapshot())
    for _ in range(6):
        rest.step()
    for ours, theirs in zip(rest.parameters, whole.parameters, strict=True):
        assert torch.equal(ours, theirs)


def test_best_answers_of_votes() -> None:
    """A ranking a > b > c, a prompt whose votes cancel out, and one with two votes against one."""
    ranked = [Answer((i, 0), text) for i, text in enumerate("abc")]
    both = [Answer((5, 0), "x"), Answer((6, 0), "y")]
    groups = [
        Group("1", [], (1,), ranked, [Pair(0, 1, 0.5), Pair(1, 2, 0.5), Pair(0, 2, 0.5)]),
        Group("2", [], (2,), both, [Pair(0, 1, 1.0), Pair(1, 0, 1.0)]),
        Group("3", [], (3,), both, [Pair(1, 0, 2.0), Pair(0, 1, 1.0)]),
    ]
    found = [(item.answer.text, item.weight) for item in best_answers(groups)]
    assert found == [("a", 1.0), ("y", 1.0)]


@pytest.mark.parametrize("form", ["prompt-completion", "messages"])
def test_runs_alone_on_trl_files(
    form: str, make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    rows = [{"prompt": row["prompt"], "completion": PLAIN} for row in make_pairs(8, seed=1)]
    if form == "messages":
        answer = {"role": "assistant", "content": PLAIN}
        rows = [{"messages": [*row["prompt"], answer]} for row in rows]
    path = tmp_path / "run.toml"
    data = {"path": str(write_jsonl(tmp_path / "sft.jsonl", rows))}
    path.write_text(to_toml(parse_config(make_tables(data=data, sft={**STEPS, "steps": 4}))))
    assert main(["sft", "--config", str(path)]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["method"], report["steps"]) == ("sft", 4)
    assert report["rows"]["demonstrations"] == 8
    assert report["heldout"]["n"] == 6, "held-out votes are judged all the same"
    assert (
        "SFT, 4 steps, on a snapshot of 8 demonstrations"
        in (tmp_path / "out" / "model_card.md").read_text()
    )
    assert (tmp_path / "out" / "adapter" / "adapter_model.safetensors").is_file()


def test_without_demonstrations_votes_stand_in(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    import pyarrow
    import pyarrow.parquet

    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    table = [{**row, "prompt": json.dumps(row["prompt"])} for row in make_pairs(6, seed=1)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), snapshot / "train.parquet")
    path = tmp_path / "run.toml"
    tables = make_tables(
        data={"path": str(snapshot), "heldout": ""}, sft={"steps": 1}, evaluate={"prompts": 0}
    )
    path.write_text(to_toml(parse_config(tables)))
    assert main(["sft", "--config", str(path)]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["rows"]["best_answers"] == 6
    assert any("no demonstrations: learned from the 6" in line for line in report["warnings"])


def test_no_answer_at_all_is_refused(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    rows = [{"prompt": "x" * 300, "completion": "y"}]
    path = tmp_path / "run.toml"
    data = {"path": str(write_jsonl(tmp_path / "sft.jsonl", rows)), "heldout": ""}
    path.write_text(to_toml(parse_config(make_tables(data=data))))
    assert main(["sft", "--config", str(path)]) == 2
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "no answer to learn from" in report["error"]
    assert "1 demonstrations were too long" in report["error"]
