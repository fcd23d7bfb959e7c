"""Small charts as inline SVG, coloured by the page's style sheet."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

WIDTH, HEIGHT = 480, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 14, 48

Floats = NDArray[np.float64]


class Series(NamedTuple):
    """Points of a line, with interval bounds where they have them."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    css: str = "a"  # class of its colour
    joined: bool = True


class _Scale(NamedTuple):
    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


def lines(
    title: str, series: Sequence[Series], *, x_label: str, y_label: str, percent: bool = False
) -> Markup:
    """Lines with points and intervals; empty where there is nothing to draw."""
    drawn = [one for one in series if len(one.x)]
    if not drawn:
        return Markup("")
    xs = [x for one in drawn for x in one.x]
    ys = [y for one in drawn for y in [*one.y, *(one.low or []), *(one.high or [])]]
    margin = (max(ys) - min(ys)) * 0.08 or abs(max(ys)) * 0.1 or 0.05
    low, high = min(ys) - margin, max(ys) + margin
    if percent:
        low, high = max(low, 0.0), min(high, 1.0)
    sx = _Scale(min(xs), max(xs), _LEFT + 8, WIDTH - _RIGHT - 8)
    sy = _Scale(low, high, HEIGHT - _BOTTOM, _TOP)
    parts = [_axes(sx, sy, x_label, y_label, percent=percent, whole_x=len(set(xs)) <= 12)]
    for one in drawn:
        parts.append(_line(one, sx, sy, percent=percent))
    legend = [(one.name, one.css) for one in drawn] if len(drawn) > 1 else []
    return _svg(title, Markup("").join(parts), legend)


def histogram(
    title: str,
    groups: Sequence[tuple[str, Floats, str]],
    *,
    x_label: str,
    cut: float | None = None,
    cut_label: str = "",
    bins: int = 40,
) -> Markup:
    """Stacked counts of values by group (name, values, colour class), and a vertical line."""
    finite = [(name, values[np.isfinite(values)], css) for name, values, css in groups]
    together = np.concatenate([values for _, values, _ in finite]) if finite else np.array([])
    if not together.size:
        return Markup("")
    # A few far values would press all others into one bar: they are counted in the last one.
    low = float(together.min())
    high = float(min(together.max(), max(np.quantile(together, 0.99) * 1.05, low + 1e-9)))
    if high <= low:
        high = low + 1.0
    edges = np.linspace(low, high, bins + 1)
    counts = [
        (name, np.histogram(np.clip(values, low, high), edges)[0], css)
        for name, values, css in finite
    ]
    tallest = float(sum(count for _, count, _ in counts).max() or 1)  # type: ignore[union-attr]
    sx = _Scale(low, high, _LEFT, WIDTH - _RIGHT)
    sy = _Scale(0, tallest, HEIGHT - _BOTTOM, _TOP)
    parts = [_axes(sx, sy, x_label, "count", percent=False, whole_x=False)]
    base = np.zeros(bins)
    for name, count, css in counts:
        for i, number in enumerate(count):
            if number:
                y0, y1 = sy.at(base[i]), sy.at(base[i] + number)
                x0, x1 = sx.at(edges[i]), sx.at(edges[i + 1])
                parts.append(
                    Markup(
                        '<rect class="bar {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" '
                        'height="{:.1f}"><title>{}: {} from {:.3g} to {:.3g}</title></rect>'
                    ).format(
                        css,
                        x0,
                        y1,
                        max(x1 - x0 - 0.5, 0.5),
                        y0 - y1,
                        name,
                        int(number),
                        float(edges[i]),
                        float(edges[i + 1]),
                    )
                )
        base = base + count
    if cut is not None and low <= cut <= high:
        parts.append(_cut(sx.at(cut), cut_label))
    legend = [(name, css) for name, _, css in counts] if len(counts) > 1 else []
    return _svg(title, Markup("").join(parts), legend)


def scatter(
    title: str,
    groups: Sequence[tuple[str, Floats, Floats, str]],
    *,
    x_label: str,
    y_label: str,
    most: int = 1200,
) -> Markup:
    """Points of groups (name, x, y, colour class); of many an even part is drawn."""
    kept = []
    for name, x, y, css in groups:
        ok = np.isfinite(x) & np.isfinite(y)
        x, y = x[ok], y[ok]
        step = max(len(x) * len(groups) // most, 1)
        kept.append((name, x[::step], y[::step], css))
    xs = np.concatenate([x for _, x, _, _ in kept]) if kept else np.array([])
    if not xs.size:
        return Markup("")
    ys = np.concatenate([y for _, _, y, _ in kept])
    sx = _Scale(float(xs.min()), float(xs.max()), _LEFT, WIDTH - _RIGHT)
    sy = _Scale(float(ys.min()), float(np.quantile(ys, 0.99)), HEIGHT - _BOTTOM, _TOP)
    parts = [_axes(sx, sy, x_label, y_label, percent=False, whole_x=False)]
    for _, x, y, css in kept:
        for a, b in zip(x, np.minimum(y, sy.high), strict=True):
            parts.append(
                Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="2"/>').format(
                    css, sx.at(float(a)), sy.at(float(b))
                )
            )
    return _svg(title, Markup("").join(parts), [(name, css) for name, _, _, css in kept])


