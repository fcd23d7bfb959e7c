"""py-irt: one line a subject, with its responses by item."""

import math

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.values import score_of, text_of

NAME = "py-irt"
LOOKS_FOR = "lines with subject_id and responses"


def recognise(content: Content) -> bool:
    """Whether its first record is a subject."""
    rows = content.rows or ((content.mapping,) if content.mapping else ())
    return bool(rows) and "subject_id" in rows[0] and isinstance(rows[0].get("responses"), dict)


def read(content: Content, options: ReadOptions) -> Draft:
    """Subjects are models; a response that is absent is missing."""
    rows = []
    for record in content.rows or (content.mapping,):
        responses = record.get("responses")
        for item, value in responses.items() if isinstance(responses, dict) else ():
            score = score_of(value)
            rows.append(
                Row(
                    str(item),
                    {"response": math.nan if score is None else score},
                    model=text_of(record.get("subject_id")),
                )
            )
    return Draft(tuple(rows))
