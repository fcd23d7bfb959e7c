"""A run's accuracy by round as a picture that notebooks show and that can be saved as SVG."""

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from eval_predict.errors import UserError
from eval_predict.report.charts import HEIGHT, WIDTH, Series, lines
from eval_predict.stats.estimate import Estimate
from iwsi.files import write_text
from iwsi.rounds.reports import RunSummary

_COLOURS = {"a": "#0b62c4", "b": "#b3470b"}
_STYLE = (
    "text{font:12px sans-serif;fill:#57606a}.grid{stroke:#d0d7de}.line{fill:none;stroke-width:2}"
    + "".join(
        f".line.{css},.whisker.{css}{{stroke:{colour}}}.point.{css},.key.{css}{{fill:{colour}}}"
        for css, colour in _COLOURS.items()
    )
)
_LEGEND = 34  # height of the title and the legend


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture; a notebook shows it.

    Attributes:
        svg: the picture, whole, as it can be written to a file.
    """

    svg: str

    def save(self, path: str | Path) -> Path:
        """Write it to an .svg file.

        Raises:
            UserError: the name ends otherwise.
        """
        target = Path(path)
        if target.suffix != ".svg":
            raise UserError(
                where=str(target),
                got=f'suffix "{target.suffix}"',
                expected=".svg",
                fix="Name a file such as accuracy.svg; browsers and editors show it.",
            )
        write_text(target, self.svg)
        return target

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        """How large it is; the picture itself is shown by notebooks."""
        return f"Plot({WIDTH} × {HEIGHT + _LEGEND}, {len(self.svg):,} characters)"


def accuracy_plot(summary: RunSummary) -> Plot:
    """Accuracy by round with intervals: full tests, and forecasts beside them.

    Raises:
        UserError: no round has been evaluated yet.
    """
    tested = [(row.round, row.accuracy) for row in summary.rounds if row.accuracy]
    forecast = [(row.round, row.forecast.score) for row in summary.rounds if row.forecast]
    series = [
        _series(f"full test, {summary.level:.0%} intervals", tested, "a"),
        _series(_forecast_name(forecast), forecast, "b"),
    ]
    shown = [one for one in series if one.x]
    if not shown:
        raise UserError(
            where=summary.task,
            got="no round that has been evaluated",
            expected="a full test or a forecast",
            fix="Go on with the run first.",
        )
    title = f"{summary.task}: accuracy by round"
    figure = lines(title, shown, x_label="round", y_label="accuracy", percent=True)
    inner = figure[figure.index(">", figure.index("<svg")) + 1 : figure.index("</svg>")]
    legend = Markup("").join(
        Markup(
            '<circle class="key {}" cx="{}" cy="24" r="4"/><text x="{}" y="28">{}</text>'
        ).format(one.css, 68 + 200 * place, 76 + 200 * place, one.name)
        for place, one in enumerate(shown)
    )
    svg = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" role="img" '
        'aria-label="{title}"><style>{style}</style><rect width="100%" height="100%" fill="#fff"/>'
        '<text x="62" y="14" style="font-weight:bold">{title}</text>{legend}'
        '<g transform="translate(0 {top})">{inner}</g></svg>'
    ).format(
        w=WIDTH,
        h=HEIGHT + _LEGEND,
        title=title,
        style=Markup(_STYLE),  # noqa: S704  # a constant
        legend=legend,
        top=_LEGEND,
        inner=Markup(inner),  # noqa: S704  # a part of what charts escaped
    )
    return Plot(str(svg))


def _series(name: str, rows: list[tuple[int, Estimate]], css: str) -> Series:
    return Series(
        name,
        [number for number, _ in rows],
        [estimate.value for _, estimate in rows],
        [estimate.low for _, estimate in rows],
        [estimate.high for _, estimate in rows],
        css,
    )


def _forecast_name(rows: list[tuple[int, Estimate]]) -> str:
    return f"forecast, {rows[0][1].level:.0%} intervals" if rows else "forecast"
