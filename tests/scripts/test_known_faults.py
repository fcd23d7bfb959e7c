"""What becomes of pip-audit's answer: a package that nobody looked up is not one without faults."""

import json

import pytest
from known_faults import read_audit

SOUND = {"name": "numpy", "version": "2.3.5", "vulns": []}
FAULTY = {
    "name": "jinja2",
    "version": "2.4",
    "vulns": [
        {"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"]},
        {"id": "X-1", "fix_versions": []},
    ],
}
PASSED_OVER = {"name": "iwsi", "skip_reason": "Dependency not found on PyPI"}


def answer(*packages):
    return json.dumps({"dependencies": packages, "fixes": []})


def test_packages_without_faults_pass_and_those_not_looked_up_are_named():
    audit = read_audit(answer(SOUND, PASSED_OVER))
    assert audit.code == 0
    assert audit.lines() == ["1 packages looked up, 0 faults", "Not looked up: iwsi"]


def test_each_fault_is_a_line_and_fails():
    audit = read_audit(answer(SOUND, FAULTY))
    assert audit.code == 1
    assert audit.lines() == [
        "jinja2 2.4: PYSEC-2019-217 (mended in 2.10.1)",
        "jinja2 2.4: X-1 (mended in no version yet)",
        "2 packages looked up, 2 faults",
    ]


def test_where_nothing_could_be_looked_up_nothing_passes():
    audit = read_audit(answer(*[PASSED_OVER] * 30))
    assert audit.code == 2
    assert audit.lines()[-1].startswith("The database of known faults cannot be reached from here")


def test_many_that_were_not_looked_up_are_counted():
    assert read_audit(answer(SOUND, *[PASSED_OVER] * 30)).lines()[-1].endswith(" and 10 more")


@pytest.mark.parametrize("text", ["", "[", "{}"])
def test_what_is_no_answer_is_an_error(text):
    with pytest.raises((ValueError, KeyError)):
        read_audit(text)
