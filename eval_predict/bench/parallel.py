"""The bench on several processes: each benchmark and method is a job, whatever else runs."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import NamedTuple

from eval_predict.bench.results import BenchRow
from eval_predict.bench.runner import Progress, run_benchmark
from eval_predict.bench.worlds import SIMULATED, WORLDS, expand_worlds
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.methods import METHODS
from eval_predict.stats.clusters import Labels


class BenchResult(NamedTuple):
    """Rows, and a line for each thing left out (notes) or gone wrong (failures)."""

    rows: list[BenchRow]
    notes: list[str]
    failures: list[str]


def run_jobs(
    matrices: Mapping[str, ScoreMatrix],
    methods: Sequence[str],
    budgets: Sequence[float],
    splits: Sequence[str],
    repeats: int,
    seed: int,
    processes: int,
    progress: Callable[[Progress], None] | None = None,
    clusters: Mapping[str, Labels] | None = None,
) -> BenchResult:
    """`run_benchmark` for methods by name, on `processes` processes of one thread each.

    The rows are those of a run on one process, in the same order, but for `seconds`. A method
    that fails loses its rows on that benchmark and gets a line among the failures; with
    `processes=0` all runs in this process, and a failure is raised.

    Raises:
        UserError: (a ValueError) as `run_benchmark` does.
    """
    if not processes:
        notes: list[str] = []
        methods_by_name = {method: METHODS[method] for method in methods}
        rows = run_benchmark(
            matrices,
            methods_by_name,
            budgets,
            splits,
            repeats,
            seed,
            progress,
            notes.append,
            clusters=clusters,
        )
        return BenchResult(rows, notes, [])
    names = expand_worlds(splits)
    made = [split for split in names if WORLDS[split].share is not None]
    benchmarks = [*matrices, *([SIMULATED] if made else [])]
    real = [split for split in names if split not in made]
    jobs = [(benchmark, method) for benchmark in benchmarks for method in methods]
    found: dict[tuple[str, str], BenchResult] = {}
    # Spawned and not forked: a fork would inherit locks of threads that it has not.
    with ProcessPoolExecutor(
        min(processes, len(jobs)), get_context("spawn"), _hold, (dict(matrices),)
    ) as pool:
        futures: dict[Future[BenchResult], tuple[str, str]] = {
            pool.submit(
                _run,
                job,
                tuple(budgets),
                tuple(made if job[0] == SIMULATED else real),
                repeats,
                seed,
                (clusters or {}).get(job[0]),
            ): job
            for job in jobs
        }
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                job = futures[future]
                found[job] = future.result()
                if progress:
                    progress(Progress(done, len(jobs), " ".join(job)))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    order = {
        (benchmark, split, method): number
        for number, (benchmark, split, method) in enumerate(
            (benchmark, split, method)
            for benchmark in benchmarks
            for split in names
            for method in methods
        )
    }
    results = [found[job] for job in jobs]
    rows = [row for result in results for row in result.rows]
    rows.sort(key=lambda row: order[row.benchmark, row.split, row.method])
    # Each of a benchmark's methods tells the same of its splits.
    notes = list(dict.fromkeys(line for result in results for line in result.notes))
    return BenchResult(rows, notes, [line for result in results for line in result.failures])


_held: dict[str, ScoreMatrix] = {}


def _hold(matrices: dict[str, ScoreMatrix]) -> None:
    from threadpoolctl import threadpool_limits

    # As many threads as processes would wait for each other at every small matrix product.
    threadpool_limits(1)
    _held.update(matrices)


def _run(
    job: tuple[str, str],
    budgets: tuple[float, ...],
    splits: tuple[str, ...],
    repeats: int,
    seed: int,
    clusters: Labels | None,
) -> BenchResult:
    benchmark, method = job
    result = BenchResult([], [], [])
    rows = run_benchmark(
        {benchmark: _held[benchmark]} if benchmark in _held else {},
        {method: METHODS[method]},
        budgets,
        splits,
        repeats,
        seed,
        note=result.notes.append,
        on_failure=lambda where, error: result.failures.append(
            f"{where} failed: {type(error).__name__}: {error}"
        ),
        clusters=None if clusters is None else {benchmark: clusters},
    )
    return result._replace(rows=rows)
