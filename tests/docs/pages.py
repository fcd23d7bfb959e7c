"""How the shell commands of each page are run: what a test has to prepare, and what it cannot run.

A command that no entry names is run by the default suite. Keys are the beginnings of commands; an
entry that fits no command of its page fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conftest import MODEL
from docs.page_folders import Prepare

from docs import page_folders as folders

INSTALLS = "installs packages"
CHECKS = "is the test suite itself"
RELEASES = "needs a tree without changes, and the extra `security`"
HUB = "needs rows and weights of a hub"
GPU = "needs a GPU"
MACHINES = "needs several machines or processes"
HOURS = "is a measurement that takes hours"


@dataclass(frozen=True, slots=True)
class Page:
    """What is special about a page's commands."""

    prepare: Prepare = folders.nothing
    ready: Prepare = folders.nothing  # what the slow commands would leave, for the quick ones
    before: Mapping[str, Prepare] = field(default_factory=dict)  # what a reader does between them
    append: Mapping[str, str] = field(default_factory=dict)  # what a test adds to a command
    slow: tuple[str, ...] = ()  # they sample or train
    refused: tuple[str, ...] = ()  # whole commands that end with an error, as the page says
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # the test that runs them
    not_here: Mapping[str, str] = field(default_factory=dict)  # why no test can run them


ONE_SEED = "--seeds 1"
# Of which more than the 20 that an audit asks for have a majority.
MORE_LABELLED = ("task.validation.size=45", "audit={rows: 45}")
PLAIN = "--embedder none"
PREDICT = "eval-predict predict scores.parquet --observed"
MMLU = ("mmlu_pro_law", "mmlu_pro_math")
BIS = ("gsm8k", "asdiv", "svamp", "humaneval", "mbpp", "aqua", "evoeval_verbose", *MMLU)

TABLE: dict[str, Page] = {
    "README.md": Page(
        prepare=folders.rows("questions.csv"),
        ready=folders.finished("runs/my"),
        before={"iwsi validate my.yaml": folders.shrunk("my.yaml", *MORE_LABELLED)},
        slow=("iwsi audit my.yaml", "iwsi run my.yaml"),
        elsewhere={"eval-predict": "tests/test_readme.py"},
        not_here={
            "bash scripts/demo.sh": INSTALLS,
            "bash scripts/test.sh": CHECKS,
            "python scripts/fetch_smollm2.py": INSTALLS,
            "iwsi run recipes/smollm2_trec.yaml": HUB,
        },
    ),
    "CONTRIBUTING.md": Page(
        not_here={
            "bash scripts/setup.sh": INSTALLS,
            "bash scripts/test.sh": CHECKS,
            "pip install": INSTALLS,
            "bash scripts/release.sh": RELEASES,
        }
    ),
    "bis.md": Page(
        prepare=folders.benchmarks(*BIS),
        append={"eval-predict bis --source": PLAIN, "eval-predict bis-bench gsm8k/": PLAIN},
        slow=("eval-predict bis-bench",),
    ),
    "filters.md": Page(
        prepare=folders.recipe("my.yaml", *MORE_LABELLED),
        append={"iwsi study": ONE_SEED, "iwsi audit my.yaml": "--run-dir runs/audited"},
        slow=("iwsi",),
    ),
    "logs.md": Page(
        elsewhere={
            "eval-predict": "tests/docs/test_logs_page.py",
            "lm_eval": "tests/eval_predict/commands/test_harness_round_trip.py",
            "iwsi evaluate": "tests/export/test_evaluate_for_real.py",
        },
        not_here={"pip install": INSTALLS},
    ),
    "prediction.md": Page(
        prepare=folders.scores,
        before={
            "eval-predict next": folders.answered("stage0.json"),
            "eval-predict predict scores.parquet --observed stage0": folders.answered(
                "stage1.json"
            ),
            "eval-predict predict scores.parquet --observed scored": folders.answered(
                "items.json", "scored.jsonl"
            ),
        },
        slow=("eval-predict bench", "eval-predict report scores.parquet --bench"),
        not_here={"python scripts/fit_auto.py": HOURS},
    ),
    "preferences.md": Page(
        prepare=folders.recipe("my.yaml"),
        before={
            "iwsi forecast runs/my --next --history": folders.copied("runs/my", "runs/other"),
        },
        append={"iwsi study": ONE_SEED},
        slow=("iwsi",),
        not_here={"python scripts/benches/next_gain.py": HOURS},
    ),
    "recipes.md": Page(
        prepare=folders.all_of(
            folders.copied(str(MODEL.parents[1] / "gsm8k.yaml"), "recipes/gsm8k.yaml"),
            *(
                folders.rows(f"{name}.jsonl", split=split)
                for name, split in (("a", "train"), ("b", "validation"), ("c", "test"))
            ),
            folders.outputs,
        ),
        before={"iwsi validate my.yaml": folders.recipe("my.yaml")},
        append={"iwsi validate recipes/gsm8k.yaml": f"model.name={MODEL} \"task.few_shot=''\""},
        slow=("iwsi run",),
    ),
    "rows.md": Page(
        prepare=folders.all_of(folders.rows("rows.jsonl"), folders.copied(str(MODEL), "my_model")),
    ),
    "runs.md": Page(
        prepare=folders.all_of(
            folders.recipe("recipes/tiny_arith.yaml"),
            folders.recipe("my.yaml", "train.learning_rate=2e-3"),
        ),
        slow=("iwsi",),
        refused=("iwsi run runs/tiny_arith train.learning_rate=1e-3",),
        not_here={"python scripts/benches/estimates.py": HOURS},
    ),
    "scale.md": Page(
        not_here={
            "pip install": INSTALLS,
            "ray start": MACHINES,
            "iwsi run my.yaml": MACHINES,
            "NODE_RANK=": MACHINES,
        },
    ),
    "speed.md": Page(
        not_here={"python scripts/bench.py": HOURS, "python scripts/gpu_checks.py": GPU}
    ),
    "study.md": Page(
        prepare=folders.recipe("recipes/tiny_arith.yaml"),
        before={
            "iwsi study recipes/tiny_arith.yaml --filters lmsi,iwsi,conformal": folders.all_of(
                *(folders.copied(str(MODEL), f"runs/habits/0.{share}") for share in (0, 5, 6, 7, 8))
            )
        },
        append={
            "iwsi study recipes/tiny_arith.yaml --": ONE_SEED,
            "iwsi study recipes/tiny_arith.yaml sample": "task.train.size=24 task.test.size=20",
            "iwsi run recipes/tiny_arith.yaml sample": "task.train.size=24 task.test.size=20",
        },
        slow=("iwsi study", "iwsi run"),
        not_here={
            "for share": HOURS,
            "python scripts/fetch_smollm2.py": INSTALLS,
            "python scripts/real_": HOURS,
            "python scripts/light_tables.py": HOURS,
            "iwsi study recipes/smollm2_trec.yaml": HOURS,
            "eval-predict gain-bench trec.parquet": HOURS,
        },
    ),
    "tutorial.md": Page(
        before={"iwsi validate": folders.shrunk("arith.yaml")},
        slow=("iwsi",),
        not_here={"git clone": INSTALLS, "bash scripts/setup.sh": INSTALLS},
    ),
    "use.md": Page(
        elsewhere={"iwsi": "tests/docs/test_use_page.py"},
        not_here={"hf auth login": HUB},
    ),
}
