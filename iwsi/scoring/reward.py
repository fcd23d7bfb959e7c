"""A reward model's scores: any sequence classifier over a question and its answer."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eval_predict.errors import UserError
from iwsi.models import device
from iwsi.scoring.batches import batches

FloatArray = npt.NDArray[np.float64]


def check_reward_model(name: str) -> None:
    """Refuse a local folder that is not there or holds no model, before anything runs.

    Raises:
        UserError: names the folder.
    """
    folder = Path(name)
    if folder.is_absolute() and not (folder / "config.json").is_file():
        raise UserError(
            field="filter.reward_model",
            got=f"{name}: no config.json there",
            expected="a folder that save_pretrained wrote, or a hub id such as org/name",
        )


class RewardModel:
    """A classifier whose one logit, or else whose last class, says how good an answer is.

    Question and answer are two turns in its chat template, or a pair of texts if it has none.

    Args:
        name: A folder or hub id.
        batch_tokens: Most tokens scored at once, padding too.

    Raises:
        UserError: it cannot be loaded.
    """

    def __init__(self, name: str, *, batch_tokens: int) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(name)
            self._model = AutoModelForSequenceClassification.from_pretrained(name)
        except (OSError, ValueError) as error:
            raise UserError(
                field="filter.reward_model",
                got=f"{name}: {str(error).splitlines()[0]}",
                expected="a folder that save_pretrained wrote, or a hub id such as org/name",
            ) from error
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._model.config.pad_token_id = self._tokenizer.pad_token_id  # finds the last token
        self._model.to(device()).eval()
        self._batch_tokens = batch_tokens

    def scores(
        self,
        prompts: Sequence[str],
        texts: Sequence[str],
        progress: Callable[[int, int], None],
    ) -> FloatArray:
        """The logit, or the log-probability of the last class, of N pairs; NaN where too long.

        Args:
            prompts: N questions.
            texts: Their answers.
            progress: Called with pairs scored and their total.

        Returns:
            Shape (N,).
        """
        import torch

        encoded = self._encoded(prompts, texts)
        limit = getattr(self._model.config, "max_position_embeddings", None) or 2**31
        fits = [row for row, one in enumerate(encoded) if len(one["input_ids"]) <= limit]
        scores_N = np.full(len(encoded), np.nan)
        done = len(encoded) - len(fits)
        with torch.inference_mode():
            lengths = [len(encoded[row]["input_ids"]) for row in fits]
            for batch in batches(lengths, self._batch_tokens):
                rows = [fits[i] for i in batch]
                inputs = self._tokenizer.pad([encoded[row] for row in rows], return_tensors="pt")
                logits_BK = self._model(**inputs.to(self._model.device)).logits.float()
                if logits_BK.shape[1] > 1:
                    logits_BK = logits_BK.log_softmax(dim=1)
                scores_N[rows] = logits_BK[:, -1].cpu().numpy()
                done += len(rows)
                progress(done, len(encoded))
        return scores_N

    def _encoded(self, prompts: Sequence[str], texts: Sequence[str]) -> list[dict[str, Any]]:
        if self._tokenizer.chat_template:
            turns = [
                [{"role": "user", "content": prompt}, {"role": "assistant", "content": text}]
                for prompt, text in zip(prompts, texts, strict=True)
            ]
            columns = self._tokenizer.apply_chat_template(turns, return_dict=True)
        else:
            columns = self._tokenizer(list(prompts), list(texts))
        return [
            dict(zip(columns.keys(), row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
