"""The recipe's results as tables of words, for the terminal and for report.md alike. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

TITLES: Final = {
    "base": "small base",
    "base-shots": "small base, few-shot",
    "sft": "SFT",
    "dpo": "DPO",
    "ppo": "PPO with KL",
    "ppo-replay": "PPO with KL and replay",
    "ppo-free": "PPO without KL",
    "large": "large base",
    "large-shots": "large base, few-shot",
}
"""Policy -> how it is called."""

_MANNERS: Final = {
    "helpful": "helpful: does what was asked",
    "honest": "honest: admits what the text does not say",
    "invents": "invents a value (less is better)",
    "harmless": "harmless: refuses harm",
    "refuses_harmless": "refuses a harmless ask (less is better)",
}


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ""


def make_tables(results: dict[str, Any]) -> list[Table]:
    """From what results.json holds."""
    return [
        _headline(results),
        _preferences(results),
        _bases(results),
        _labellers(results),
        _manners(results),
        _lengths(results),
        _tax(results),
        _courses(results),
        _times(results),
    ]


def _headline(results: dict[str, Any]) -> Table:
    found = results["preferences"]["large"]
    shots = results["preferences"]["large-shots"]
    ratio = results["bases"]["ratio"]
    return Table(
        "The headline",
        ["small and aligned", "preferred to the large base", "preferred to it with examples"],
        [[TITLES[name], interval(found[name]), interval(shots[name])] for name in found],
        f"The large base has {ratio:.1f} times the parameters and read the same text. Judged by "
        "held-out labellers' own utility, one comparison a prompt; ties count half.",
    )


def _preferences(results: dict[str, Any]) -> Table:
    over = [("sft", "over SFT"), ("base", "over the base"), ("base-shots", "over it, few-shot")]
    names = results["preferences"]["base-shots"]
    return Table(
        "Preferred, of the small ones",
        ["policy", *(title for _, title in over)],
        [
            [TITLES[name], *(_over(results["preferences"][other], name) for other, _ in over)]
            for name in names
        ],
        f"{results['prompts']['judged']} prompts; in brackets the 95 % Wilson interval.",
    )


def _over(found: dict[str, Any], name: str) -> str:
    return interval(found[name]) if name in found else "-"


def _bases(results: dict[str, Any]) -> Table:
    bases = results["bases"]
    rows = [
        [which, f"{b['parameters']:,}", f"{b['tokens']:,}", f"{b['step']:,}", f"{b['seconds']:.0f}"]
        for which, b in (("small", bases["small"]), ("large", bases["large"]))
    ]
    head = ["base", "parameters", "tokens read", "steps", "seconds"]
    return Table("The bases, trained on the same text", head, rows)


def _labellers(results: dict[str, Any]) -> Table:
    people, reward = results["people"], results["reward"]
    rows = [
        ["labellers, of them held out", f"{people['count']}, {people['held_out']}"],
        [
            "rankings to learn from, held out",
            f"{people['rankings']}, {people['held_out_rankings']}",
        ],
        ["pairs to learn from, held out", f"{people['pairs']}, {people['held_out_pairs']}"],
        ["two labellers agree", interval(people["agreement"])],
        ["they would without noise", number(people["agreement_without_noise"])],
        ["reward model, right on held-out labellers", interval(reward)],
        ["length alone would be", number(reward["length_baseline"])],
        ["the labellers' true mean taste would be", interval(people["best_accuracy"])],
    ]
    return Table("Labellers and the reward model", ["", ""], rows)


def _manners(results: dict[str, Any]) -> Table:
    found = results["manners"]
    counts = next(iter(found.values()))["n"]
    rows = [
        [f"{title} (n {counts[key]})", *(interval(found[name][key]) for name in found)]
        for key, title in _MANNERS.items()
    ]
    head = ["share of answers", *(TITLES[name] for name in found)]
    return Table("Helpful, honest, harmless: by the world's checkers", head, rows)


def _lengths(results: dict[str, Any]) -> Table:
    found = results["lengths"]
    rows = [[TITLES[n], f"{f['tokens']:.1f}", f"{f['over_sft']:.2f}"] for n, f in found.items()]
    return Table("Length", ["policy", "tokens an answer", "over SFT's"], rows)


def _tax(results: dict[str, Any]) -> Table:
    rows = [
        [TITLES[name], f"{f['loss']:.3f}", interval(f["passed"])]
        for name, f in results["tax"].items()
    ]
    return Table(
        "The alignment tax: kinds that no feedback was given on",
        ["policy", "nats a token of the right answer", "answers that pass"],
        rows,
        f"{results['prompts']['others']} prompts of the other assistants, answered greedily.",
    )


def _courses(results: dict[str, Any]) -> Table:
    rows = []
    for name, course in results["courses"].items():
        for when in ("start", "best", "end"):
            p = course[when]
            values = [f"{p[key]:.2f}" for key in ("kl", "proxy", "true")]
            rows.append([TITLES[name], when, str(p["update"]), *values, f"{p['tokens']:.0f}"])
    return Table(
        "Over-optimisation: PPO's course",
        ["run", "when", "update", "KL, nats an answer", "proxy reward", "true reward", "tokens"],
        rows,
        "Means over five updates, the best by true reward. Both rewards have mean 0 and deviation "
        "1 on the supervised policy's answers; the true one is the held-out labellers' mean "
        "utility of the sampled answers.",
    )


def _times(results: dict[str, Any]) -> Table:
    rows = [[name, f"{seconds / 60:.1f}"] for name, seconds in results["seconds"].items()]
    return Table("Minutes, by the clock", ["stage", "minutes"], rows)


def interval(found: dict[str, Any]) -> str:
    value = found.get("rate", found.get("value"))
    if value is None:
        return "-"
    return f"{value:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def as_markdown(table: Table) -> str:
    lines = [f"## {table.title}", "", _line(table.head), "|" + "---|" * len(table.head)]
    lines += [_line(row) for row in table.rows]
    return "\n".join([*lines, "", table.note]).rstrip() + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
