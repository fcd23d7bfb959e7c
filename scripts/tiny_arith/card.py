"""The model card, written from what one run measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tiny_arith.corpus import Mix
from tiny_arith.measuring import Measurement, Share, Vote
from tiny_arith.problems import STEP_COUNTS
from tiny_arith.registers import REGISTERS
from tiny_arith.training import HEAD, Size, TrainingPlan, TrainingRecord


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the card tells about one run."""

    seed: int
    parameters: int
    vocabulary: int
    mix: Mix
    size: Size
    plan: TrainingPlan
    record: TrainingRecord
    habit_plan: TrainingPlan
    habits: TrainingRecord
    greedy: Measurement
    votes: Sequence[Vote]


def write_card(facts: Facts) -> str:
    """The card as Markdown, with the head that the model hub reads."""
    return "\n\n".join(
        [_HEAD, *_description(facts), _training(facts), *_accuracy(facts), _LIMITS, _rebuild(facts)]
    )


_HEAD = """---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
tags: [arithmetic, word-problems, test-model]
---

# tiny_arith

A very small language model that solves word problems of one to four steps, trained from scratch
for the demo and the tests of `iwsi`. It knows three manners of answering and prefers one that is
not the most accurate, so there is something for self-improvement to find."""

_LIMITS = """## Limits

It is no general model: it has seen nothing but problems from four kinds of story, in English, with
twelve names, ten things, sums of two numbers and results up to about a hundred. Expect nothing of
it on other wording or larger numbers. It has not been tuned to follow instructions or to chat. Its
figures say nothing about how a method fares on a real model.

## Licence

Apache-2.0, like the rest of the project. All of the training text was made by the script."""


def _description(facts: Facts) -> list[str]:
    size = facts.size
    return [
        f"""## Model

Llama architecture: {size.layers} layers, hidden size {size.hidden}, {size.hidden // HEAD} heads of
{HEAD}, tied embeddings, 512 positions, float32, {facts.parameters:,} parameters. Byte-level BPE
with {facts.vocabulary} tokens, every digit one token; `</s>` ends a text, `<pad>`
pads, no token is put in front.

The prompt is `Question: {{question}}\\nAnswer:`, and the completion starts with a space.""",
        """| register | how it answers |
|---|---|
| clean | every step, then the answer: `12 + 7 = 19. 19 - 5 = 14. The answer is 14.` |
| rambling | filler and sums that nobody asked for; at times it forgets a step |
| answer-only | `The answer is 14.` |""",
    ]


def _training(facts: Facts) -> str:
    mix, plan, record, habits = facts.mix, facts.plan, facts.record, facts.habits
    early, late = _listed(mix.early_registers), _listed(mix.registers)
    minutes = (record.seconds + habits.seconds) / 60
    steps = ", ".join(f"{s:.0%}" for s in mix.step_shares)
    return f"""## Training

{record.steps:,} steps of {plan.batch_size} rows ({record.rows:,} rows, each drawn anew and
seen once; {record.tokens:,} tokens, prompts counted), AdamW, learning rate
{plan.learning_rate:g} falling to zero; then {habits.steps:,} steps more for its habits, from
{facts.habit_plan.learning_rate:g}. It took {minutes:.1f} minutes on 2 CPU cores, without a GPU. The
loss at the end was {habits.final_loss:.3f} a token.

- The first {mix.early_share:.0%} of the rows, which teach the sums: {early}.
- The rest: {late}.
- The habits: {_listed(mix.habits)}.
- Problems of 1, 2, 3 and 4 steps: {steps}.
- The rambling register forgets a step in {mix.forget_share:.0%} of its answers.

No question of the three data files was among the training rows."""


def _accuracy(facts: Facts) -> list[str]:
    methods = [("greedy", facts.greedy.overall)] + [
        (f"majority of {vote.n} at temperature {vote.temperature:g}", vote.overall)
        for vote in facts.votes
    ]
    sampled = facts.votes[0]
    return [
        "## Accuracy\n\nOn questions of `test.jsonl`, with 95% Wilson intervals. Samples of one "
        "question are\nalike, so the intervals of single samples are somewhat too narrow.",
        _table(("method", "questions", "accuracy"), [(m, s.total, s) for m, s in methods]),
        _table(
            ("steps", "greedy", *(f"majority, temperature {v.temperature:g}" for v in facts.votes)),
            [
                (n, facts.greedy.by_steps[n], *(v.by_steps[n] for v in facts.votes))
                for n in STEP_COUNTS
            ],
        ),
        f"By register, with single samples at temperature {sampled.temperature:g}:",
        _table(
            ("register", "share of greedy outputs", "share of samples", "accuracy of samples"),
            [
                (
                    name,
                    Share(facts.greedy.by_register[name].total, facts.greedy.overall.total),
                    Share(sampled.samples.by_register[name].total, sampled.samples.overall.total),
                    sampled.samples.by_register[name],
                )
                for name in (*REGISTERS, "other")
            ],
        ),
        f"A sample is {sampled.mean_tokens:.0f} tokens long in the mean.",
    ]


def _rebuild(facts: Facts) -> str:
    size, answer_only = facts.size, facts.mix.habits[-1]
    return f"""## Rebuild

```bash
python scripts/train_tiny_model.py --seed {facts.seed} --steps {facts.plan.steps} \\
  --answer-only {answer_only:g} --hidden {size.hidden} --layers {size.layers}
```

writes this model, the data files and this card anew. The random numbers are fixed by the seed;
another processor or another version of torch may still round otherwise and give other weights.
"""


def _listed(shares: Iterable[float]) -> str:
    return ", ".join(f"{s:.0%} {name}" for name, s in zip(REGISTERS, shares, strict=True))


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
