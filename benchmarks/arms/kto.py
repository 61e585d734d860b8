"""KTO, eight answers a step, each to a prompt of its own; y' is the answer before it there."""

from __future__ import annotations

from benchmarks.arms import BETA, Measured, Task


def mismatched(task: Task) -> list[int]:
    """For each answer the one that stands after its prompt too."""
    size = task.batch_size
    return [n - 1 if n % size else n + size - 1 for n in range(len(task.pairs))]


def ours(task: Task, began: float, dtype: str) -> Measured:
    from benchmarks.arms import here
    from trainer.backbone import Backbone
    from trainer.completions import Completion
    from trainer.config import Config
    from trainer.data import Answer
    from trainer.kto import ClassWeights, KtoObjective, pack_mismatched

    def make(backbone: Backbone, config: Config) -> tuple[KtoObjective, float]:
        examples = [
            Completion([], tuple(x), Answer(tuple(y), ""), liked, 1.0, "")
            for x, y, liked in task.judged()
        ]
        packed = pack_mismatched(examples, mismatched(task), backbone.max_length)
        kept, apart_s = here.reference(backbone, config, packed.rows, task.untimed)
        weights, tokens = ClassWeights(1.0, 1.0), config.run.micro_tokens
        return KtoObjective(backbone, packed, kept, weights, config.kto, tokens), apart_s

    return here.run(task, began, dtype, make, "kto", {"beta": BETA})


def trl(task: Task, began: float, tuned: bool) -> Measured:
    from transformers import AutoModelForCausalLM
    from trl import KTOConfig, KTOTrainer

    from benchmarks.arms import peer

    prompts, answers, liked = map(list, zip(*task.judged(), strict=True))
    columns = {
        "prompt_ids": prompts,
        "completion_ids": answers,
        "KL_completion_ids": [answers[other] for other in mismatched(task)],
        "label": liked,
    }
    arguments = KTOConfig(**peer.arguments(task, tuned), beta=BETA, precompute_ref_log_probs=tuned)
    model = peer.load(AutoModelForCausalLM, task, tuned)
    return peer.run(task, began, KTOTrainer, arguments, model, columns)
