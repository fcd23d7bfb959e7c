"""Files of rows as people have them: each is read whole, or says which key it needs."""

import os
import time
from pathlib import Path

import pytest
from conftest import ROOT
from tasks.rows.real_files import FILES

from eval_predict.errors import UserError
from iwsi.recipe import Split
from iwsi.tasks.dataset import read_rows
from iwsi.tasks.rows import Source, read_table

REAL = Path(os.environ.get("IWSI_SHARED_DATA", ROOT.parent / "shared" / "data")) / "rows"


@pytest.fixture(scope="module")
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip(f"no real rows: {REAL} is not there (IWSI_SHARED_DATA names another place)")
    return REAL


def _rows(real: Path, name: str) -> list[dict]:
    return read_rows(Split(path=str(real / name), **FILES[name].split), "task.test")


def test_every_file_has_its_entry(real):
    found = {str(f.relative_to(real)) for f in real.glob("*/*") if f.is_file()}
    assert found == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_whole_and_in_under_a_second(real, name):
    begin = time.process_time()
    rows = _rows(real, name)
    assert time.process_time() - begin < 1
    assert len(rows) == FILES[name].rows


@pytest.mark.parametrize("name", FILES)
def test_a_nested_or_foreign_file_says_which_key_it_needs(real, name):
    split = FILES[name].split
    if not split or name.startswith("tatqa"):  # whose tables are rows as well
        assert read_rows(Split(path=str(real / name)), "task.test")
        return
    with pytest.raises(UserError) as caught:
        read_rows(Split(path=str(real / name)), "task.test")
    assert f"task.test.{next(iter(split))}" in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_commands_read_a_file_as_a_table_too(real, name):
    columns, encoding = FILES[name].split.get("columns"), FILES[name].split.get("encoding")
    source = Source(real / name, "", FILES[name].split.get("records"), encoding, columns)
    assert read_table(source).num_rows == FILES[name].rows
