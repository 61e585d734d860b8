"""Which opinions somebody asks for, as they say it in an address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Annotated

import orjson
import pyarrow.compute as pc
from fastapi import Depends, Query

from core.records import Feedback, FeedbackKind
from server.explore.schemas import LATEST

Time = Annotated[float | None, Query(ge=0, le=LATEST)]
Text = Annotated[str | None, Query(min_length=1, max_length=128)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """None: any. `since` is included, `until` is not."""

    version: str | None = None
    kind: FeedbackKind | None = None
    tag: str | None = None
    user: str | None = None
    since: float | None = None
    until: float | None = None

    def fits(self, said: Feedback) -> bool:
        """As far as the opinion alone tells."""
        return (
            said.kind == (self.kind or said.kind) != "retract"
            and said.user == (self.user or said.user)
            and (self.tag is None or self.tag in said.body.get("tags", ()))
            and (self.since is None or said.at >= self.since)
            and (self.until is None or said.at < self.until)
        )

    def expression(self) -> pc.Expression:
        """Of what is archived: all that fit, perhaps more."""
        tests = [pc.field("kind") != "retract"]
        if self.kind:
            tests.append(pc.field("kind") == self.kind)
        if self.user:
            tests.append(pc.field("user") == self.user)
        if self.since is not None:
            tests.append(pc.field("at") >= self.since)
        if self.until is not None:
            tests.append(pc.field("at") < self.until)
        if self.tag:
            tests.append(pc.match_substring(pc.field("body"), orjson.dumps(self.tag).decode()))
        return reduce(and_, tests)


async def read_wanted(
    version: Text = None,
    kind: FeedbackKind | None = None,
    tag: Text = None,
    user: Text = None,
    since: Time = None,
    until: Time = None,
) -> Wanted:
    """`version` is of an answer that an opinion is about; `since` (included) and `until` (not) are
    about when it was given.
    """
    return Wanted(version, kind, tag, user, since, until)


WantedDep = Annotated[Wanted, Depends(read_wanted)]
