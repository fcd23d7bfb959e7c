import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from eval_predict import ScoreMatrix, UserError
from eval_predict.items.analysis import analyse_items
from eval_predict.items.chart import write_chart

REPORTS = analyse_items(
    ScoreMatrix.from_array(
        (np.random.default_rng(0).random((30, 5)) < np.linspace(0.1, 0.9, 30)[:, None]) * 1.0,
        items=["a", "<b>", "c", "d", "e"],
    )
)


def test_each_item_is_a_point_and_its_name_is_escaped(tmp_path):
    write_chart(tmp_path / "items.svg", REPORTS, 0.0, 1.0)
    text = (tmp_path / "items.svg").read_text()
    root = ElementTree.fromstring(text)  # noqa: S314  # our own file
    circles = [node for node in root.iter() if node.tag.endswith("circle")]
    assert len(circles) == sum(not np.isnan(report.discrimination) for report in REPORTS)
    assert "&lt;b&gt;" in text


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match="can be written"):
        write_chart(tmp_path / "none" / "items.svg", REPORTS, 0.0, 1.0)
