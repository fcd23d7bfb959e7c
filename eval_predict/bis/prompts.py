"""Prompts with what describes them: an embedding and covariates; faults are found here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval_predict.bis.covariates import surface_covariates
from eval_predict.bis.encoder import SentenceEncoder
from eval_predict.errors import UserError

MIN_SOURCE = 50
MIN_TARGET = 10


@dataclass(frozen=True, slots=True, eq=False)
class Prompts:
    """N prompts and their description.

    Attributes:
        texts: the N prompts.
        names: what the C covariates are called.
        covariates_NC: finite values; the surface covariates first.
        embeddings_Nd: vectors, or None where none are wanted.
    """

    texts: tuple[str, ...]
    names: tuple[str, ...]
    covariates_NC: NDArray[np.float64]
    embeddings_Nd: NDArray[np.float32] | None = None

    @classmethod
    def describe(
        cls,
        texts: Sequence[str],
        encoder: SentenceEncoder | None = None,
        more: Mapping[str, ArrayLike] | None = None,
        field: str = "prompts",
    ) -> Self:
        """Describe prompts by surface covariates, further columns, and the encoder's vectors.

        Args:
            texts: N prompts.
            encoder: None for covariates alone.
            more: further covariates by name, N finite numbers each: a model's own loss on the
                prompt, its vote share, a year.
            field: what errors call the prompts.

        Raises:
            UserError: (a ValueError) on empty prompts and on columns of another length or with
                numbers that are not finite.
        """
        empty = [row for row, text in enumerate(texts) if not text or not text.strip()]
        if empty or not len(texts):
            shown = ", ".join(map(str, empty[:5])) + (", …" if len(empty) > 5 else "")
            raise UserError(
                field=field,
                got=f"{len(empty)} of {len(texts)} empty (rows {shown})" if empty else "none",
                expected="a text in each row",
                fix="Drop these items." if empty else None,
            )
        names, surface_NC = surface_covariates(texts)
        columns = {
            name: _column(field, name, values, len(texts)) for name, values in (more or {}).items()
        }
        covariates_NC = np.column_stack([surface_NC, *columns.values()])
        vectors_Nd = encoder.encode(texts) if encoder else None
        return cls(tuple(texts), (*names, *columns), covariates_NC, vectors_Nd)

    def take(self, rows_n: ArrayLike) -> Self:
        """Some of the prompts, by position or mask."""
        rows = np.arange(len(self.texts))[np.asarray(rows_n)]
        vectors = None if self.embeddings_Nd is None else self.embeddings_Nd[rows]
        texts = tuple(self.texts[row] for row in rows)
        return type(self)(texts, self.names, self.covariates_NC[rows], vectors)

    @classmethod
    def join(cls, parts: Sequence["Prompts"]) -> Self:
        """Several sets of prompts as one; all with the same covariates."""
        vectors = [part.embeddings_Nd for part in parts if part.embeddings_Nd is not None]
        return cls(
            tuple(text for part in parts for text in part.texts),
            parts[0].names,
            np.concatenate([part.covariates_NC for part in parts]),
            np.concatenate(vectors) if vectors else None,
        )


def contamination(source: Prompts, target: Prompts) -> list[tuple[int, int]]:
    """Positions in source and target of prompts that are the same but for case and white space."""
    where = {_plain(text): row for row, text in enumerate(source.texts)}
    plain = [_plain(text) for text in target.texts]
    return [(where[text], row) for row, text in enumerate(plain) if text in where]


def check_sizes(source: Prompts, target: Prompts, force: bool) -> tuple[str, ...]:
    """Refuse benchmarks that are too small, or warn where `force` goes on with few source items.

    Raises:
        UserError: (a ValueError) on fewer than 50 source items without `force`, on fewer than 10
            target items, and on covariates that differ.
    """
    S, T = len(source.texts), len(target.texts)
    if source.names != target.names:
        odd = sorted(set(source.names) ^ set(target.names))
        raise UserError(
            field="covariates",
            got=f"only one side has {', '.join(odd)}",
            expected="the same on both",
        )
    if T < MIN_TARGET:
        raise UserError(field="target", got=f"{T} prompts", expected=f"at least {MIN_TARGET}")
    if S >= MIN_SOURCE:
        return ()
    reason = f"{S} source items, and weights and regressions of so few are noise"
    if not force or S < 5:
        raise UserError(
            field="source",
            got=reason,
            expected=f"at least {MIN_SOURCE}",
            fix="Go on with --force (force=True)." if S >= 5 else None,
        )
    return (reason,)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _column(field: str, name: str, values: ArrayLike, size: int) -> NDArray[np.float64]:
    column = np.asarray(values, np.float64)
    if column.shape != (size,) or not np.isfinite(column).all():
        raise UserError(
            field=f"{field}.{name}",
            got=f"shape {column.shape}, {(~np.isfinite(column)).sum()} not finite",
            expected=f"({size},) finite numbers",
        )
    return column
