import gzip
import json
from pathlib import Path

import pytest

from eval_predict import UserError
from eval_predict.data.readers import read


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_marks_and_wide_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "s.csv").write_text("question,model ü,b\nq1,1,0\n", encoding=encoding)
    assert read(tmp_path / "s.csv").models == ("model ü", "b")
    text = json.dumps([{"subject_id": "a", "responses": {"q": 1}}])
    (tmp_path / "s.json").write_text(text, encoding=encoding)
    assert read(tmp_path / "s.json").models == ("a",)


def test_gzip_is_unpacked_and_a_bomb_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s.csv.gz"
    file.write_bytes(gzip.compress(b"question,a\nq1,1\n"))
    assert read(file).models == ("a",)
    file.write_bytes(gzip.compress(b"question,a\nq1,1\n")[:-9])
    with pytest.raises(UserError, match="expected a whole gzip file"):
        read(file)
    monkeypatch.setattr("eval_predict.data.readers.content.MAX_BYTES", 100)
    file.write_bytes(gzip.compress(b"question,a\n" + b"q1,1\n" * 99))
    with pytest.raises(UserError, match="more than 1 GiB unpacked"):
        read(file)
