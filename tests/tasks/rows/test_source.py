from pathlib import Path

from iwsi.tasks.rows import Source


def test_an_error_of_a_row_names_the_file_and_the_key_of_the_split():
    source = Source(Path("rows.jsonl"), "task.train")
    assert source.key("records") == "task.train.records"
    assert Source(Path("rows.jsonl"), "").key("records") == "--records"
