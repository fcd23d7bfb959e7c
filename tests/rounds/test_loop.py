"""The whole loop on the real model: undisturbed, killed at several moments, with vLLM."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds.display import Silent
from iwsi.rounds.loop import run_recipe
from iwsi.rounds.plan import plan
from iwsi.rounds.repair import repair_run
from iwsi.rounds.worker import request

IWSI = [sys.executable, "-c", "from iwsi.cli import main; main()"]
# What holds times or lies outside of what a run computes.
VOLATILE = {"ledger.json", "summary.json", "report.html"}


def _command(recipe_file: Path, run: Path, *extra: str) -> list[str]:
    return [*IWSI, "run", str(recipe_file), "--run-dir", str(run), *extra]


def _run(
    recipe_file: Path, run: Path, *extra: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess:
    command = _command(recipe_file, run, *extra)
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=env)


# Imported by every process of a run, it tells what a worker has imported when the worker ends,
# under the name of its log.
TELLER = """
import os, pathlib, sys

leave = os._exit

def tell_and_leave(status):
    log = pathlib.Path(os.readlink("/proc/self/fd/2"))
    if log.suffix == ".log":
        record = pathlib.Path(__file__).with_name(f"{log.stem}-{os.getpid()}.txt")
        record.write_text(" ".join(sys.modules))
    leave(status)

