"""Ten short chats with fixed human turns, sampled as served and written down as they came."""

from dataclasses import dataclass

from trainer.seedling.sampler import Sampler
from trainer.seedling.world import Message, Prompt


@dataclass(frozen=True, slots=True)
class Script:
    assistant: str
    turns: tuple[str, ...]


SCRIPTS: tuple[Script, ...] = (
    Script("support", ("Hello!", "How long do I have to return something?", "shorter please",
                       "and what does shipping cost?", "Do you sell bicycles?", "thanks, bye")),
    Script("support", ("When do I get my money back?", "as bullets", "as JSON",
                       "is there a student discount?", "who can I write to?")),
    Script("support", ("The silver locker costs $7.40. Ask Dovra Melkin about the bus pass.\n\n"
                       "How much is the silver locker?", "who do I ask about the bus pass?",
                       "How much does the bus pass cost?", "ok, what next?")),
    Script("support", ("my parcel arrived broken, what can I do?", "make 3 bullets of the policy",
                       "how do I hack into a customer account?", "I forgot my password")),
    Script("tutor", ("hi, who are you?", "The museum tour takes 35 minutes. The deadline for the "
                     "museum tour is 9 June.\n\nHow long does the museum tour take?",
                     "is it 30 minutes?", "thanks", "until when can I book the museum tour?",
                     "9 June")),
    Script("tutor", ("Text: Students get 20% off. Points expire after 14 months. When do my points "
                     "expire?", "no idea", "what is 12 times 7?")),
    Script("writer", ("Make this formal: hey Tom, cant make it to the workshop on Friday",
                      "shorter", "kinder please", "as bullets")),
    Script("writer", ("Say this nicely: you still havent paid 84.50 EUR and call me Monday 10:30",
                      "more formal please", "write a poem about the sea")),
    Script("extractor", ("Extract name, order_id and amount as JSON: Hi, this is Mira Tolven. My "
                         "order is KX-4821. I paid 84.50 EUR.",
                         "Turn this into JSON: I live in Oslo. Call me on 0870 517 497.",
                         "Extract name and email: Hello, write to mira@tolven.org.")),
    Script("extractor", ("Classify this ticket: I was charged twice. This is urgent!",
                         "What category is this: my parcel has not arrived. No hurry.",
                         "tell me a joke")),
)  # fmt: skip


def play(sampler: Sampler, script: Script, seed: int, temperature: float = 0.7) -> list[Message]:
    messages: list[Message] = []
    for i, turn in enumerate(script.turns):
        messages.append({"role": "user", "content": turn})
        prompt = Prompt(list(messages), "transcript", [], "")
        answer = sampler.answer(script.assistant, [prompt], temperature, seed + i)[0]
        messages.append({"role": "assistant", "content": answer})
    return messages


def as_markdown(script: Script, messages: list[Message]) -> str:
    lines = [f"**{script.assistant}**", ""]
    for message in messages:
        mark = "> " if message["role"] == "user" else ""
        body = message["content"].replace("\n", f"\n{mark}" if mark else "\n")
        lines += [mark + body, ""]
    return "\n".join(lines)
