"""Opinions for people: a block each on a terminal, a line of tab-separated fields in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from string import ascii_lowercase
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.layout import ago
from cli.replies import Json

SAID: Final = {
    "up": ("▲ up", "green"),
    "down": ("▼ down", "red"),
    "tie": ("= tie", "default"),
    "both_bad": ("▼ both bad", "red"),
}


def print_opinions(opinions: Sequence[Json], console: Console) -> None:
    if not console.is_terminal:
        for said in opinions:
            console.file.write(_line(said) + "\n")  # a console would turn tabs into spaces
        console.file.flush()
        return
    blocks = Table.grid(padding=(0, 2, 0, 0))
    for width in (7, 11):
        blocks.add_column(no_wrap=True, min_width=width, max_width=width)
    blocks.add_column(overflow="fold")
    for said in opinions:
        blocks.add_row(Text(ago(said["at"]), "dim"), _verdict(said), _block(said))
    console.print(blocks)


def _line(said: Json) -> str:
    """When, kind, what, who, about which versions, reasons, comment, what was asked."""
    when = datetime.fromtimestamp(said["at"]).isoformat(timespec="seconds")
    fields = [when, said["kind"], _verdict(said).plain, said["user"], ",".join(said["versions"])]
    fields += [",".join(said["tags"]), said["comment"], said["prompt_excerpt"]]
    return "\t".join(" ".join(field.split()) for field in fields)


def _verdict(said: Json) -> Text:
    """A sign and a word, so that no colour is needed."""
    value = said["value"] or said["choice"] or said["signal"] or said["kind"]
    if value in SAID:
        return Text(*SAID[value])
    if said["choice"]:
        return Text(f"▲ chose {value}", "green")
    if said["order"]:
        order = " > ".join("=".join(ascii_lowercase[i] for i in tied) for tied in said["order"])
        return Text(order)
    return Text(f"· {value}", "cyan")


def _block(said: Json) -> RenderableType:
    who = Text.assemble((said["user"], "bold"), (f" on {_versions(said)}", "dim"))
    if said["tags"]:
        who.append(f"  [{', '.join(said['tags'])}]", "yellow")
    lines: list[RenderableType] = [who]
    if said["prompt_excerpt"]:
        lines.append(_short(said["prompt_excerpt"]))
    if said["answer_excerpt"]:
        lines.append(_short(f"> {said['answer_excerpt']}", "dim"))
    if said["text"]:
        lines.append(_short(f"should have said: {said['text']}", "cyan"))
    if said["comment"]:
        lines.append(Text(f"“{said['comment']}”", "italic"))
    return Group(*lines, Text())


def _versions(said: Json) -> str:
    """With their letters where several were shown."""
    versions = said["versions"]
    if len(versions) < 2:
        return versions[0] if versions else "what is gone"
    lettered = zip(ascii_lowercase, versions, strict=False)
    return ", ".join(f"{letter} {version}" for letter, version in lettered)


def _short(text: str, style: str = "") -> Text:
    """On one line, cut where the terminal ends."""
    return Text(" ".join(text.split()), style, no_wrap=True, overflow="ellipsis")