os._exit = tell_and_leave
"""
# Secrets that a user's environment may hold; the run must leave them nowhere.
CANARIES = {
    name: f"canary-{number}-7f3a91"
    for number, name in enumerate(("HF_TOKEN", "WANDB_API_KEY", "IWSI_SERVER_AUTHORIZATION"))
}
HEAVY = {"torch", "transformers", "vllm", "peft", "trl", "datasets", "deepspeed", "ray"}


def _telling(hook: Path) -> dict[str, str]:
    """The environment of a run whose workers tell what they import."""
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(TELLER)
    paths = [str(hook), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _imported(hook: Path) -> dict[str, set[str]]:
    """The large libraries that each worker had imported, by its first stage."""
    return {
        path.stem.rpartition("-")[0]: HEAVY & set(path.read_text().split())
        for path in hook.glob("*.txt")
    }


def _contents(run: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file()
        and path.name not in VOLATILE
        and not {"logs", ".copies", ".damaged"} & {*path.relative_to(run).parts}
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Where the undisturbed run and its recipe are."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture
def undisturbed(whole, recipe_file):
    """The directory of a run with the transformers engine that nothing disturbed."""
    run = whole / "run"
    if not run.exists():
        (whole / "small.yaml").write_text(recipe_file.read_text())
        env = _telling(whole / "hook") | CANARIES
        done = _run(whole / "small.yaml", run, "--json", env=env)
        assert done.returncode == 0, done.stderr
        (whole / "stdout.json").write_text(done.stdout)
    return run


def test_a_run_ends_with_funnel_accuracy_and_time(undisturbed, whole):
    summary = json.loads((whole / "stdout.json").read_text())
    assert summary == json.loads((undisturbed / "summary.json").read_text())
    base, first = summary["rounds"]
    funnel = first["funnel"]
    assert funnel["sampled"] == 24 * 4
    assert funnel["sampled"] >= funnel["answered"] >= funnel["majority"] >= funnel["kept"] > 0
    assert funnel["sampled"] - funnel["kept"] == sum(funnel["dropped"].values())
    assert funnel["kept"] == -(-funnel["majority"] * 8 // 10)
    training = {"sample", "vote", "diversity", "weigh", "select", "train"}
    assert set(first["seconds"]) == training | {"forecast", "test", "gate"}
    for entry in (base, first):
        assert entry["accuracy"]["low"] <= entry["accuracy"]["value"] <= entry["accuracy"]["high"]
        assert entry["accuracy"]["n_observed"] == 20
    assert summary["next_stage"] is None


def test_no_file_of_a_run_holds_a_secret_of_the_environment(undisturbed, whole):
    files = [path for path in undisturbed.rglob("*") if path.is_file()]
    names = {str(path.relative_to(undisturbed)) for path in files}
    assert {"recipe.yaml", "ledger.json", "summary.json", "report.html"} <= names
    assert any(name.startswith("logs/") for name in names)
    for path in [*files, whole / "stdout.json"]:
        content = path.read_bytes()
        assert not [name for name, secret in CANARIES.items() if secret.encode() in content], path


def test_no_stage_imports_what_it_does_not_use(undisturbed, whole):
    imported, least = _imported(whole / "hook"), {"torch", "transformers"}
    # Without a GPU the process that weighs also trains; TRL imports deepspeed where it is there.
    training = imported.pop("round-1-train", None) or imported["round-1-weigh"]
    assert training - {"deepspeed"} == least | {"peft", "trl", "datasets"}
    weighing = imported.pop("round-1-weigh")
    assert weighing in (least, training)
    assert imported == {
        "prepare": least | {"peft"},  # the adapter is counted on a skeleton
        "round-0-test": least,
        "round-1-forecast": least | {"peft"},
    }


def test_the_fixed_cost_of_a_round_is_shown_with_its_parts(undisturbed):
    summary = json.loads((undisturbed / "summary.json").read_text())
    for entry in summary["rounds"]:
        cost = entry["fixed_cost"]
        assert cost["seconds"] == pytest.approx(sum(entry["startup_seconds"].values()), abs=0.01)
        assert cost["seconds"] == pytest.approx(sum(cost["parts"].values()), abs=0.1)
        assert {"process", "imports", "model", "warm_up"} <= set(cost["parts"])
        assert 0 < cost["share"] < 1


def test_a_round_ends_with_a_forecast_and_a_decision(undisturbed, whole):
    summary = json.loads((whole / "stdout.json").read_text())
    first = summary["rounds"][1]
    forecast = json.loads((undisturbed / "round-1" / "forecast.json").read_text())
    assert first["forecast"] == forecast
    assert (forecast["items_run"], forecast["items"], forecast["level"]) == (5, 20, 0.9)
    for part in ("score", "gain_over_previous", "gain_over_base"):
        assert forecast[part]["low"] <= forecast[part]["value"] <= forecast[part]["high"]
    truth = first["accuracy"]["value"]
    assert first["forecast_error"]["score"] == pytest.approx(forecast["score"]["value"] - truth)
    decision = json.loads((undisturbed / "round-1" / "gate.json").read_text())
    assert decision == first["gate"]
    assert first["gate"]["reason"]
    adapter = {0: None, 1: "round-1/adapter"}
    number = summary["result"]["round"]
    assert summary["result"]["adapter"] == adapter[number]


def test_what_a_forecast_ran_is_kept_with_its_chances(undisturbed):
    ran = read_table(undisturbed / "round-1" / "forecast.parquet").to_pylist()
    full = read_table(undisturbed / "round-1" / "test.parquet").to_pylist()
    scores = {row["item"]: row["score"] for row in full}
    assert len({row["item"] for row in ran}) == 5
    assert all(row["score"] == scores[row["item"]] for row in ran)  # greedy, the same engine
    assert all(row["probability"] is None or 0 < row["probability"] <= 1 for row in ran)


def test_full_results_are_a_table_of_scores_that_eval_predict_reads(undisturbed):
    from eval_predict.data.score_files import read_matrix

    matrix = read_matrix(undisturbed / "scores.parquet")
    assert matrix.models == ("run/round-0", "run/round-1")
    assert len(matrix.items) == 20


def _forecast(run: Path, *extra: str) -> subprocess.CompletedProcess:
    command = [*IWSI, "forecast", str(run), *extra]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def test_a_finished_round_is_forecast_again_from_its_own_results(undisturbed, whole):
    before = _contents(undisturbed)
    result = json.loads(_forecast(undisturbed, "--budget", "8", "--json").stdout)
    truth = json.loads((whole / "stdout.json").read_text())["rounds"][1]["accuracy"]["value"]
    assert (result["round"], result["items_run"]) == (1, 8)
    assert result["truth"] == truth
    assert result["error"] == pytest.approx(result["score"]["value"] - truth)
    after = _contents(undisturbed)
    assert {name: after[name] for name in before} == before
    shown = _forecast(undisturbed, "--budget", "8").stdout
    assert "8 of 20 test items" in shown
    assert "full test" in shown
    assert _contents(undisturbed) == after  # the second time it was only read
    import shutil

    shutil.rmtree(undisturbed / "forecasts")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--round", "7"], "--round: 7; expected a round that was trained: 1"),
        (["--budget", "3"], "forecast.budget: 3; expected at least 5 items"),
        (["--budget", "0"], "--budget: 0; expected a share of the test items"),
        (["--history", "/nowhere.parquet"], "/nowhere.parquet: no such file"),
    ],
)
def test_a_forecast_that_cannot_be_made_is_one_line(undisturbed, extra, message):
    refused = _forecast(undisturbed, *extra)
    assert refused.returncode == 2
    [line] = refused.stderr.strip().splitlines()
    assert message in line


def test_an_earlier_run_is_a_history_of_the_next(undisturbed, whole, tmp_path):
    import shutil

    run = tmp_path / "later"
    shutil.copytree(undisturbed, run)
    arguments = ["--history", str(undisturbed), "--budget", "7", "--json"]
    result = json.loads(_forecast(run, *arguments).stdout)
    assert result["history_models"] == 2
    assert any("too few to use" in warning for warning in result["warnings"])
    extra = [f"forecast.history=[{undisturbed}]", "--until", "prepare"]
    done = _run(whole / "small.yaml", tmp_path / "new", *extra)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "data" / "history.parquet").exists()


def test_a_round_that_gained_too_little_ends_the_run_with_the_best(recipe_file, tmp_path):
    """No gain of 90 points can come: the base model has about half of the items right."""
    run = tmp_path / "run"
    few = ["test.full=final", "gate={min_gain: 0.9, patience: 1}", "rounds=3"]
    done = _run(recipe_file, run, *few, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert [entry["round"] for entry in summary["rounds"]] == [0, 1]
    assert summary["rounds"][1]["gate"]["ends"]
    best = int(summary["rounds"][1]["forecast"]["gain_over_base"]["value"] > 0)
    assert summary["result"]["round"] == best
    assert summary["next_stage"] is None
    assert (run / "round-1" / "test.parquet").exists() == bool(best)
    again = _run(recipe_file, run, *few)
    assert f"{10 + best} stages were done before" in again.stdout


def test_a_run_without_any_full_test_forecasts_every_round(recipe_file, tmp_path):
    run = tmp_path / "run"
    done = _run(recipe_file, run, "test.full=never", "forecast.budget=6", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    base, first = summary["rounds"]
    assert base["accuracy"] is None
    assert first["accuracy"] is None
    assert base["forecast"]["gain_over_base"] is None
    assert base["forecast"]["items_run"] == first["forecast"]["items_run"] == 6
    assert not list(run.rglob("test.parquet"))[1:]  # the rows to be tested, and no results


def test_every_candidate_has_its_reason_or_is_kept(undisturbed):
    table = read_table(undisturbed / "round-1" / "selection.parquet").to_pylist()
    for row in table:
        assert row["keep"] == (row["reason"] is None)
        assert (row["ds_weight"] is not None) == row["agrees"]
        assert row["agrees"] == (row["answer"] is not None and row["answer"] == row["majority"])
    weights = {
        keep: [r["ds_weight"] for r in table if r["agrees"] and r["keep"] == keep]
        for keep in (True, False)
    }
    assert max(weights[True]) <= min(weights[False])
    assert min(weights[True]) >= 1


def test_a_second_start_finds_all_done_and_touches_nothing(undisturbed, whole):
    before = {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*.parquet")}
    began = time.monotonic()
    again = _run(whole / "small.yaml", undisturbed)
    assert again.returncode == 0
    assert time.monotonic() - began < 10
    assert "11 stages were done before" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*.parquet")} == before


# Imported by every process of a run, it kills all of them, with no chance to clean up, just before
# a file that was written to its temporary name takes its place.
KILLER = """
import os, pathlib, signal

