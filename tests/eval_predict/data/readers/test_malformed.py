"""Malformed logs and tables: the one line that is said of each."""

import os

import pytest
from malformed_files import MALFORMED

from eval_predict.data.readers import read
from eval_predict.errors import UserError

REFUSED = [file for file in MALFORMED if file.scores is not None]


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.name)
def test_a_malformed_file_is_refused_in_one_line_that_names_it(tmp_path, file):
    path = tmp_path / file.name
    path.write_bytes(file.data)
    with pytest.raises(UserError) as caught:
        read(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert file.scores in line
    assert "\n" not in line


def test_a_pipe_in_place_of_a_log_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "log.jsonl")
    with pytest.raises(UserError, match=r"log\.jsonl: a named pipe; expected logs"):
        read(tmp_path / "log.jsonl")
