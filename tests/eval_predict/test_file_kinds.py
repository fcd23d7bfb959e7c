"""What stands at a path in place of a file."""

import os
import socket
from pathlib import Path

import pytest

from eval_predict.file_kinds import kind_of_no_file


def test_a_file_and_a_link_to_one_are_files(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    assert kind_of_no_file(tmp_path / "file") is None
    assert kind_of_no_file(tmp_path / "link") is None


def test_what_is_no_file_has_a_name(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        assert kind_of_no_file(tmp_path / "socket") == "a socket"
    assert kind_of_no_file(tmp_path / "pipe") == "a named pipe"
    assert kind_of_no_file(tmp_path) == "a folder"
    assert kind_of_no_file(Path("/dev/zero")) == "a device"


def test_a_link_to_itself_is_an_error_of_the_system(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="Too many levels"):
        kind_of_no_file(tmp_path / "loop")