replace = pathlib.Path.replace

def kill_or_replace(self, target):
    target = pathlib.Path(target)
    needed = os.environ["KILL_IF"]
    if target.name == os.environ["KILL_BEFORE"] and (target.parent / needed).exists():
        if os.environ["KILL_RUN"] != str(os.getpid()):
            os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)

pathlib.Path.replace = kill_or_replace
"""


def _run_killed(recipe_file: Path, run: Path, tmp_path: Path, before: str, needed: str) -> None:
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(KILLER)
    # The first process is the run itself; what it starts has it as its parent.
    start = "import os; os.environ['KILL_RUN'] = str(os.getpid()); "
    command = [sys.executable, "-c", start + IWSI[2], *_command(recipe_file, run)[3:]]
    killed = subprocess.run(
        command,
        capture_output=True,
        timeout=600,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join([str(hook), os.environ.get("PYTHONPATH", "")]),
            "KILL_BEFORE": before,
            "KILL_IF": needed,
            "KILL_RUN": "0",
        },
    )
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("before", "needed"),
    [
        ("shard-00001.parquet", "shard-00000.parquet"),  # with a shard done
        ("votes.parquet", "samples"),  # in a stage of the loop's own process
        ("losses.parquet", "votes.parquet"),
        ("adapter", "selection.parquet"),  # a folder
        ("ledger.json", "round-1/adapter"),  # trained, but not yet in the ledger
        ("forecast.json", "forecast.parquet"),  # the items run, the verdict not yet written
    ],
)
def test_a_killed_run_goes_on_and_ends_with_the_same_files(
    undisturbed, whole, tmp_path, before, needed
):
    run = tmp_path / "killed" / "run"
    _run_killed(whole / "small.yaml", run, tmp_path, before, needed)
    kept = {path: path.read_bytes() for path in run.rglob("shard-*.parquet")}
    done = _run(whole / "small.yaml", run)
    assert done.returncode == 0, done.stderr
    assert _contents(run) == _contents(undisturbed)
    assert kept
    assert all(path.read_bytes() == data for path, data in kept.items())


def test_all_processes_die_with_the_loop(whole, tmp_path, undisturbed):
    several = ["sample.processes=2", "filter.processes=2"]
    process = subprocess.Popen(
        _command(whole / "small.yaml", tmp_path / "run", *several),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    loop, started = psutil.Process(process.pid), []
    while len(started) < 3:  # a worker and its engines
        started = loop.children(recursive=True)
        time.sleep(0.01)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(started, timeout=30)
    assert not alive


def test_a_full_disk_is_reported_even_where_the_log_is_on_it(recipe_file, tmp_path):
    run = tmp_path / "run"
    assert _run(recipe_file, run, "--until", "prepare").returncode == 0
    script = """
