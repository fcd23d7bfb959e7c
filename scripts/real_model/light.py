"""The model of the study, cheap to train often: adapters above, states of what is below kept.

Only the upper layers have a LoRA adapter, so the lower ones say the same of a text in every epoch
and every arm: their states are computed once a text. Weights are bfloat16, adapters float32.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from iwsi.files import atomic_path
from iwsi.models import load_model, load_tokenizer
from iwsi.recipe.model import Model
from iwsi.tasks.encoding import Encoded

ADAPTED, RANK = 12, 32
BATCH = 8
PASS_TOKENS = 1024
WIDTH = 8  # lengths are padded to a multiple of it: oneDNN makes a kernel for each new shape


class LoraLinear(nn.Module):
    """A frozen linear layer and a product of two narrow ones beside it."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.down_RD = nn.Parameter(torch.zeros(RANK, base.in_features))
        self.up_OR = nn.Parameter(torch.zeros(base.out_features, RANK))

    def forward(self, input: Tensor) -> Tensor:
        """As the layer: shape (..., D) to (..., O)."""
        narrow = nn.functional.linear(input, self.down_RD.to(input.dtype))
        output: Tensor = self.base(input) + nn.functional.linear(narrow, self.up_OR.to(input.dtype))
        return output


class LightModel:
    """A Llama whose last layers have adapters.

    Attributes:
        model: the transformers model, adapters included, as the scorers of iwsi take it.
        tokenizer: its tokenizer.
    """

    def __init__(self, folder: Path) -> None:
        section = Model(name=str(folder.resolve()))
        self.tokenizer = load_tokenizer(section)
        self.model = load_model(section).to(torch.bfloat16).eval().requires_grad_(False)
        layers = self.model.model.layers
        self._lower, self._upper = layers[:-ADAPTED], layers[-ADAPTED:]
        for layer in self._upper:
            for block in (layer.self_attn, layer.mlp):
                for name, module in list(block.named_children()):
                    if isinstance(module, nn.Linear):
                        setattr(block, name, LoraLinear(module))
        self.reset(0)

    def reset(self, seed: int) -> None:
        """A fresh adapter, which changes nothing yet."""
        generator = torch.Generator().manual_seed(seed)
        for name, parameter in self._adapter().items():
            bound = parameter.shape[1] ** -0.5 if "down" in name else 0.0
            fresh = torch.empty(parameter.shape).uniform_(-bound, bound, generator=generator)
            parameter.data.copy_(fresh)

    def save(self, path: Path) -> None:
        """Keep the adapter in a file."""
        state = {name: value.detach().contiguous() for name, value in self._adapter().items()}
        with atomic_path(path) as partial:
            save_file(state, partial)

    def load(self, path: Path) -> None:
        """Take the adapter of a file."""
        kept = load_file(path)
        for name, parameter in self._adapter().items():
            parameter.data.copy_(kept[name])

    def states(self, rows: Sequence[Sequence[int]]) -> list[Tensor]:
        """What the lower layers make of each row's tokens, shape (T, D) each."""
        found: dict[int, Tensor] = {}
        with torch.inference_mode():
            for batch in _alike([len(row) for row in rows]):
                width = _width(max(len(rows[i]) for i in batch))
                ids_BT = torch.zeros(len(batch), width, dtype=torch.long)
                for at, i in enumerate(batch):
                    ids_BT[at, : len(rows[i])] = torch.as_tensor(np.asarray(rows[i]))
                hidden = self._through(self._lower, self.model.model.embed_tokens(ids_BT))
                found |= {i: hidden[at, : len(rows[i])].clone() for at, i in enumerate(batch)}
        return [found[i] for i in range(len(rows))]

    def train(
        self,
        samples: Sequence[Encoded],
        states: Sequence[Tensor],
        *,
        epochs: float,
        rate: float,
        seed: int,
    ) -> None:
        """Train the adapter on the completions of samples whose lower states are given."""
        parameters = list(self._adapter().values())
        for parameter in parameters:
            parameter.requires_grad_(True)
        optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.0)
        batches = list(_epochs(len(samples), epochs, np.random.default_rng([seed, 7])))
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(batches))
        for batch in batches:
            loss = self._loss([samples[i] for i in batch], [states[i].clone() for i in batch])
            loss.backward()  # type: ignore[no-untyped-call]  # torch's
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
        for parameter in parameters:
            parameter.requires_grad_(False)

    def next_logits(self, states: Sequence[Tensor], tokens: Sequence[int]) -> Tensor:
        """Logits of some tokens after each row's last one, shape (N, len(tokens))."""
        head = self.model.lm_head.weight[list(tokens)].float()
        found = torch.empty(len(states), len(tokens))
        with torch.inference_mode():
            for batch in _alike([len(row) for row in states]):
                hidden = self._top([states[i] for i in batch])
                last = torch.stack([hidden[at, len(states[i]) - 1] for at, i in enumerate(batch)])
                found[batch] = last.float() @ head.T
        return found

    def losses(
        self, samples: Sequence[Encoded], states: Sequence[Tensor]
    ) -> dict[str, np.ndarray[Any, Any]]:
        """Mean token loss over the completion and over the sequence, shape (N,) each."""
        found = {name: np.empty(len(samples)) for name in ("completion", "sequence")}
        with torch.inference_mode():
            for batch in _alike([len(row) for row in states]):
                hidden = self._top([states[i] for i in batch])
                for at, i in enumerate(batch):
                    ids = torch.from_numpy(samples[i].ids.astype(np.int64))
                    logits = self.model.lm_head(hidden[at, : len(ids) - 1]).float()
                    loss = nn.functional.cross_entropy(logits, ids[1:], reduction="none")
                    found["completion"][i] = loss[samples[i].prompt - 1 :].mean().item()
                    found["sequence"][i] = loss.mean().item()
        return found

    def _loss(self, samples: Sequence[Encoded], states: Sequence[Tensor]) -> Tensor:
        hidden = self._top(states)
        at = [(row, t) for row, s in enumerate(samples) for t in range(s.prompt, len(s.ids))]
        rows, places = (torch.tensor(column) for column in zip(*at, strict=True))
        targets = torch.tensor([int(samples[row].ids[t]) for row, t in at])
        logits = self.model.lm_head(hidden[rows, places - 1]).float()
        return nn.functional.cross_entropy(logits, targets)

    def _top(self, states: Sequence[Tensor]) -> Tensor:
        width = _width(max(len(row) for row in states))
        hidden = states[0].new_zeros(len(states), width, states[0].shape[1])
        for at, row in enumerate(states):
            hidden[at, : len(row)] = row
        output: Tensor = self.model.model.norm(self._through(self._upper, hidden))
        return output

    def _through(self, layers: Any, hidden: Tensor) -> Tensor:
        # Attention looks back and padding is on the right, so that no mask is needed.
        positions = torch.arange(hidden.shape[1])[None]
        rotary = self.model.model.rotary_emb(hidden, position_ids=positions)
        for layer in layers:
            hidden = layer(
                hidden, attention_mask=None, position_ids=positions, position_embeddings=rotary
            )
        return hidden

    def _adapter(self) -> dict[str, nn.Parameter]:
        return {
            f"{place}.{name}": value
            for place, module in self.model.named_modules()
            if isinstance(module, LoraLinear)
            for name, value in (("down_RD", module.down_RD), ("up_OR", module.up_OR))
        }


def _width(length: int) -> int:
    return -(-length // WIDTH) * WIDTH


def _alike(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows in batches of like length, PASS_TOKENS tokens at most."""
    order = np.argsort(-np.asarray(lengths), kind="stable").tolist()
    while order:
        size = max(PASS_TOKENS // _width(lengths[order[0]]), 1)
        yield order[:size]
        order = order[size:]


def _epochs(rows: int, epochs: float, rng: np.random.Generator) -> Iterator[list[int]]:
    order = np.concatenate([rng.permutation(rows) for _ in range(int(np.ceil(epochs)))])
    order = order[: round(rows * epochs)]
    for begin in range(0, len(order), BATCH):
        yield order[begin : begin + BATCH].tolist()
