"""The row types that stages exchange, as Parquet schemas written down once."""

import pyarrow as pa

QUESTION_ID = pa.field("question_id", pa.string(), nullable=False)
CANDIDATE_ID = pa.field("candidate_id", pa.int32(), nullable=False)

# A training question: by construction there is no column that could hold its label.
QUESTIONS = pa.schema([QUESTION_ID, pa.field("prompt", pa.string(), nullable=False)])

# A labelled validation row: its rationale is what the DS weight compares with.
VALIDATION = pa.schema([*QUESTIONS, pa.field("completion", pa.string(), nullable=False)])

# A labelled test row: `gold` is the canonical answer.
TEST = pa.schema([*QUESTIONS, pa.field("gold", pa.string(), nullable=False)])

# A completion's tokens as they were sampled, end token included. Null where the engine does not
# give them, or where `text` is not all of them: it was cut off, or a special token left out.
TOKEN_IDS = pa.field("token_ids", pa.list_(pa.int32()))
# Columns that files of earlier versions lack; they are read as null.
OPTIONAL = pa.schema([TOKEN_IDS])

CANDIDATES = pa.schema(
    [
        QUESTION_ID,
        CANDIDATE_ID,
        pa.field("prompt", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("finish_reason", pa.string(), nullable=False),
        pa.field("num_tokens", pa.int32(), nullable=False),
        pa.field("logprob", pa.float64(), nullable=False),  # sum over the tokens, natural log
        TOKEN_IDS,
    ]
)

VOTE_FIELDS = (
    pa.field("answer", pa.string()),  # canonical; null where the text holds none
    pa.field("majority", pa.string()),  # the question's winning answer; null where there is none
    pa.field("vote_share", pa.float64()),  # of the winner, among candidates that answered
    pa.field("vote_share_all", pa.float64()),  # of the winner, among all the question's candidates
    pa.field("vote_entropy", pa.float64()),  # of the question, over ln(answers); in [0, 1]
    pa.field("agrees", pa.bool_(), nullable=False),
    pa.field("reason", pa.string()),  # why the vote drops it; null where it agrees
)
VOTES = pa.schema([QUESTION_ID, CANDIDATE_ID, *VOTE_FIELDS])

LOSS_FIELDS = (
    pa.field("nll", pa.float64()),  # mean per token, nats; null where it was not scored
    pa.field("ds_weight", pa.float64()),
)
LOSSES = pa.schema([QUESTION_ID, CANDIDATE_ID, *LOSS_FIELDS])

# What the candidates' losses are compared with.
VALIDATION_LOSSES = pa.schema(
    [
        QUESTION_ID,
        pa.field("nll", pa.float64(), nullable=False),
        pa.field("num_tokens", pa.int32(), nullable=False),  # of the worked answer
    ]
)

# Of audited rows: mean token losses of the worked answer, and of the vote's first candidate.
LABELLED_LOSSES = pa.schema(
    [
        QUESTION_ID,
        pa.field("rationale_completion", pa.float64(), nullable=False),
        pa.field("rationale_sequence", pa.float64(), nullable=False),
        pa.field("vote_sequence", pa.float64()),  # null where there is no majority
        pa.field("rationale_tokens", pa.int32(), nullable=False),
    ]
)

# Further scores of audited votes, higher where they take the vote to be right.
LABELLED_RATINGS = pa.schema([QUESTION_ID, pa.field("rating", pa.float64())])
LABELLED_REWARDS = pa.schema([QUESTION_ID, pa.field("reward", pa.float64())])
LABELLED_SHIFTS = pa.schema([QUESTION_ID, pa.field("density", pa.float64())])

RATINGS = pa.schema(
    [
        QUESTION_ID,
        CANDIDATE_ID,
        pa.field("reply", pa.string()),  # null where the candidate was not asked about
        pa.field("rating", pa.float64()),  # 0 to 10; null where the reply holds none
    ]
)
REWARDS = pa.schema([QUESTION_ID, CANDIDATE_ID, pa.field("reward", pa.float64())])
# Log density ratio of validation rows over candidates, up to a constant.
SHIFTS = pa.schema([QUESTION_ID, CANDIDATE_ID, pa.field("log_ratio", pa.float64())])

# The training rows' labels: no part of QUESTIONS, and written for one filter alone.
GOLD = pa.schema([QUESTION_ID, pa.field("gold", pa.string(), nullable=False)])

SELECTION = pa.schema(
    [
        *CANDIDATES,
        *(field for field in VOTE_FIELDS if field.name != "reason"),
        *LOSS_FIELDS,
        pa.field("score", pa.float64()),  # what the filter ranked by; null where it had nothing
        pa.field("keep", pa.bool_(), nullable=False),
        pa.field("reason", pa.string()),  # why it was dropped; null where it is kept
        pa.field("weight", pa.float64(), nullable=False),  # of its loss beside the others'
    ]
)

# A kept and a rejected candidate of one question.
PAIRS = pa.schema(
    [
        *QUESTIONS,
        pa.field("chosen", pa.string(), nullable=False),
        pa.field("rejected", pa.string(), nullable=False),
        pa.field("chosen_token_ids", TOKEN_IDS.type),
        pa.field("rejected_token_ids", TOKEN_IDS.type),
        pa.field("chosen_id", pa.int32(), nullable=False),
        pa.field("rejected_id", pa.int32(), nullable=False),
        pa.field("margin", pa.float64(), nullable=False),  # votes apart, over all candidates
        pa.field("weight", pa.float64(), nullable=False),  # of its loss, with a mean of 1
    ]
)

# What `eval_predict` reads (model, item, score), and the text that was scored.
TEST_RESULTS = pa.schema(
    [
        pa.field("model", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("prompt", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("answer", pa.string()),
        pa.field("gold", pa.string(), nullable=False),
    ]
)

# Test items that a forecast ran: also how they were drawn.
FORECAST_RESULTS = pa.schema(
    [
        *TEST_RESULTS,
        pa.field("probability", pa.float64()),  # of the draw; null where the item was chosen
        pa.field("stage", pa.int32(), nullable=False),  # which draw it came from, 0 the first
    ]
)