import pathlib, sys
from iwsi.rounds import worker
def full(*arguments): raise OSError(28, "No space left on device", "/runs/x")
from iwsi.rounds.stage import Stage
Stage.run = full
sys.argv = ["worker", sys.argv[1]]
sys.exit(worker.main())
"""
    command = [sys.executable, "-c", script, str(run)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}  # open as long as we live
    with (
        Path("/dev/full").open("w") as full,
        subprocess.Popen(command, stderr=full, **pipes) as process,
    ):
        stage = next(s for s in plan(load_recipe(recipe_file)) if s.name == "round-0/test")
        message = {"event": "stage", **request(stage, "d")}
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        events = [json.loads(line) for line in process.stdout]
    assert events[-1]["event"] == "user_error"
    assert "No space left on device" in events[-1]["got"]


def test_a_result_that_was_lost_is_made_again_with_what_follows_from_it(
    undisturbed, whole, tmp_path
):
    import shutil

    run = tmp_path / "copy" / "run"
    shutil.copytree(undisturbed, run)
    (run / "round-1" / "votes.parquet").unlink()
    again = _run(whole / "small.yaml", run)
    assert again.returncode == 0
    assert "round-1/vote" in again.stdout
    assert "round-1/sample" not in again.stdout
    assert _contents(run) == _contents(undisturbed)


def test_a_run_that_lost_its_records_and_a_file_is_repaired_and_ends_as_undisturbed(
    undisturbed, whole, tmp_path
):
    import shutil

    run = tmp_path / "copy" / "run"
    shutil.copytree(undisturbed, run)
    (run / "recipe.yaml").write_bytes(b"\xff{")
    (run / "ledger.json").unlink()
    votes = run / "round-1" / "votes.parquet"
    votes.write_bytes(votes.read_bytes()[:100])
    found = repair_run(run)
    assert (found.recipe, found.ledger) == ("restored", "rebuilt")
    before = json.loads((undisturbed / "ledger.json").read_text())["stages"]
    assert set(found.confirmed) == before.keys() - {"round-1/vote"}
    assert [again.stage for again in found.again] == ["round-1/vote"]
    assert found.next_stage == "round-1/vote"
    run_recipe(load_recipe(run / "recipe.yaml"), run, Silent())  # nothing else, so no worker
    assert _contents(run) == _contents(undisturbed)


def test_a_changed_test_set_is_refused(whole, tmp_path, recipe_file):
    import yaml

    values = yaml.safe_load(recipe_file.read_text())
    data = tmp_path / "test.jsonl"
    rows = Path(values["task"]["test"]["path"]).read_text().splitlines(keepends=True)
    data.write_text("".join(rows))
    extra = [f"task.test.path={data}", "--until", "prepare"]
    assert _run(recipe_file, tmp_path / "run", *extra).returncode == 0
    data.write_text("".join(rows[1:]))
    refused = _run(recipe_file, tmp_path / "run", *extra)
    assert refused.returncode == 2
    assert "task.test.path: contents that changed since this run began" in refused.stderr


def test_nothing_kept_says_why_and_loses_nothing(recipe_file, tmp_path):
    run = tmp_path / "run"
    # Two tokens are too few for any answer to end.
    failed = _run(recipe_file, run, "sample.max_tokens=2")
    assert failed.returncode == 2
    lines = failed.stderr.strip().splitlines()
    assert len(lines) == 1
    assert "no candidate kept of 96 (truncated 96)" in lines[0]
    assert len(list((run / "round-1" / "samples").glob("*.parquet"))) == 3


def test_a_full_disk_is_one_line_and_the_run_goes_on_afterwards(recipe_file, tmp_path):
    """A real file system of 300 kB, where the machine lets us make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("not allowed to mount a small disk")
    try:
        full = _run(recipe_file, disk / "run", "--until", "train")
        assert full.returncode == 2
        assert len(full.stderr.strip().splitlines()) == 1
        assert "No space left on device" in full.stderr
        assert "goes on from here" in full.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        done = _run(recipe_file, disk / "run", "--until", "train")
        assert done.returncode == 0, done.stderr
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed")
def test_with_vllm_round_two_samples_through_the_adapter_of_round_one(
    recipe_file, tmp_path, monkeypatch
):
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "INFO")  # TRL, where a test imports it, lowers it
    run = tmp_path / "run"
    extra = ["sample.engine=vllm", "rounds=2", "train.learning_rate=1e-2", "train.epochs=4"]
    extra += ["sample.max_memory_gib=0.25", "sample.adapter=lora", "gate=null"]
    done = _run(recipe_file, run, *extra, "--until", "2/sample")
    assert done.returncode == 0, done.stderr
    ledger = json.loads((run / "ledger.json").read_text())["stages"]
    assert ledger["round-2/sample"]["info"]["engine"] == "vllm"
    assert ledger["round-2/sample"]["startup_seconds"] < 1  # the engine that tested round 1
    log = (run / "logs" / "round-1-forecast.log").read_text()
    assert "enable_lora" in log
    before = read_table(run / "round-0" / "test.parquet")["text"].to_pylist()
    after = read_table(run / "round-1" / "test.parquet")["text"].to_pylist()
    assert before != after
    first, second = (read_table(run / f"round-{r}" / "samples") for r in (1, 2))
    assert first["question_id"] == second["question_id"]
    assert first["text"] != second["text"]


def test_ctrl_c_ends_with_130_and_a_word_on_going_on(recipe_file, tmp_path):
    run = tmp_path / "run"
    # Tests that run in a shell's background ignore the signal, and what they start would too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            _command(recipe_file, run),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    while not (run / "logs").exists():
        time.sleep(0.01)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.strip() == "interrupted; the same command goes on from here"
