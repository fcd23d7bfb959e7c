import re

from eval_predict.report.charts import Series, lines


def test_the_ticks_of_a_narrow_share_differ():
    chart = lines(
        "share", [Series("s", [0, 1], [0.0, 0.004])], x_label="x", y_label="y", percent=True
    )
    ticks = re.findall(r">([0-9.]+%)</text>", str(chart))
    assert len(ticks) >= 3
    assert len(set(ticks)) == len(ticks)


def test_nothing_to_draw_is_nothing():
    assert str(lines("empty", [Series("s", [], [])], x_label="x", y_label="y")) == ""
