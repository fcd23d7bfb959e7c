"""The prompt style: prompts as a user's turns in the model's chat template, or as they stand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from eval_predict.errors import UserError
from iwsi.models import load_tokenizer
from iwsi.recipe import Model, Recipe

# Templates that state the day would make a run's prompts differ from one day to the next.
_TODAY = datetime(2024, 7, 26, tzinfo=UTC)  # what Llama's own templates fall back to
_USER, _ASSISTANT = "what the user says", "what the assistant says"


class ChatTurn(NamedTuple):
    """What a chat template puts around a user's text, and the token that ends an answer.

    `end_token` is None where it is the tokenizer's own end-of-sequence token.
    """

    before: str
    after: str
    end_token: str | None


def in_prompt_style(recipe: Recipe) -> Recipe:
    """The recipe as one of plain completion, whatever its prompt style.

    In chat style the few-shot text and the prompt are one user's turn: what the template puts
    before it goes to `task.few_shot`, what comes after it to `task.prompt`, up to where the
    answer begins. So every stage that samples, scores or trains works on the same text. The
    result's own result is itself.

    Raises:
        UserError: chat is asked for and the tokenizer has no template, or one that does not say
            a user's words as they are.
    """
    task, model = recipe.task, recipe.model
    plain = task.model_copy(update={"prompt_style": "completion"})
    if task.prompt_style == "completion" or (task.prompt_style == "auto" and _is_plain(model)):
        return recipe.model_copy(update={"task": plain})
    tokenizer = load_tokenizer(model)
    if not tokenizer.chat_template:
        if task.prompt_style == "auto":
            return recipe.model_copy(update={"task": plain})
        raise UserError(
            field="task.prompt_style",
            got=f"chat, and the tokenizer of {model.title} has no chat template",
            expected="a model that was tuned for chat",
            fix="use it, or task.prompt_style=completion",
        )
    turn = chat_turn(tokenizer, model.title)
    chat = plain.model_copy(
        update={
            "few_shot": turn.before + task.few_shot,
            "prompt": task.prompt + _closing(turn),
            "separator": "",
        }
    )
    end_token = model.end_token or turn.end_token
    return recipe.model_copy(
        update={"task": chat, "model": model.model_copy(update={"end_token": end_token})}
    )


def own_turn(recipe: Recipe) -> ChatTurn | None:
    """The chat turn that `in_prompt_style` put around the recipe's prompts; None where it did not.

    Raises:
        UserError: as `chat_turn`.
    """
    if not recipe.task.prompt.endswith("{% endraw %}"):
        return None
    tokenizer = load_tokenizer(recipe.model)
    if not tokenizer.chat_template:
        return None
    turn = chat_turn(tokenizer, recipe.model.title)
    return turn if recipe.task.prompt.endswith(_closing(turn)) else None


def chat_turn(tokenizer: Any, name: str) -> ChatTurn:
    """What the tokenizer's template puts around one user's turn, up to where an answer begins.

    A begin-of-sequence token that the tokenizer adds by itself is left out of `before`.

    Raises:
        UserError: the template fails, or does not hold the text as it is.
    """
    user = {"role": "user", "content": _USER}
    before, after = _around(tokenizer, [user], _USER, name, add_generation_prompt=True)
    bos = tokenizer.bos_token
    if bos and tokenizer("")["input_ids"][:1] == [tokenizer.bos_token_id]:
        before = before.removeprefix(bos)
    answer = {"role": "assistant", "content": _ASSISTANT}
    _, closing = _around(tokenizer, [user, answer], _ASSISTANT, name)
    return ChatTurn(before, after, _end_token(tokenizer, closing))


def _closing(turn: ChatTurn) -> str:
    """The end of a prompt's template: what closes the user's turn, as it stands."""
    return f"{{% raw %}}{turn.after}{{% endraw %}}"


def _around(
    tokenizer: Any, messages: list[dict[str, str]], text: str, name: str, **options: bool
) -> tuple[str, str]:
    try:
        rendered: str = tokenizer.apply_chat_template(
            messages, tokenize=False, strftime_now=_TODAY.strftime, **options
        )
    except Exception as error:  # a template can raise what it likes
        raise _unfit(name, str(error)) from error
    before, found, after = rendered.partition(text)
    if not found or text in after:
        raise _unfit(name, "a message that does not stand in it once and as it is")
    return before, after


def _end_token(tokenizer: Any, closing: str) -> str | None:
    """The special token that a closing begins with, unless it is the end-of-sequence token."""
    if not closing or (tokenizer.eos_token and closing.startswith(tokenizer.eos_token)):
        return None
    first = tokenizer(closing, add_special_tokens=False)["input_ids"][0]
    added = tokenizer.added_tokens_decoder.get(first)
    return str(added.content) if added is not None and added.special else None


def _is_plain(model: Model) -> bool:
    """Whether a local folder has no chat template, told without loading its tokenizer."""
    folder = Path(model.title)
    config = folder / "tokenizer_config.json"
    if not config.is_file() or any(folder.glob("*chat_template*")):
        return False
    return "chat_template" not in json.loads(config.read_text(encoding="utf-8"))


def _unfit(name: str, got: str) -> UserError:
    return UserError(
        field="task.prompt_style",
        got=f"the chat template of {name}: {got}",
        expected="a template that takes a user's turn",
        fix="task.prompt_style=completion",
    )