def _line(one: Series, sx: _Scale, sy: _Scale, *, percent: bool) -> Markup:
    path = " ".join(f"{sx.at(x):.1f},{sy.at(y):.1f}" for x, y in zip(one.x, one.y, strict=True))
    line = Markup('<polyline class="line {}" points="{}"/>').format(one.css, path)
    parts = [line] if one.joined else []
    dots = len(one.x) <= 60
    for i, (x, y) in enumerate(zip(one.x, one.y, strict=True)):
        if one.low is not None and one.high is not None:
            parts.append(
                Markup(
                    '<line class="whisker {0}" x1="{1:.1f}" x2="{1:.1f}" '
                    'y1="{2:.1f}" y2="{3:.1f}"/>'
                ).format(one.css, sx.at(x), sy.at(one.low[i]), sy.at(one.high[i]))
            )
        if dots:
            value = f"{100 * y:.1f}%" if percent else f"{y:.4g}"
            parts.append(
                Markup(
                    '<circle class="point {}" cx="{:.1f}" cy="{:.1f}" r="3.5">'
                    "<title>{}, {:g}: {}</title></circle>"
                ).format(one.css, sx.at(x), sy.at(y), one.name, x, value)
            )
    return Markup("").join(parts)


def _cut(x: float, label: str) -> Markup:
    return Markup(
        '<line class="cut" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>'
        '<text class="tick" x="{3:.1f}" y="{4}">{5}</text>'
    ).format(x, _TOP, HEIGHT - _BOTTOM, x + 4, _TOP + 10, label)


def _axes(
    sx: _Scale, sy: _Scale, x_label: str, y_label: str, *, percent: bool, whole_x: bool
) -> Markup:
    parts = []
    for value in _ticks(sy.low, sy.high, 5):
        y = sy.at(value)
        text = _percent(value, sy.high - sy.low) if percent else _short(value)
        parts.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                '<text class="tick" text-anchor="end" x="{}" y="{:.1f}">{}</text>'
            ).format(_LEFT, WIDTH - _RIGHT, y, y, _LEFT - 6, y + 4, text)
        )
    for value in _ticks(sx.low, sx.high, 6):
        if whole_x and value != int(value):
            continue
        parts.append(
            Markup('<text class="tick" text-anchor="middle" x="{:.1f}" y="{}">{}</text>').format(
                sx.at(value), HEIGHT - _BOTTOM + 18, _short(value)
            )
        )
    parts.append(
        Markup(
            '<text class="label" text-anchor="middle" x="{}" y="{}">{}</text>'
            '<text class="label" text-anchor="middle" transform="translate(12 {}) rotate(-90)">'
            "{}</text>"
        ).format(
            (_LEFT + WIDTH - _RIGHT) // 2, HEIGHT - 6, x_label, (HEIGHT - _BOTTOM) // 2, y_label
        )
    )
    return Markup("").join(parts)


def _percent(value: float, span: float) -> str:
    """A percentage with enough decimals to tell the ticks of an axis of this span apart."""
    return f"{100 * value:.{0 if span > 0.05 else 1 if span > 0.005 else 2}f}%"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Round values between the bounds."""
    span = (high - low) or 1.0
    raw = span / count
    magnitude = 10 ** np.floor(np.log10(raw))
    step = float(next(m for m in (1, 2, 5, 10) if m * magnitude >= raw) * magnitude)
    first = np.ceil(low / step) * step
    values = [float(first + i * step) for i in range(count + 2)]
    return [0.0 if abs(v) < step * 1e-9 else v for v in values if v <= high + step * 1e-9]


def _svg(title: str, content: Markup, legend: Sequence[tuple[str, str]]) -> Markup:
    entries = Markup("").join(
        Markup('<span class="key"><span class="swatch {}"></span>{}</span>').format(css, name)
        for name, css in legend
    )
    return Markup(
        '<figure class="chart"><figcaption>{title}{legend}</figcaption>'
        '<svg viewBox="0 0 {w} {h}" role="img" aria-label="{title}">{content}</svg></figure>'
    ).format(
        title=title,
        legend=Markup('<span class="legend">{}</span>').format(entries) if legend else "",
        w=WIDTH,
        h=HEIGHT,
        content=content,
    )
