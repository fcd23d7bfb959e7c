"""Test items with what a model answered, for full tests and forecasts alike."""

import pyarrow as pa

from iwsi import records
from iwsi.rounds.context import Context
from iwsi.tasks.answers import reader_of


def scored(context: Context, items: pa.Table, texts: pa.ChunkedArray) -> pa.Table:
    """Items with the model's answers and whether they are right (records.TEST_RESULTS).

    Args:
        context: The stage's context.
        items: Test items (records.TEST).
        texts: What it generated for each.
    """
    reader = reader_of(context.recipe.task.answer)
    answers = reader.extract_many(texts.to_pylist())
    gold = items["gold"].to_pylist()
    scores = [
        float(reader.same(answer, right)) for answer, right in zip(answers, gold, strict=True)
    ]
    return pa.table(
        {
            "model": [f"{context.run_name}/{context.name.partition('/')[0]}"] * len(scores),
            "item": items["question_id"],
            "score": scores,
            "prompt": items["prompt"],
            "text": texts,
            "answer": answers,
            "gold": gold,
        },
        schema=records.TEST_RESULTS,
    )
