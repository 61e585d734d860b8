"""The judge learns a planted taste, and says so honestly when there is none to learn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from tests.trainer.conftest import make_pairs
from trainer.__main__ import main
from trainer.backbone import Backbone
from trainer.completions import Completion
from trainer.config import parse_config, to_toml
from trainer.data import Answer, Group, Pair, Preferences
from trainer.evaluate import Votes, fit_to_votes
from trainer.intervals import share
from trainer.judge import Floats, answer_features, compare, fit_judge, fit_thumb_judge
from trainer.style import STYLE_FEATURES, style_of


def make_votes(count: int, seed: int, taste: float) -> tuple[list[Group], Floats, Floats]:
    """Answers with 12 noisy hidden features and one style feature; votes follow the fourth hidden
    one, as strongly as `taste` says.
    """
    draw = np.random.default_rng(seed)
    hidden, style = draw.normal(size=(2 * count, 12)), draw.normal(size=(2 * count, 1))
    utility = taste * hidden[:, 3] + draw.logistic(size=2 * count) / 2
    groups = []
    for number in range(count):
        first = utility[2 * number] > utility[2 * number + 1]
        pair = Pair(0, 1, 1.0) if first else Pair(1, 0, 1.0)
        answers = [Answer((1,), "a"), Answer((2,), "b")]
        groups.append(Group(str(number), [], (number,), answers, [pair]))
    return groups, hidden, style


def test_learns_a_planted_taste() -> None:
    judge = fit_judge(*make_votes(200, seed=0, taste=3.0), fitted_on="all")
    groups, hidden, style = make_votes(300, seed=1, taste=3.0)
    scores = judge.scores(hidden, style).reshape(-1, 2)
    right = [
        (s[g.pairs[0].chosen] > s[g.pairs[0].rejected]) for g, s in zip(groups, scores, strict=True)
    ]
    assert np.mean(right) > 0.85
    assert judge.cv_accuracy == pytest.approx(np.mean(right), abs=0.08)
    assert (judge.n, judge.fitted_on) == (200, "all")


def test_random_votes_are_not_predicted() -> None:
    judge = fit_judge(*make_votes(200, seed=2, taste=0.0), fitted_on="heldout")
    assert judge.cv_accuracy is not None
    assert 0.4 < judge.cv_accuracy < 0.6


def test_a_prompt_that_many_ask_is_left_out_whole() -> None:
    """What six people say of the same two answers, chosen by a coin, cannot be known beforehand."""
    draw = np.random.default_rng(0)
    groups, hidden = [], []
    for prompt in range(40):
        liked, two = int(draw.integers(2)), draw.normal(size=(2, 32))
        answers = [Answer((1,), "a"), Answer((2,), "b")]
        pair = Pair(liked, 1 - liked, 1.0)
        groups += [Group(f"{prompt} of {n}", [], (prompt,), answers, [pair]) for n in range(6)]
        hidden += [*two] * 6
    judge = fit_judge(groups, np.array(hidden), np.zeros((len(hidden), 1)), "all")
    assert judge.cv_accuracy is not None
    assert 0.3 < judge.cv_accuracy < 0.7


def make_thumbs(count: int, seed: int, taste: float) -> tuple[list[Completion], Floats, Floats]:
    """One answer a prompt, four of five liked, as strongly as `taste` by the fourth hidden one."""
    draw = np.random.default_rng(seed)
    hidden, style = draw.normal(size=(count, 12)), draw.normal(size=(count, 1))
    utility = taste * hidden[:, 3] + draw.logistic(size=count) / 2
    liked = utility > np.quantile(utility, 0.2)
    thumbs = [
        Completion([], (number,), Answer((1,), "a"), bool(up), 1.0, "")
        for number, up in enumerate(liked)
    ]
    return thumbs, hidden, style


def test_thumbs_teach_a_planted_taste() -> None:
    judge = fit_thumb_judge(*make_thumbs(300, seed=0, taste=3.0), fitted_on="thumbs")
    groups, hidden, style = make_votes(300, seed=1, taste=3.0)
    scores = judge.scores(hidden, style).reshape(-1, 2)
    right = [
        s[g.pairs[0].chosen] > s[g.pairs[0].rejected] for g, s in zip(groups, scores, strict=True)
    ]
    assert np.mean(right) > 0.85
    assert judge.cv_accuracy is not None
    assert judge.cv_accuracy > 0.8
    assert (judge.n, judge.fitted_on) == (300, "thumbs")


def test_a_judge_of_random_thumbs_says_that_it_guesses() -> None:
    """Though four of five are up, and always saying so would be right as often."""
    judge = fit_thumb_judge(*make_thumbs(300, seed=2, taste=0.0), fitted_on="thumbs")
    assert judge.cv_accuracy is not None
    assert 0.4 < judge.cv_accuracy < 0.6


def test_comparisons_come_first_and_thumbs_where_there_are_none() -> None:
    groups, *_ = make_votes(40, seed=0, taste=1.0)
    thumbs, *_ = make_thumbs(100, seed=0, taste=1.0)
    one_kind = [thumb for thumb in thumbs if thumb.label]

    def features(asked: Any, answers: Any, texts: list[str]) -> tuple[Floats, Floats]:
        draw = np.random.default_rng(0)
        return draw.normal(size=(len(texts), 12)), draw.normal(size=(len(texts), 1))

    def fitted(votes: Votes) -> tuple[str, str, int]:
        kind, judge = fit_to_votes(votes, features)
        return (kind, judge.fitted_on, judge.n) if judge else (kind, "", 0)

    none, few, many = (Preferences(groups[:number]) for number in (0, 7, 40))
    assert fitted(Votes(none, many, thumbs)) == ("bradley_terry_ridge", "heldout", 40)
    assert fitted(Votes(few, few, thumbs)) == ("bradley_terry_ridge", "all", 14)
    assert fitted(Votes(few, none, thumbs)) == ("logistic_ridge", "thumbs", 100)
    assert fitted(Votes(none, none, [], thumbs)) == ("logistic_ridge", "heldout thumbs", 100)
    assert fitted(Votes(none, none, thumbs[:50], thumbs[50:])) == ("logistic_ridge", "thumbs", 100)
    assert fitted(Votes(few, none, one_kind)) == ("bradley_terry_ridge", "all", 7)
    assert fitted(Votes(none, none, one_kind)) == ("none", "", 0)


def test_a_run_on_thumbs_alone_is_judged_by_them(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    for name, count in (("thumbs", 12), ("thumbs_heldout", 10)):
        rows = [
            {
                "prompt": json.dumps(row["prompt"]),
                "completion": row[side],
                "label": side == "chosen",
            }
            for row, side in zip(
                make_pairs(count, seed=count), ("chosen", "rejected") * count, strict=False
            )
        ]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), snapshot / f"{name}.parquet")
    tables = make_tables(data={"path": str(snapshot), "heldout": ""}, kto={"steps": 1})
    (tmp_path / "run.toml").write_text(to_toml(parse_config(tables)))
    assert main(["kto", "--config", str(tmp_path / "run.toml")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    judge = report["generation"]["judge"]
    assert (judge["kind"], judge["fitted_on"], judge["n"]) == ("logistic_ridge", "thumbs", 22)
    assert judge["cv_accuracy"] == 1.0, "liked and disliked read differently"
    assert report["generation"]["win_rate"] is not None
    assert report["rows"]["thumbs_up"] + report["rows"]["thumbs_down"] == 12


def test_one_prompt_cannot_be_cross_validated() -> None:
    assert fit_judge(*make_votes(1, seed=0, taste=1.0), fitted_on="all").cv_accuracy is None


def test_both_orders_agree_and_equals_tie() -> None:
    a, b = np.array([0.2, 1.0, 0.5]), np.array([0.1, 2.0, 0.5])
    assert compare(a, b).tolist() == [1.0, 0.0, 0.5]
    assert (compare(a, b) + compare(b, a)).tolist() == [1.0, 1.0, 1.0]


def test_the_place_of_an_answer_does_not_matter(backbone: Backbone) -> None:
    prompts, texts = [[3, 4, 5], [6, 7]], ["one", "two more", "three", "four words"]
    answers = [[[8, 9, 0], [10, 0]], [[11, 12, 13, 0], [14, 0]]]
    hidden, style = answer_features(backbone, prompts, answers, texts, 4096, _idle)
    turned = [1, 0, 3, 2]
    swapped, swapped_style = answer_features(
        backbone, prompts, [pair[::-1] for pair in answers], [texts[i] for i in turned], 4096, _idle
    )
    np.testing.assert_allclose(swapped, hidden[turned], atol=1e-6)
    np.testing.assert_array_equal(swapped_style, style[turned])


def _idle() -> None:
    """Nobody waits."""


def test_style_sees_layout_and_manners() -> None:
    def seen(text: str) -> dict[str, float]:
        return dict(zip(STYLE_FEATURES, style_of(text), strict=True))

    assert seen("")["empty"] == 1
    assert seen('{"a": 1}')["json"] == 1
    assert seen("- a\n- b\n")["log_bullets"] == pytest.approx(np.log(3))
    assert seen("Thank you, could you say more?")["courtesy"] > 0
    assert seen("Thank you, could you say more?")["question"] == 1
    assert seen("12 words")["json"] == 0


def test_wilson_interval() -> None:
    found = share(8, 10)
    assert found.value == 0.8
    assert (found.low, found.high) == (
        pytest.approx(0.4902, abs=1e-4),
        pytest.approx(0.9433, abs=1e-4),
    )
    assert share(0, 0).value is None
    assert share(5, 5).high == 1.0
