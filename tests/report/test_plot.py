from dataclasses import replace
from xml.etree import ElementTree

import pytest
from rounds.test_tracking import ROUND, SUMMARY

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate
from iwsi.report.plot import accuracy_plot

BASE = replace(ROUND, round=0, accuracy=Estimate(0.5, 0.4, 0.6, 0.95, "wilson", 20, ()))


def test_a_point_a_round_with_its_interval_as_an_svg_that_stands_alone(tmp_path):
    summary = replace(SUMMARY, task="<b>task</b>", rounds=(BASE, ROUND))
    path = accuracy_plot(summary).save(tmp_path / "a.svg")
    tree = ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  # our own
    shapes = [element.get("class") for element in tree.iter()]
    assert shapes.count("point a") == 2
    assert shapes.count("whisker a") == 2
    assert tree.get("aria-label") == "<b>task</b>: accuracy by round"
    assert "full test, 95% intervals" in "".join(tree.itertext())


def test_a_run_without_an_evaluation_has_no_plot():
    with pytest.raises(UserError, match="no round that has been evaluated"):
        accuracy_plot(replace(SUMMARY, rounds=()))


def test_another_format_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"expected \.svg"):
        accuracy_plot(SUMMARY).save(tmp_path / "a.png")
