"""A chart of items as SVG: difficulty across, discrimination up, flagged items in colour."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from eval_predict.errors import UserError
from eval_predict.items.analysis import ItemReport

_WIDTH, _HEIGHT = 640, 420
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 20, 20, 50
_PLAIN, _FLAGGED, _WRONG = "#7a8ca3", "#d98a1f", "#c2302e"


def write_chart(file: Path, reports: Sequence[ItemReport], low: float, high: float) -> None:
    """Draw the items that have a discrimination; each point's title is the item and its flags.

    Raises:
        UserError: (a ValueError) on a file that cannot be written.
    """
    points = [
        _point(report, low, high)
        for report in reports
        if report.discrimination == report.discrimination
    ]
    svg = "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
            ' font-family="sans-serif" font-size="12">',
            *_axes(low, high),
            *points,
            "</svg>",
        ]
    )
    try:
        file.write_text(svg + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(where=file, got=error, expected="a file that can be written") from error


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(correlation: float) -> float:
    return _TOP + (1 - correlation) / 2 * (_HEIGHT - _TOP - _BOTTOM)


def _point(report: ItemReport, low: float, high: float) -> str:
    wrong = "likely_wrong_key" in report.flags
    colour = _WRONG if wrong else _FLAGGED if report.flags else _PLAIN
    share = (report.mean - low) / ((high - low) or 1.0)
    title = escape(" ".join([report.item[:80], *report.flags]))
    return (
        f'<circle cx="{_x(share):.1f}" cy="{_y(report.discrimination):.1f}" r="3"'
        f' fill="{colour}" fill-opacity="0.6"><title>{title}</title></circle>'
    )


def _axes(low: float, high: float) -> list[str]:
    lines = [
        f'<line x1="{_x(0)}" y1="{_y(v):.1f}" x2="{_x(1)}" y2="{_y(v):.1f}"'
        f' stroke="{"#999" if v == 0 else "#ddd"}"/>'
        f'<text x="{_LEFT - 8}" y="{_y(v) + 4:.1f}" text-anchor="end">{v:g}</text>'
        for v in (-1.0, -0.5, 0.0, 0.5, 1.0)
    ]
    marks = [
        f'<text x="{_x(share):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">'
        f"{low + share * (high - low):g}</text>"
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    names = [
        f'<text x="{_x(0.5):.1f}" y="{_HEIGHT - 12}" text-anchor="middle">mean score</text>',
        f'<text x="16" y="{middle:.1f}" text-anchor="middle"'
        f' transform="rotate(-90 16 {middle:.1f})">discrimination</text>',
    ]
    return [*lines, *marks, *names]
