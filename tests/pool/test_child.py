import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from iwsi.pool.child import Child, _cause
from iwsi.recipe.section import Section


def test_a_child_does_not_import_from_the_working_directory(tmp_path, monkeypatch):
    service = Path(__file__).resolve().parent.parent
    # The empty entry at the end stands for the working directory, too.
    paths = os.pathsep.join([str(service), os.environ.get("PYTHONPATH", ""), ""])
    monkeypatch.setenv("PYTHONPATH", paths)
    marker = tmp_path / "was-imported"
    for name in ("random", "datasets", "torch", "psutil"):
        (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    child = Child("echo_service")
    child.send("start", settings={"greeting": "hi"}, adapter=None)
    try:
        assert next(child.events())["event"] == "ready"
    finally:
        child.end()  # other tests count the children that are alive
    assert not marker.exists()


def test_a_failure_is_reported_by_its_message_and_not_by_a_link():
    with pytest.raises(ValidationError) as caught:
        Section.model_validate({"kep": 1})
    cause = _cause(caught.value)
    assert cause.startswith("ValidationError: 1 validation error for Section kep Extra inputs")
    assert "further information" not in cause
    assert _cause(KeyError()) == "KeyError"
