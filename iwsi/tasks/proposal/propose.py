"""Proposes a task over a file of rows that `iwsi validate` accepts, or says what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iwsi.recipe import Split, Task
from iwsi.recipe.answer import AnswerSpec, kind_of
from iwsi.tasks.answers import reader_of
from iwsi.tasks.dataset import prepare
from iwsi.tasks.proposal.chats import Chat, chat_of
from iwsi.tasks.proposal.golds import Gold, Unread, blank_gold, find_gold, read_kind
from iwsi.tasks.proposal.leaves import Leaf, leaves_of
from iwsi.tasks.proposal.prompts import prompt_of
from iwsi.tasks.proposal.rationales import rationale_of
from iwsi.tasks.proposal.roles import Options, options_of
from iwsi.tasks.rows import Row, Source, read_rows
from iwsi.tasks.rows.source import NeedsKeyError
from iwsi.tasks.templates import render

_LOOKED_AT = 2000  # rows; all are read again when the task is tried
_FEWEST = 3  # rows: one for each split
_MOST_TEST, _MOST_VALIDATION = 500, 100
_MOST_UNUSED = 6
_LONG_TEXT = 30  # characters, on average


@dataclass(frozen=True, slots=True)
class Given:
    """The user's options for a file; None: the value is proposed."""

    records: str | None = None
    encoding: str | None = None
    columns: tuple[str, ...] | None = None
    prompt: str | None = None
    gold: str | None = None
    rationale: str | None = None
    answer: AnswerSpec | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A task, and what a user should know of how it was found.

    Attributes:
        task: With all three splits in the one file.
        longest: Characters of the longest rationale.
        notes: Sentences on what was chosen and why.
    """

    task: Task
    longest: int
    notes: tuple[str, ...]


def propose(path: Path, given: Given) -> Proposal:
    """A task over the rows of a file, tried on them.

    Raises:
        UserError: the file is not read, or a question or a gold answer is missing: it says which
            option names it.
    """
    source, every_row = _read(path, given)
    if len(every_row) < _FEWEST:
        raise source.error(
            f"{len(every_row)} row{'s' * (len(every_row) > 1)}",
            "one for each of train, validation and test",
        )
    rows = every_row[:_LOOKED_AT]
    leaves = leaves_of(rows)
    options = options_of(leaves)
    chat = chat_of(leaves)
    notes = []
    gold = _gold(source, rows, leaves, options, chat, given)
    prompt = given.prompt or _prompt(source, leaves, options, chat, gold)
    found = rationale_of(rows, leaves, gold)
    rationale = given.rationale or found.template
    if rationale == found.template and not found.is_worked:
        notes.append(
            "No column of worked solutions: the rationale is the bare gold answer in a sentence, "
            "so the DS weight compares with that."
        )
    if kind_of(gold.kind) == "text" and given.answer is None:
        notes += [note for kind in ("number", "math") if (note := _nearly(gold.texts, kind))]
    unused = _unused(leaves, prompt + gold.template + rationale)
    if unused:
        notes.append(f"Not in the prompt: {', '.join(unused)}.")
    task = _task(source, prompt, gold, rationale, len(every_row))
    prepare(task, 0, compare=False)
    texts = render(rationale, rows, field="--rationale", where=str(path))
    return Proposal(task, max(map(len, texts)), tuple(notes))


def _nearly(texts: Sequence[str], kind: AnswerSpec) -> str | None:
    """A note that a narrower kind reads most golds, where one does; texts compare as texts only."""
    reader = reader_of(kind)
    refused = [number for number, text in enumerate(texts, 1) if reader.gold(text) is None]
    if not refused or len(refused) * 2 > len(texts):
        return None
    return (
        f"The answers compare as text. --answer {reader.name} compares by value, once it reads "
        f"every row: it refuses {len(refused)} of {len(texts)}, first row {refused[0]} "
        f"({texts[refused[0] - 1].strip()[:40]!r})."
    )


def _read(path: Path, given: Given) -> tuple[Source, list[Row]]:
    """The rows, with the key that their file needs."""
    source = Source(path, "", given.records, given.encoding, given.columns)
    for _ in range(3):  # an encoding, names of columns and a path of records
        try:
            rows = read_rows(source)
        except NeedsKeyError as error:
            source = replace(source, **{error.key: error.value})
            continue
        if given.records is None and source.records is None and (inner := _inner(rows)):
            source = replace(source, records=inner)
            continue
        return source, rows
    return source, read_rows(source)


def _inner(rows: Sequence[Row]) -> str | None:
    """The list of questions inside each row, where rows are passages or tables."""
    for name in ("questions", "qas", "qa_pairs"):
        lists = [row.get(name) for row in rows]
        if all(isinstance(inner, list) and inner for inner in lists) and all(
            isinstance(record, dict) for inner in lists for record in inner or ()
        ):
            return f"{name}[]"
    return None


def _gold(
    source: Source,
    rows: list[Row],
    leaves: Sequence[Leaf],
    options: Options | None,
    chat: Chat | None,
    given: Given,
) -> Gold:
    if given.gold is not None:
        texts = render(given.gold, rows, field="--gold", where=str(source.path))
        kind = read_kind(texts, given.answer)
        found: Gold | Unread | None = (
            kind._replace(template=given.gold)
            if isinstance(kind, Unread)
            else Gold(given.gold, leaves[0], kind, texts)
        )
    else:
        outside = [leaf for leaf in leaves if chat is None or not _is_in(leaf, chat.leaf)]
        found = find_gold(outside, rows, options, given.answer)
        if chat is not None and not chat.ends_with_question:
            asks = isinstance(found, Gold) and prompt_of(outside, options, found.leaf) is not None
            found = found if asks else _reply(source, rows, chat, given)
        found = found or _last_part(rows, leaves, given)
    if isinstance(found, Gold):
        return found
    if found is None and (blank := blank_gold(leaves)):
        raise source.error(
            f"no gold answer in {blank[0]}",
            "one in every row",
            "Fill it in or take the row out.",
            key=f"row {blank[1]}",
        )
    if found is None:
        raise source.error(
            f"no column that looks like a gold answer (found: {_names(rows)})",
            "one, since test rows need a gold answer",
            "Name it with --gold, such as --gold '{{ answer }}'.",
        )
    raise source.error(
        f"{found.text.strip()[:60]!r} of {found.template}" if found.text.strip() else "no gold",
        f"{reader_of(given.answer).fits}" if given.answer else "one answer a row, of one kind",
        found.hint
        or "Take the row out, or name another column with --gold or another kind with --answer.",
        key=f"row {found.number}",
    )


def _reply(source: Source, rows: list[Row], chat: Chat, given: Given) -> Gold | Unread:
    if (number := chat.unfit()) is not None:
        turns = len(chat.leaf.values[number - 1])
        raise source.error(
            f"a conversation of {turns} turns in {chat.leaf.expression}",
            "one question and one reply, after a system prompt at most",
            "Name the turns with --prompt and --gold, such as"
            f" --gold '{{{{ {chat.leaf.expression}[-1].{chat.text} }}}}'.",
            key=f"row {number}",
        )
    texts = render(chat.reply, rows, field="--gold", where=str(source.path))
    kind = read_kind(texts, given.answer)
    if isinstance(kind, Unread):
        return kind._replace(template=chat.leaf.expression)
    return Gold(chat.reply, chat.leaf, kind, texts)


def _last_part(rows: list[Row], leaves: Sequence[Leaf], given: Given) -> Gold | None:
    """The gold of rows that are one text each, in which it follows a mark."""
    for leaf in leaves:
        for mark in ("\nA: ", "\nAnswer: ", "### Response:\n"):
            if leaf.depth == 0 and leaf.holds(str) and all(mark in str(v) for v in leaf.values):
                quoted = mark.replace("\n", "\\n")
                template = f'{{{{ {leaf.expression}.rpartition("{quoted}")[2] }}}}'
                texts = render(template, rows, field="--gold", where="")
                kind = read_kind(texts, given.answer)
                return None if isinstance(kind, Unread) else Gold(template, leaf, kind, texts)
    return None


def _prompt(
    source: Source,
    leaves: Sequence[Leaf],
    options: Options | None,
    chat: Chat | None,
    gold: Gold,
) -> str:
    if chat is not None and gold.template == chat.reply:
        return chat.prompt
    if chat is not None and chat.ends_with_question:
        return chat.last
    if ".rpartition(" in gold.template:
        before = gold.template.replace(")[2]", ")[0]")
        mark = gold.template.partition('("')[2].partition('")')[0].replace("\\n", "\n")
        return before + mark.rstrip(" ")
    prompt = prompt_of(leaves, options, gold.leaf)
    if prompt is None:
        raise source.error(
            "no column that looks like a question",
            "one",
            "Name it with --prompt, such as --prompt '{{ question }}'.",
        )
    return prompt


def _task(source: Source, prompt: str, gold: Gold, rationale: str, rows: int) -> Task:
    keys: dict[str, Any] = {"path": str(source.path), "encoding": source.encoding}
    keys |= {"records": source.records}
    if source.columns:
        keys["columns"] = list(source.columns)
    split = Split(**keys)
    test = max(1, min(_MOST_TEST, rows // 3))
    validation = max(1, min(_MOST_VALIDATION, rows // 4))
    return Task(
        name=source.path.name.partition(".")[0] or "task",
        train=split,
        validation=split.model_copy(update={"size": validation}),
        test=split.model_copy(update={"size": test}),
        prompt=prompt,
        rationale=rationale,
        gold=gold.template,
        answer=gold.kind,
    )


def _unused(leaves: Sequence[Leaf], templates: str) -> list[str]:
    """Columns of texts or structures that no template names."""
    return [
        leaf.expression
        for leaf in leaves
        if leaf.depth == 0
        and leaf.expression not in templates
        and (leaf.holds(list, dict) or (leaf.holds(str) and _is_long(leaf)))
    ][:_MOST_UNUSED]


def _is_long(leaf: Leaf) -> bool:
    texts = [value for value in leaf.values if value]
    return sum(map(len, texts)) >= _LONG_TEXT * len(texts)


def _is_in(leaf: Leaf, outer: Leaf) -> bool:
    return leaf.expression.startswith(outer.expression)


def _names(rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
