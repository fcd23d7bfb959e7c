"""Whether a model gives the same probabilities token by token as for a whole text; imports torch.

Sampling reads one token at a time and keeps what it read in a cache; scoring and training read a
text at once. A family whose cache, padding or attention mask is not taken into account would be
sampled from one distribution and weighed by another.
"""

import inspect
from collections.abc import Sequence
from typing import Any

import torch

from eval_predict.errors import UserError
from iwsi.sample.decoding import Sampled

LEAST_TOKENS = 4  # of an answer that shows it; the first token comes of a whole prompt
# Nats of a token by which both may differ, by rounding and by experts that it makes change.
FULL, HALF = 0.05, 0.25


def check_answer(model: Any, prompt: Sequence[int], answer: Sampled, title: str) -> None:
    """Refuse a model that gives another log-probability to an answer that was sampled from it.

    Args:
        model: A transformers causal language model in evaluation mode.
        prompt: Tokens of the prompt.
        answer: What was sampled after it, with padding before the prompt where it was in a batch.
        title: What the model is called, for the error.

    Raises:
        UserError: gives both log-probabilities.
    """
    ids = torch.tensor([[*prompt, *answer.ids]], device=model.device)
    kept = len(answer.ids) + 1
    parameters = inspect.signature(model.forward).parameters
    few = {"logits_to_keep": kept} if "logits_to_keep" in parameters else {}
    with torch.inference_mode():
        logits_TV = model(input_ids=ids, use_cache=False, **few).logits[0, -kept:-1].float()
    targets_T = ids[0, len(prompt) :].to(logits_TV.device)
    whole = -float(torch.nn.functional.cross_entropy(logits_TV, targets_T, reduction="sum"))
    most = FULL if model.dtype == torch.float32 else HALF
    if not abs(whole - answer.logprob) <= most * len(answer.ids):
        raise UserError(
            field="model.name",
            got=f"{title}: an answer's log-probability is {answer.logprob:.2f} token by token and "
            f"{whole:.2f} read at once",
            expected="the same model in sampling, scoring and training",
            fix="Use another model, or sample.engine=vllm if it knows this one.",
        )
