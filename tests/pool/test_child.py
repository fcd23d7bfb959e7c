import os
from pathlib import Path

from iwsi.pool.child import Child


def test_a_child_does_not_import_from_the_working_directory(tmp_path, monkeypatch):
    service = Path(__file__).resolve().parent.parent
    paths = os.pathsep.join([str(service), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", paths)
    marker = tmp_path / "was-imported"
    for name in ("random", "datasets", "torch", "psutil"):
        (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    child = Child("echo_service")
    child.send("start", settings={"greeting": "hi"}, adapter=None)
    assert next(child.events())["event"] == "ready"
    child.end()
    assert not marker.exists()
