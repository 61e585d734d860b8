"""`thumbwheel doctor`: what is missing and how to mend it, on this machine and in what runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.checkup import MACHINE_CHECKS, Finding, check_free_ports
from cli.context import load_settings
from cli.parts import log_dir, page_url, run_dir
from cli.probes import Trouble, probe_agent, probe_http, probe_redis, probe_worker
from cli.runfiles import RunFiles
from cli.shell import EXIT_FAILED, AsJson, print_json
from core.settings import Settings
from core.tasks import QUEUE_SHORT, QUEUE_TRAIN

MARKS = {"ok": ("✓", "green"), "off": ("-", "dim"), "bad": ("✗", "bold red")}


def doctor(as_json: AsJson = False) -> None:
    """Says what is missing and how to mend it; exit code 1 when something is.

    What is merely not running is no fault: `thumbwheel up` starts it.
    """
    settings = load_settings()
    console = Console(stderr=as_json)
    running = RunFiles(run_dir(settings)).supervisor() is not None
    findings: list[Finding] = []
    with console.status("looking ...") as status:
        for check in MACHINE_CHECKS:
            status.update(check.__name__.replace("_", " ") + " ...")
            findings.append(check(settings))
        status.update("asking the parts ...")
        findings += asyncio.run(check_parts(settings, running=running))
        if not running and all(f.verdict == "off" for f in findings[len(MACHINE_CHECKS) :]):
            findings.append(check_free_ports(settings))
    broken = [finding for finding in findings if finding.verdict == "bad"]
    if as_json:
        print_json([asdict(finding) for finding in findings])
        raise typer.Exit(EXIT_FAILED if broken else 0)
    console.print(render(findings))
    if broken:
        console.print(f"\n{len(broken)} to mend", style="bold red")
        raise typer.Exit(EXIT_FAILED)
    off = any(finding.verdict == "off" for finding in findings)
    console.print("\nnothing to mend" + ("; `thumbwheel up` starts what is off" if off else ""))


async def check_parts(settings: Settings, *, running: bool) -> list[Finding]:
    """Asks every part at once. One that does not answer is a fault only while `up` runs."""
    asked: list[tuple[str, str, Awaitable[Trouble | None]]] = [
        ("Redis", "redis.log", probe_redis(settings.redis_url)),
        ("vLLM", "vllm.log", probe_http(f"{settings.vllm_url}/health")),
        ("agent", "agent.log", probe_agent(settings)),
        ("worker, short", "worker-short.log", probe_worker(settings, QUEUE_SHORT)),
        ("worker, train", "worker-train.log", probe_worker(settings, QUEUE_TRAIN)),
        ("API", "api.log", probe_http(f"{page_url(settings)}/readyz")),
    ]
    answers = await asyncio.gather(*(answer for _, _, answer in asked))
    return [
        _judge(what, trouble, f"see {log_dir(settings) / log}", running=running)
        for (what, log, _), trouble in zip(asked, answers, strict=True)
    ]


def _judge(what: str, trouble: Trouble | None, mend: str, *, running: bool) -> Finding:
    if trouble is None:
        return Finding(what, "ok", "works")
    if trouble.away and not running:
        return Finding(what, "off", "not running")
    return Finding(what, "bad", trouble.why, mend)


def render(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        mark, style = MARKS[finding.verdict]
        text = Text(finding.found)
        if finding.mend:
            text.append(f"\n-> {finding.mend}", style="yellow")
        table.add_row(Text(mark, style), finding.what, text)
    return table
