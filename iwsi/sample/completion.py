"""The text of sampled tokens, and whether these tokens are what is scored and trained."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Completion(NamedTuple):
    """Attributes as those of `Candidate`."""

    text: str
    token_ids: tuple[int, ...] | None


class CompletionReader:
    """Turns sampled tokens into text.

    Args:
        tokenizer: The model's tokenizer.
        stop: Strings that end an answer, and are cut off.
    """

    def __init__(self, tokenizer: Any, stop: Sequence[str] = ()) -> None:
        self._tokenizer = tokenizer
        self._stop = stop
        added = tokenizer.added_tokens_decoder.items()
        special = {number for number, token in added if token.special}
        self._special = special | set(tokenizer.all_special_ids)

    def read(self, ids: Sequence[int], *, ended: bool) -> Completion:
        """The text, with the tokens where an end token ended them and the text is all of them.

        An answer that was cut off has no end that could be trained, and one that a stop string
        ended holds tokens of which the text shows a part: both are their text alone, as are
        answers with special tokens, which the text does not show.

        Args:
            ids: Tokens.
            ended: Whether the last of them is an end token, which is no part of the text.
        """
        shown = ids[:-1] if ended else ids
        text: str = self._tokenizer.decode(shown, skip_special_tokens=True)
        cuts = [at for at in (text.find(string) for string in self._stop) if at >= 0]
        whole = ended and not cuts and self._special.isdisjoint(shown)
        return Completion(text[: min(cuts)] if cuts else text, tuple(ids) if whole else None)
