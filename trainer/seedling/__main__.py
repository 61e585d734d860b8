"""`python -m trainer.seedling STAGE --out DIR`: makes the shipped model, one stage or all of them.

Each stage reads what the one before left in DIR and can be stopped and run again.
"""

import argparse
import itertools
import json
import logging
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

log = logging.getLogger("trainer.seedling")

ROOT = Path(__file__).parents[2]
CORPUS_CHATS = 12_000
PRETRAIN_TOKENS = 40_000_000
SFT_TOKENS = 60_000_000


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m trainer.seedling", description=__doc__)
    parser.add_argument("stage", choices=[*STAGES, "all"])
    parser.add_argument("--out", type=Path, required=True, help="working folder")
    parser.add_argument("--to", type=Path, default=ROOT / "models/seedling", help="where to ship")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--tokens", type=int, default=PRETRAIN_TOKENS, help="pre-training budget")
    parser.add_argument("--sft-tokens", type=int, default=SFT_TOKENS, help="fine-tuning budget")
    parser.add_argument("--minutes", type=float, help="pre-training budget instead of --tokens")
    parser.add_argument("--sft-minutes", type=float, help="fine-tuning budget instead of tokens")
    parser.add_argument("--per-kind", type=int, default=16, help="evaluated prompts per kind")
    return parser.parse_args(argv)


def make_corpus(args: argparse.Namespace) -> None:
    """A sample of the world for the tokenizer; training itself makes its rows as it goes."""
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "corpus.jsonl").open("w") as f:
        for text in sample_texts(CORPUS_CHATS):
            f.write(json.dumps(text) + "\n")


def sample_texts(chats: int) -> Iterator[str]:
    from trainer.seedling.draw import Draw
    from trainer.seedling.world import conversation, pick_assistant

    for i in range(chats):
        d = Draw(random.Random(f"corpus:{i}"))
        system, turns = conversation(d, pick_assistant(d))
        if system:
            yield system
        for task in itertools.islice(turns, 5):
            yield task.user
            yield task.answer


def make_tokenizer(args: argparse.Namespace) -> None:
    from trainer.seedling.tokenizer import save_tokenizer, train_tokenizer

    with (args.out / "corpus.jsonl").open() as f:
        tokenizer = train_tokenizer(json.loads(line) for line in f)
    save_tokenizer(tokenizer, args.out / "tokenizer")


def pretrain(args: argparse.Namespace) -> None:
    from trainer.seedling.train import Loop, pretrain_stage

    stage = pretrain_stage(args.seed, args.tokens, args.minutes)
    Loop(stage, args.out, args.threads).run()


def finetune(args: argparse.Namespace) -> None:
    from trainer.seedling.train import Loop, sft_stage

    stage = sft_stage(args.seed, args.sft_tokens, args.sft_minutes)
    Loop(stage, args.out, args.threads, args.out / "pretrain" / "last.pt").run()


def export_model(args: argparse.Namespace) -> None:
    from trainer.seedling.ship import export
    from trainer.seedling.train import load_model

    size = export(load_model(newest(args.out)), args.out / "tokenizer", args.out / "model")
    log.info("weights: %d bytes in %s", size, args.out / "model")


def newest(out: Path) -> Path:
    fine_tuned = out / "sft" / "last.pt"
    return fine_tuned if fine_tuned.exists() else out / "pretrain" / "last.pt"


def evaluate(args: argparse.Namespace) -> None:
    from trainer.seedling.report import write_report

    write_report(args.out, args.out / "model", args.per_kind)


def ship(args: argparse.Namespace) -> None:
    from trainer.seedling.ship import copy_model

    copy_model(args.out, args.to)
    golden(args)


def golden(args: argparse.Namespace) -> None:
    from trainer.seedling.evaluate import write_baseline
    from trainer.seedling.golden import write_golden

    log.info("golden rows: %s", write_golden(args.to / "golden"))
    write_baseline(args.to)


STAGES: dict[str, Callable[[argparse.Namespace], None]] = {
    "corpus": make_corpus,
    "tokenizer": make_tokenizer,
    "pretrain": pretrain,
    "sft": finetune,
    "export": export_model,
    "evaluate": evaluate,
    "ship": ship,
    "golden": golden,
}


def main(argv: list[str]) -> None:
    args = parse(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    names = [n for n in STAGES if n != "golden"] if args.stage == "all" else [args.stage]
    for name in names:
        log.info("stage %s", name)
        STAGES[name](args)


if __name__ == "__main__":
    main(sys.argv[1:])
