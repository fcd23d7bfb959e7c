"""Conversations: one question and one reply make a row; longer conversations do not."""

from collections.abc import Sequence
from typing import NamedTuple

from iwsi.tasks.proposal.leaves import Leaf

_FORMS = (("role", "content"), ("from", "value"))
_PAIRS = [["user", "assistant"], ["human", "gpt"]]


class Chat(NamedTuple):
    """The column of a conversation and its keys.

    Attributes:
        leaf: The column.
        speaker, text: The keys of a turn's speaker and text.
    """

    leaf: Leaf
    speaker: str
    text: str

    @property
    def prompt(self) -> str:
        """The only question's template; empty where the conversation has other turns."""
        return self._turn(0)

    @property
    def reply(self) -> str:
        """The only reply's template."""
        return self._turn(1)

    @property
    def last(self) -> str:
        """The last turn's template: the question, where the reply is in another column."""
        return f"{{{{ {self.leaf.expression}[-1].{self.text} }}}}"

    @property
    def ends_with_question(self) -> bool:
        """Whether every row's last turn is the user's."""
        return all(turns[-1].get(self.speaker) in ("user", "human") for turns in self.leaf.values)

    def unfit(self) -> int | None:
        """The number of the first row that is not one question and one reply."""
        for number, turns in enumerate(self.leaf.values, 1):
            spoken = [turn for turn in turns if turn.get(self.speaker) != "system"]
            if [turn.get(self.speaker) for turn in spoken] not in _PAIRS:
                return number
            if not all(str(turn.get(self.text) or "").strip() for turn in spoken):
                return number
        return None

    def _turn(self, place: int) -> str:
        return (
            f"{{% set turns = {self.leaf.expression}"
            f" | rejectattr('{self.speaker}', 'equalto', 'system') | list %}}"
            f"{{% if turns | map(attribute='{self.speaker}') | list in {_PAIRS} %}}"
            f"{{{{ turns[{place}].{self.text} }}}}{{% endif %}}"
        )


def chat_of(leaves: Sequence[Leaf]) -> Chat | None:
    """The first column that holds lists of turns."""
    for leaf in leaves:
        if leaf.depth == 0 and leaf.holds(list) and leaf.is_full:
            for who, content in _FORMS:
                if all(
                    isinstance(turn, dict) and {who, content} <= turn.keys()
                    for turns in leaf.values
                    for turn in turns
                ) and all(leaf.values):
                    return Chat(leaf, who, content)
    return None
