"""Figures as plain Plotly specifications: dictionaries with NumPy arrays and colour tokens in them.

A token @{name} or @{name/opacity} in any string stands for a colour of labels.LIGHT or labels.DARK;
page.js replaces it for the page, resolved() for the export. Arrays go to the page in base64.
"""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import quote

import numpy as np

from . import labels

_TOKEN = re.compile(r"@\{([^}/]+)(?:/([0-9.]+))?\}")
_SVG = "data:image/svg+xml,"


@dataclass
class Variant:
    """One of the choices that a figure offers."""

    name: str
    data: list
    layout: dict
    narrow: dict = field(default_factory=dict)  # data and layout instead, below 640 px


@dataclass
class Figure:
    """A figure: an identifier (also its file name), what it shows, and one variant or several."""

    identifier: str
    title: str
    caption: str
    variants: list
    choice: str = ""  # what is chosen between variants
    scales: tuple = ()  # axes that can be linear or logarithmic, such as "xaxis"
    table: tuple = ()  # (columns, rows): the same in numbers
    script: str = ""  # of a drawing of its own: stages.js or draws.js
    payload: dict = field(default_factory=dict)  # its data


@dataclass
class Section:
    """A part of the page, about one kind of result."""

    identifier: str
    title: str
    text: str
    figures: list = field(default_factory=list)


def encoded(value):
    """The value ready for JSON: arrays as {"~type": base64} with a width where they have rows, NaN and
    infinities outside of them null."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fiu" and value.ndim in (1, 2):
            return _encoded_array(value) | ({"width": value.shape[1]} if value.ndim == 2 else {})
        return encoded(value.tolist())
    if isinstance(value, dict):
        return {key: encoded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encoded(item) for item in value]
    if isinstance(value, np.generic):
        return encoded(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def _encoded_array(value):
    if value.dtype.kind == "f":
        array = value.astype("<f4" if value.dtype.itemsize <= 4 else "<f8")
    else:
        limits = (value.min(initial=0), value.max(initial=0))
        fits = next((name for name in ("i1", "i2", "i4") if limits[0] >= np.iinfo(name).min and
                     limits[1] <= np.iinfo(name).max), None)
        array = value.astype(f"<{fits}" if fits else "<f8")
    return {f"~{array.dtype.kind}{array.dtype.itemsize}":
            base64.b64encode(array.tobytes()).decode("ascii")}


def resolved(value, palette):
    """The value with the colours of a palette in place of tokens."""
    if isinstance(value, dict):
        return {key: resolved(item, palette) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(item, palette) for item in value]
    if isinstance(value, str) and "@{" in value:
        text = _TOKEN.sub(lambda match: _css(palette[match[1]], match[2]) if match[1] in palette
                          else match[0], value)
        return _SVG + quote(text[len(_SVG):]) if text.startswith(_SVG) else text
    return value


def _css(colour, opacity):
    if opacity is None:
        return colour
    red, green, blue = (int(colour[i:i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def narrowest(values):
    """The array in float32 where that keeps what a screen can show, else as it is."""
    values = np.asarray(values)
    return values.astype(np.float32) if values.dtype == np.float64 else values


def axis(title, **more):
    """An axis with the looks of all figures."""
    return {"title": {"text": title}, "automargin": True, "gridcolor": labels.token("grid"),
            "zeroline": False, "linecolor": labels.token("muted"), "ticks": "outside",
            "tickcolor": labels.token("muted"), "showline": True, **more}


def log_axis(title, steps=(1,), **more):
    """A logarithmic axis with labels at these multiples of powers of ten (Plotly's own digits
    between powers are too small to read)."""
    marks = [step * 10.0 ** power for power in range(-8, 10) for step in steps]
    return axis(title, type="log", tickvals=marks,
                ticktext=[_short(mark) for mark in marks], tickangle=0, **more)


def _short(mark):
    """1,000 as 1k and so on: labels that fit beside each other on a phone."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if mark >= size:
            return f"{mark / size:.10g}{letter}"
    return f"{mark:.10g}"


def layout(height, xaxis, yaxis, **more):
    """The layout that all figures share."""
    return {"height": height, "xaxis": xaxis, "yaxis": yaxis,
            "margin": {"l": 60, "r": 16, "t": 16, "b": 48},
            "font": {"family": "system-ui, sans-serif", "size": 13, "color": labels.token("ink")},
            "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
            "hovermode": "closest",
            "hoverlabel": {"bgcolor": labels.token("paper"), "bordercolor": labels.token("muted"),
                           "font": {"color": labels.token("ink"), "size": 13}},
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02,
                       "yanchor": "bottom"},
            **more}


def polygon_picture(columns, label):
    """An SVG picture of the columns of W (2, c) and their convex hull, as a layout image's source."""
    scale = 40 / max(1.0, float(np.hypot(*columns).max(initial=0)) * 1.05)
    ends = (columns * scale * np.array([[1], [-1]])).T  # y goes down in SVG
    rays = "".join(f"<line x1='0' y1='0' x2='{x:.1f}' y2='{y:.1f}'/>" for x, y in ends)
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in hull(ends))
    ink = labels.colour(label)
    return (f"{_SVG}<svg xmlns='http://www.w3.org/2000/svg' viewBox='-46 -46 92 92' width='92' "
            f"height='92'><polygon points='{corners}' fill='{labels.colour(label, 0.18)}' "
            f"stroke='{ink}' stroke-width='3'/><g stroke='{labels.token('ink')}' "
            f"stroke-width='4'>{rays}</g></svg>")


def hull(points):
    """The corners of the convex hull of points (m, 2), in order (Andrew's monotone chain)."""
    ordered = sorted(set(map(tuple, np.asarray(points, dtype=float).round(9).tolist())))
    if len(ordered) < 3:
        return ordered

    def half(sequence):
        corners = []
        for point in sequence:
            while len(corners) > 1 and _turn(corners[-2], corners[-1], point) <= 0:
                corners.pop()
            corners.append(point)
        return corners[:-1]

    return half(ordered) + half(reversed(ordered))


def _turn(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
