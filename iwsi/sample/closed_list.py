"""The completions of a closed list of answers, as `sample.method: exact` scores them."""

from eval_predict.errors import UserError
from iwsi.recipe import Recipe
from iwsi.recipe.answer import LabelAnswer
from iwsi.tasks.answers import extract_answer
from iwsi.tasks.sample_text import SampleText
from iwsi.tasks.templates import render


def closed_list(recipe: Recipe) -> tuple[str, ...]:
    """Each label's whole text with what stands before it; nothing where answers are generated.

    Raises:
        UserError: the template does not render, or two labels are read as one answer or none.
    """
    sample = recipe.sample
    if sample.method != "exact":
        return ()
    labels = labels_of(recipe)
    rows = [{"label": label} for label in labels]
    texts = render(sample.completion, rows, field="sample.completion", where="the recipe")
    answers = [extract_answer(text, recipe.task.answer) for text in texts]
    for label, text, answer in zip(labels, texts, answers, strict=True):
        if answer is None or answers.count(answer) > 1:
            raise UserError(
                field="sample.labels",
                got=f"{label!r}, whose text {text!r} is read as {answer!r}"
                + (", as another label's is" if answer is not None else ""),
                expected="a text for each label that task.answer reads as an answer of its own",
                fix="Change sample.completion, sample.labels or task.answer.",
            )
    form = SampleText.of(recipe.task)
    return tuple(form.completion(text) for text in texts)


def labels_of(recipe: Recipe) -> tuple[str, ...]:
    """The closed list: `sample.labels`, or those of `task.answer`.

    Raises:
        UserError: there are fewer than two.
    """
    answer, named = recipe.task.answer, recipe.sample.labels
    labels = named or (answer.of if isinstance(answer, LabelAnswer) else ())
    if len(labels) < 2:
        raise UserError(
            field="sample.labels",
            got=f"{list(labels)} with sample.method=exact",
            expected="the closed list of answers: two or more labels",
            fix="Set sample.labels, or task.answer to {kind: label, of: [...]}.",
        )
    return labels


def check_exact(recipe: Recipe) -> None:
    """Refuse what exact shares cannot be used with.

    Raises:
        UserError: names the key.
    """
    closed_list(recipe)
    if recipe.sample.method != "exact":
        return
    if recipe.filter.min_votes > 1:
        raise UserError(
            field="filter.min_votes",
            got=f"{recipe.filter.min_votes} with sample.method=exact, which counts no votes",
            expected="1",
            fix="Remove filter.min_votes; filter.method=vote_share keeps what agrees most.",
        )
    if recipe.filter.method == "self":
        raise UserError(
            field="filter.method",
            got="self with sample.method=exact, which generates no text",
            expected="a filter that asks the model for no rating",
            fix="Use another filter.method, or sample.method=generate.",
        )
