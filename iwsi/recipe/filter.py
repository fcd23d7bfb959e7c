"""The section that says which candidates are trained on: one class a method."""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from iwsi.recipe.section import Cluster, LossOver, Section

RATING_PROMPT = """{{ prompt }} {{ answer }}

How likely is it that the answer above is right? Rate it from 0 (surely wrong) to 10 (surely right).
Rating:"""


class FilterSection(Section):
    """The keys of every method: the vote before it, and how scoring fits into the machine."""

    method: str
    tie: Literal["drop", "first"] = Field(
        "drop", description="drop: a tie is no majority; first: the answer sampled first wins it."
    )
    min_votes: int = Field(
        1,
        ge=1,
        description="Fewest candidates that must agree on a question's answer; texts without an "
        "answer count for none.",
    )
    min_vote_accuracy: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Lowest share of right votes on labelled rows with which a round trains; null: "
        "a warning below one half.",
    )
    max_per_question: int | None = Field(
        None, ge=1, description="Most candidates kept per question; null: no limit."
    )
    batch_tokens: int = Field(16_384, ge=1, description="Most tokens scored at once, padding too.")
    processes: int | None = Field(
        None,
        ge=1,
        description="Processes that compute the losses, hidden states or rewards that the method "
        "needs, each with its own GPU; null: as for sample.",
    )
    cluster: Cluster = Field("none", description="ray: they are actors of a Ray cluster.")


class KeepsShare(FilterSection):
    """A method that ranks the voted candidates and keeps the best."""

    keep: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of voted candidates kept, best first (iwsi: lowest DS weight).",
    )


class ScoresLoss(FilterSection):
    """A method that compares losses with those of the labelled examples."""

    loss_over: LossOver = Field(
        "sequence", description="Tokens that the DS weight's loss is a mean over."
    )


class WeighsLoss(FilterSection):
    """A method that gives candidates unequal loss weights."""

    weight_cap: float = Field(
        5.0, ge=1, description="Largest ratio between the loss weights of two samples."
    )


class Lmsi(FilterSection):
    """The vote alone."""

    method: Literal["lmsi"] = "lmsi"


class Entropy(FilterSection):
    """The vote, and a limit on the entropy of its answers."""

    method: Literal["entropy"] = "entropy"
    max_entropy: float = Field(
        0.5, ge=0, le=1, description="Highest vote entropy of a question that is kept."
    )


class VoteShare(KeepsShare):
    """The questions whose answers agree most."""

    method: Literal["vote_share"] = "vote_share"


class Confidence(KeepsShare):
    """Low loss of the completion under the model that sampled it."""

    method: Literal["confidence"] = "confidence"
    per_question: Literal["all", "best"] = Field(
        "all",
        description="all: every candidate of the vote is ranked; best: the one of lowest loss of "
        "each question.",
    )


class Grape(FilterSection):
    """The completions of each question that the model itself finds likeliest."""

    method: Literal["grape"] = "grape"
    likeliest: int = Field(1, ge=1, description="Completions of each question that are kept.")


class SelfRating(KeepsShare):
    """The model's own rating of each answer."""

    method: Literal["self"] = "self"
    rating_prompt: str = Field(
        RATING_PROMPT,
        description="Jinja template with prompt and answer; the model continues with 0-10.",
    )


class RewardModel(KeepsShare):
    """A reward model's score of each answer."""

    method: Literal["rm"] = "rm"
    reward_model: str = Field(
        min_length=1,
        description="A sequence classifier: a folder (relative to the recipe if it begins with .) "
        "or hub id.",
    )
    reward_revision: str | None = Field(None, description="The reward model's hub revision.")
    trust_remote_code: bool = Field(False, description="Run code that comes with the reward model.")


class Iwsi(KeepsShare, ScoresLoss):
    """The DS weight."""

    method: Literal["iwsi"] = "iwsi"


class IwsiWeighted(WeighsLoss, ScoresLoss):
    """The DS weight as a loss weight; nothing is dropped."""

    method: Literal["iwsi_weighted"] = "iwsi_weighted"


class LikelihoodRatio(WeighsLoss, ScoresLoss):
    """The likelihood ratio of the loss, labelled examples over candidates, as a loss weight."""

    method: Literal["likelihood_ratio"] = "likelihood_ratio"


class IwsiLength(KeepsShare, ScoresLoss):
    """The DS weight among answers of like length."""

    method: Literal["iwsi_length"] = "iwsi_length"


class IwsiOneSided(KeepsShare, ScoresLoss):
    """The DS weight where only a loss above the labelled examples' counts as a shift."""

    method: Literal["iwsi_one_sided"] = "iwsi_one_sided"
    loss_over: LossOver = Field(
        "completion", description="Tokens that the DS weight's loss is a mean over."
    )


class IwsiRightAnswers(KeepsShare):
    """The DS weight against the model's own right answers to labelled rows."""

    method: Literal["iwsi_right_answers"] = "iwsi_right_answers"


class Auto(KeepsShare):
    """The probability that the vote is right, fitted on audited rows."""

    method: Literal["auto"] = "auto"
    min_precision: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of what is kept that must be right, as predicted; null: the share keep.",
    )
    weigh_by_probability: bool = Field(
        False, description="Whether the probability is the loss weight of what is kept."
    )


class Conformal(ScoresLoss):
    """Outliers among the labelled examples are dropped, by loss and length."""

    method: Literal["conformal"] = "conformal"
    alpha: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Share of candidates like the labelled examples that may be dropped.",
    )


class Density(KeepsShare):
    """A density ratio of the model's hidden states."""

    method: Literal["density"] = "density"


class Balanced(KeepsShare, WeighsLoss):
    """At most m candidates of each question; hard questions count more."""

    method: Literal["balanced"] = "balanced"


class Distinct(FilterSection):
    """Near-duplicates are dropped."""

    method: Literal["distinct"] = "distinct"
    max_similarity: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Jaccard index of two texts' 5-grams from which on one of them is dropped.",
    )


class Random(KeepsShare):
    """A share drawn at random: the control of studies."""

    method: Literal["random"] = "random"


class Oracle(FilterSection):
    """The labels alone: a bound for studies."""

    method: Literal["oracle"] = "oracle"


AnyFilter = (
    Lmsi
    | Entropy
    | VoteShare
    | Confidence
    | Grape
    | SelfRating
    | RewardModel
    | Iwsi
    | IwsiWeighted
    | LikelihoodRatio
    | IwsiLength
    | IwsiOneSided
    | IwsiRightAnswers
    | Auto
    | Conformal
    | Density
    | Balanced
    | Distinct
    | Random
    | Oracle
)
Filter = Annotated[AnyFilter, Field(discriminator="method")]

FILTERS: dict[str, type[FilterSection]] = {
    section.model_fields["method"].default: section for section in get_args(AnyFilter)
}
DEFAULT = "iwsi"


def filter_section(method: str = DEFAULT, **keys: Any) -> AnyFilter:
    """The section of a method, from its keys.

    Raises:
        pydantic.ValidationError: a key that the method does not have, or a value that does not fit.
    """
    section: AnyFilter = TypeAdapter(Filter).validate_python({"method": method, **keys})
    return section


def owners(key: str) -> list[str]:
    """The methods whose section has this key."""
    return [name for name, section in FILTERS.items() if key in section.model_fields]
