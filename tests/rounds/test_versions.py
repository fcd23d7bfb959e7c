import json
import platform

from report.run_directories import write_run

from iwsi.report.collect import collect
from iwsi.rounds.versions import FILE, environment, write_environment


def test_versions_and_machine_are_kept_and_shown_without_the_hosts_name(tmp_path):
    root = write_run(tmp_path / "run")
    write_environment(root)
    kept = json.loads((root / FILE).read_text())
    assert kept == environment()
    assert kept["Python"] == platform.python_version()
    assert platform.node() not in "".join(kept.values())
    assert ("Python", platform.python_version()) in collect(root).settings


def test_a_run_of_an_earlier_version_has_none_and_is_shown(tmp_path):
    report = collect(write_run(tmp_path / "run"))
    assert not any(name == "Python" for name, _ in report.settings)
    assert report.problems == ()
