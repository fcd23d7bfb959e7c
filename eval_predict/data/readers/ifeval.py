"""IFEval: `eval_results_strict.jsonl` and `eval_results_loose.jsonl`."""

import math

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.values import score_of, text_of

NAME = "IFEval"
LOOKS_FOR = "records with follow_all_instructions"


def recognise(content: Content) -> bool:
    """Whether its records say whether all instructions were followed."""
    return bool(content.rows) and "follow_all_instructions" in content.rows[0]


def read(content: Content, options: ReadOptions) -> Draft:
    """One model without a name: the item is its key if there is one, else the prompt itself."""
    rows = []
    for record in content.rows:
        score = score_of(record.get("follow_all_instructions"))
        prompt = record.get("prompt")
        rows.append(
            Row(
                text_of(record.get("key", prompt)),
                {"follow_all_instructions": math.nan if score is None else score},
                prompt=prompt if isinstance(prompt, str) else None,
            )
        )
    kind = "loose" if "loose" in content.path.name else "strict"
    return Draft(tuple(rows), setup={"kind": kind})
