"""Facts and the excerpts made of them.

Statements and questions are held out by phrasing; the kinds named in UNSEEN are never trained on.
"""

from trainer.seedling import names
from trainer.seedling.draw import Draw
from trainer.seedling.fact_kinds import Fact, FactKind
from trainer.seedling.shop_facts import SHOP
from trainer.seedling.thing_facts import THINGS

UNSEEN = frozenset({"latefee", "exchange", "student", "notice"})
"""Kinds of fact that training never shows: held-out contents, whole."""


def allowed(kinds: tuple[FactKind, ...], d: Draw) -> list[FactKind]:
    if d.split == "train":
        return [k for k in kinds if k.key not in UNSEEN]
    return list(kinds)


def make_fact(d: Draw, kind: FactKind, entity: str = "") -> Fact:
    return Fact(kind, kind.make(d), entity)


def make_facts(d: Draw, count: int) -> list[Fact]:
    """Facts that differ from each other in kind or in thing: a shop's, a place's, or mixed."""
    roll = d.rng.random()
    shop_share = 1.0 if roll < 0.4 else 0.0 if roll < 0.75 else 0.5
    things = [names.thing(d) for _ in range(2)]
    facts: list[Fact] = []
    seen: set[tuple[str, str]] = set()
    while len(facts) < count:
        if d.chance(shop_share):
            fact = make_fact(d, d.pick(allowed(SHOP, d)))
        else:
            entity = d.pick(things) if d.chance(0.6) else names.thing(d)
            fact = make_fact(d, d.pick(allowed(THINGS, d)), entity)
        if (fact.kind.key, fact.entity) not in seen:
            seen.add((fact.kind.key, fact.entity))
            facts.append(fact)
    return facts


def excerpt_of(d: Draw, facts: list[Fact]) -> str:
    return " ".join(d.tell(f.kind.statements, **f.slots()) for f in facts)
