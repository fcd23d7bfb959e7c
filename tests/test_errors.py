"""Failures of the machine become one line, and every fix in the code is a sentence."""

import ast
import errno
from pathlib import Path

import pytest
from conftest import ROOT

from iwsi.errors import InternalError, as_user_error
from iwsi.files import write_text


def test_a_full_disk_names_the_fix_and_that_the_run_goes_on():
    message = str(as_user_error(OSError(errno.ENOSPC, "No space left on device", "/runs/x")))
    assert message.startswith("/runs/x: No space left on device")
    assert message.endswith("Free some space; the same command then goes on from here.")


def test_too_little_memory_names_the_keys_that_need_less():
    assert "Lower filter.batch_tokens" in str(as_user_error(MemoryError()))


def test_a_name_that_is_too_long_for_a_file_is_named_in_part():
    with pytest.raises(OSError, match="File name too long") as caught:
        Path("x" * 5000).exists()
    line = str(as_user_error(caught.value))
    assert line.startswith("x" * 80 + ": File name too long; expected the name of a file")


def test_a_folder_in_place_of_a_file_to_write_is_named(tmp_path):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_text(tmp_path / "out.csv", "a")
    line = str(as_user_error(caught.value))
    assert line == f"{tmp_path}/out.csv: Is a directory; expected the name of a file in a folder"


def test_a_link_to_itself_is_named(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RuntimeError) as caught:  # an OSError from Python 3.13 on
        (tmp_path / "loop").resolve()
    assert "loop': a link that leads to itself; expected a file" in str(as_user_error(caught.value))


def test_an_error_of_ours_is_no_users_error():
    assert as_user_error(InternalError("a bug")) is None


def _fixes(path: Path):
    """The text that each `fix=` of a module begins with."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "fix":
            values = [node.value]
            while values:
                value = values.pop()
                if isinstance(value, ast.IfExp):
                    values += [value.body, value.orelse]
                elif isinstance(value, ast.JoinedStr):
                    values.append(value.values[0])
                elif isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield f"{path.name}:{node.value.lineno}", value.value


@pytest.mark.parametrize("package", ["iwsi", "eval_predict"])
def test_every_fix_is_a_sentence(package):
    begun = [fix for path in (ROOT / package).rglob("*.py") for fix in _fixes(path)]
    assert len(begun) > 20
    assert [
        (where, text) for where, text in begun if not (text[0].isupper() or text[0] == "`")
    ] == []
