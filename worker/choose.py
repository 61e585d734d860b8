"""Which method a run learns by. Pure; the answer always has its reason.

A declared recipe is taken at its word. `auto` looks at what the snapshot holds: comparisons tell
two answers to one prompt apart and thumbs do not, so comparisons decide where there are enough, and
thumbs where there are more of those, each as a share of what a run of its own would wait for. PPO
is never chosen for anybody: it costs many times the others, and a reward model that saw few votes
is one that a policy learns to please instead of the people.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.assistants import Assistant
from worker.sufficiency import objection

Method = Literal["dpo", "kto", "ppo"]


@dataclass(frozen=True, slots=True)
class Choice:
    method: Method
    why: str

    def figures(self) -> dict[str, str]:
        return asdict(self)


def choose(manifest: dict[str, Any], assistant: Assistant) -> Choice:
    """The method for this snapshot; whether it holds enough for it is another question."""
    if assistant.recipe != "auto":
        return Choice(assistant.recipe, "declared as the assistant's recipe")
    retrain, counts = assistant.retrain, manifest["counts"]
    pairs, thumbs = int(counts["train"]["rows"]), int(counts["thumbs"]["rows"])
    held = f"{pairs} pairs and {thumbs} thumbs ({counts['thumbs']['up']} up)"
    if no_thumbs := objection(manifest, assistant, "kto"):
        return Choice("dpo", f"{held}; not by thumbs: {no_thumbs}")
    if no_pairs := objection(manifest, assistant, "dpo"):
        return Choice("kto", f"{held}; not by pairs: {no_pairs}")
    if pairs >= retrain.min_comparisons:
        return Choice("dpo", f"{held}; pairs say more, and there are enough")
    of_pairs, of_thumbs = pairs / retrain.min_comparisons, thumbs / retrain.min_thumbs
    shares = f"{of_pairs:.0%} of the pairs and {of_thumbs:.0%} of the thumbs that start a run"
    return Choice("dpo" if of_pairs >= of_thumbs else "kto", f"{held}: {shares}")
