"""The prompt style: prompts as user turns of the model's chat template, or unchanged."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from eval_predict.errors import UserError
from iwsi.models import load_tokenizer
from iwsi.recipe import Model, Recipe, Task

# Templates that state the day would make a run's prompts differ from one day to the next.
_TODAY = datetime(2024, 7, 26, tzinfo=UTC)  # what Llama's own templates fall back to
_USER, _ASSISTANT = "what the user says", "what the assistant says"


class ChatTurn(NamedTuple):
    """The text that a chat template puts around a user's text, and the token that ends an answer.

    `end_token` is None where it is the tokenizer's own end-of-sequence token.
    """

    before: str
    after: str
    end_token: str | None


def in_prompt_style(recipe: Recipe) -> Recipe:
    """The recipe as one of plain completion, for any prompt style.

    In chat style the few-shot text and the prompt are one user's turn: what the template puts
    before it goes to `task.few_shot`, what comes after it to `task.prompt`, up to where the
    answer begins. So every stage that samples, scores or trains works on the same text. The
    function is idempotent.

    Raises:
        UserError: chat is asked for and the tokenizer has no template, or one that does not say
            a user's words as they are.
    """
    task, model = recipe.task, recipe.model
    plain = task.model_copy(update={"prompt_style": "completion"})
    if task.prompt_style == "completion" or (task.prompt_style == "auto" and _is_plain(model)):
        _refuse_chat_keys(task)
        return recipe.model_copy(update={"task": plain})
    tokenizer = load_tokenizer(model)
    if not tokenizer.chat_template:
        if task.prompt_style == "auto":
            _refuse_chat_keys(task)
            return recipe.model_copy(update={"task": plain})
        raise UserError(
            field="task.prompt_style",
            got=f"chat, and the tokenizer of {model.title} has no chat template",
            expected="a model that was tuned for chat",
            fix="Use such a model, or set task.prompt_style=completion.",
        )
    turn = chat_turn(tokenizer, model.title, task.system, task.template_options)
    chat = plain.model_copy(
        update={
            "few_shot": turn.before + task.few_shot,
            "opening": turn.before,
            "prompt": task.prompt + _closing(turn),
            "separator": "",
            "system": None,  # it is in the few-shot text now
        }
    )
    end_token = model.end_token or turn.end_token
    return recipe.model_copy(
        update={"task": chat, "model": model.model_copy(update={"end_token": end_token})}
    )


def recipe_chat_turn(recipe: Recipe) -> ChatTurn | None:
    """The chat turn that `in_prompt_style` put around the recipe's prompts; None where it did not.

    Raises:
        UserError: as `chat_turn`.
    """
    if not recipe.task.prompt.endswith("{% endraw %}"):
        return None
    tokenizer = load_tokenizer(recipe.model)
    if not tokenizer.chat_template:
        return None
    turn = chat_turn(tokenizer, recipe.model.title, None, recipe.task.template_options)
    return turn if recipe.task.prompt.endswith(_closing(turn)) else None


def chat_turn(
    tokenizer: Any,
    name: str,
    system: str | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> ChatTurn:
    """The text that the tokenizer's template puts around one user's turn, up to the answer.

    A begin-of-sequence token that the tokenizer adds by itself is left out of `before`.

    Args:
        tokenizer: One with a chat template.
        name: The model's name, for errors.
        system: A system prompt before the user's turn; None: what the template has of itself.
        options: Variables for the template.

    Raises:
        UserError: the template fails, does not hold the texts as they are, or knows no such
            option.
    """
    for option in options:
        if not re.search(rf"\b{re.escape(option)}\b", str(tokenizer.chat_template)):
            raise UserError(
                field=f"task.template_options.{option}",
                got=f"a variable that the chat template of {name} does not have",
                expected="one that it reads",
                fix="Remove this option, or see the model's card for its name.",
            )
    user = {"role": "user", "content": _USER}
    turns = [{"role": "system", "content": system}, user] if system else [user]
    before, after = _around(tokenizer, turns, _USER, name, add_generation_prompt=True, **options)
    if system and system.strip() not in before:
        raise _unfit(name, "no place for task.system, which it leaves out")
    bos = tokenizer.bos_token
    if bos and tokenizer("")["input_ids"][:1] == [tokenizer.bos_token_id]:
        before = before.removeprefix(bos)
    answer = {"role": "assistant", "content": _ASSISTANT}
    _, closing = _around(tokenizer, [*turns, answer], _ASSISTANT, name, **options)
    return ChatTurn(before, after, _end_token(tokenizer, closing))


def _closing(turn: ChatTurn) -> str:
    """The end of a prompt's template: the text that closes the user's turn."""
    return f"{{% raw %}}{turn.after}{{% endraw %}}"


def _around(
    tokenizer: Any, messages: list[dict[str, str]], text: str, name: str, **options: Any
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
    """Whether a local folder has no chat template, found without loading its tokenizer."""
    folder = Path(model.title)
    config = folder / "tokenizer_config.json"
    if not config.is_file() or any(folder.glob("*chat_template*")):
        return False
    return "chat_template" not in json.loads(config.read_text(encoding="utf-8"))


def _refuse_chat_keys(task: Task) -> None:
    """Refuse what only a chat template can use, where the prompts are plain text."""
    is_styled = task.prompt.endswith("{% endraw %}")  # by this module, whose keys were used then
    for key in ("system", "template_options"):
        if getattr(task, key) and not is_styled:
            raise UserError(
                field=f"task.{key}",
                got=repr(getattr(task, key))[:80],
                expected="nothing, since the prompts are no chat",
                fix="Put the text into task.few_shot, or choose a model with a chat template."
                if key == "system"
                else "Remove task.template_options, or choose a model with a chat template.",
            )


def _unfit(name: str, got: str) -> UserError:
    return UserError(
        field="task.prompt_style",
        got=f"the chat template of {name}: {got}",
        expected="a template that takes a user's turn",
        fix="Set task.prompt_style=completion, and put a system prompt into task.few_shot.",
    )
