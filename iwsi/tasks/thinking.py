"""Think blocks: the part between `<think>` and `</think>` that a reasoning model writes first."""

import re

OPEN, CLOSE = "<think>", "</think>"


def opens_thinking(prompt: str) -> bool:
    """Whether a prompt ends inside a think block, as some chat templates open one."""
    return prompt.rfind(OPEN) > prompt.rfind(CLOSE) and prompt.rstrip().endswith(OPEN)


def after_opened_thinking(rationale: str, answer: str) -> str:
    """A rationale as it continues a prompt that has opened a think block: closed, not reopened.

    Args:
        rationale: A worked solution, with a think block of its own or without.
        answer: Its canonical answer, which is stated behind the block where nothing stands there.
    """
    text = re.sub(rf"\A\s*{OPEN}\n*", "", rationale)
    if CLOSE not in text:
        text = f"{text.strip()}\n{CLOSE}"
    thought, _, rest = text.rpartition(CLOSE)
    return f"{thought}{CLOSE}\n\n{rest.strip() or f'The answer is {answer}.'}"


def is_left_open(text: str) -> bool:
    """Whether a text opens a think block and does not close it."""
    return text.rfind(OPEN) > text.rfind(CLOSE)
