"""Which of several training processes ended first, from what torch says of them."""

import io

import pytest
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

from iwsi.train.launcher_errors import LauncherErrors, was_killed


def _failure(rank, code, at):
    failure = ProcessFailure(rank, 1000 + rank, code, "")
    failure.timestamp = at
    return failure


def _text(*failures):
    """As torch writes it: exit code and second of each process, by rank."""
    listed = {rank: _failure(rank, *one) for rank, one in enumerate(failures)}
    return f"Traceback\n{ChildFailedError('iwsi.train.process', listed)}\n"


@pytest.mark.parametrize(
    ("failures", "killed"),
    [
        ([(-9, 100), (1, 100)], True),  # the other one lost its connection
        ([(1, 100), (-9, 100)], True),
        ([(-15, 101), (-9, 100)], True),  # the launcher ended the other one
        ([(1, 100), (-15, 101)], False),  # it raised
        ([(1, 100), (-9, 131)], False),  # it raised, and the other one did not end on SIGTERM
        ([(-11, 100), (1, 100)], False),  # a fault of its code
    ],
)
def test_a_process_was_killed_if_it_ended_so_at_the_beginning(failures, killed):
    assert was_killed(_text(*failures)) == killed


def test_text_without_a_list_of_failures_says_nothing():
    assert not was_killed("exitcode: -9\n")
    assert not was_killed("")


def test_what_processes_print_goes_on_to_our_log(capsys):
    text = "a warning\n" * 1000 + _text((-9, 100), (1, 100))
    errors = LauncherErrors(io.StringIO(text))
    assert errors.killed()
    assert capsys.readouterr().err == text
