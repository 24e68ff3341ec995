"""Sweeps: which phase trajectories end in, over the swept settings."""

from collections import Counter

import numpy as np

from . import labels, spec
from .trajectories import SWEPT, setting

WIDTH = 3  # small multiples side by side on a wide screen
FITTING = 135  # characters of titles side by side
TITLE, BAR, AXIS = 30, 26, 34  # pixels: above the bars of a multiple, a bar, below them


def _fractions(trajectories):
    """Per cell a Counter of the final phases, `failed` among them."""
    rows = []
    for cell in range(trajectories.cells):
        good = trajectories.finished[cell]
        row = Counter(trajectories.final_phase[cell, good].tolist())
        if (~good).any():
            row["failed"] = int((~good).sum())
        rows.append(row)
    return rows


def _along(trajectories):
    """The setting along the bars: the one with most values."""
    values = {name: len({str(cell[name]) for cell in trajectories.settings})
              for name in trajectories.swept}
    return max(trajectories.swept, key=lambda name: (values[name],
                                                     -trajectories.swept.index(name)))


def _panels(trajectories):
    """Words for the setting along the bars, and {words of the other settings: [(its value, cell)]}."""
    along, panels = _along(trajectories), {}
    for cell, values in enumerate(trajectories.settings):
        title = trajectories.cell_name(cell, without=(along,))
        panels.setdefault(title, []).append((setting(values[along]), cell))
    return dict(SWEPT)[along], panels


def _lines(panels, width):
    """The panels in lines of this many, each with the place of its first bar and its height."""
    names = list(panels)
    found, top = [], 0.0
    for start in range(0, len(names), width):
        line = names[start:start + width]
        height = TITLE + AXIS + BAR * max(len(panels[name]) for name in line)
        found.append((line, top, height))
        top += height
    return found, top


def _variant(title, panels, rows, phases, width):
    width = min(width, len(panels))
    lines, total = _lines(panels, width)
    longest = max(len(f"{title} {value}") for cells in panels.values() for value, _ in cells)
    data, notes, axes, number = [], [], {}, 0
    for line, top, height in lines:
        for column, name in enumerate(line):
            suffix = str(number + 1) if number else ""
            left = (column + (0.03 + 0.0235 * longest if width > 1 else 0)) / width
            bars = TITLE, TITLE + BAR * len(panels[name])
            axes[f"xaxis{suffix}"] = spec.axis(
                "", domain=[left, (column + 0.95) / width], anchor=f"y{suffix}", range=[0, 1],
                tickformat=".0%", tickvals=[0, 0.5, 1])
            axes[f"yaxis{suffix}"] = spec.axis(
                "", domain=[1 - (top + bars[1]) / total, 1 - (top + bars[0]) / total],
                anchor=f"x{suffix}", type="category", autorange="reversed", showgrid=False)
            if name:
                notes.append({"text": name, "xref": "paper", "yref": "paper", "x": left,
                              "y": 1 - (top + TITLE) / total, "xanchor": "left",
                              "yanchor": "bottom", "showarrow": False})
            data += _bars(title, panels[name], rows, phases, suffix)
            number += 1
    # Plotly takes the legend's lines from the plot: as many as a narrow screen needs.
    legend = 24 * -(-len(phases) // (4 if width == 1 else 12))
    layout = spec.layout(int(total) + 40 + legend, {}, {}, barmode="stack", annotations=notes,
                         bargap=0.25)
    layout |= axes
    layout["margin"] = {"l": 16 if width > 1 else 60, "r": 16, "t": 24 + legend, "b": 16}
    return spec.Variant("", data, layout)


def _bars(title, cells, rows, phases, suffix):
    return [{"type": "bar", "orientation": "h", "name": phase, "legendgroup": phase,
             "showlegend": not suffix, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}",
             "x": np.array([rows[cell][phase] / max(1, sum(rows[cell].values()))
                            for _, cell in cells]),
             "y": [f"{title} {value}" for value, _ in cells],
             "customdata": [rows[cell][phase] for _, cell in cells],
             "hovertemplate": f"{phase}: %{{x:.1%}} (%{{customdata}})<extra></extra>",
             "marker": {"color": labels.colour(phase),
                        "pattern": {"shape": _pattern(phase), "fillmode": "overlay",
                                    "fgcolor": labels.token("paper")}}} for phase in phases]


def _pattern(phase):
    found = labels.parse(phase)
    return ["", "/", "x", "-", "."][min(found.negative, 4)] if found else ""


def section(trajectories):
    """The section; None where cells do not differ."""
    if trajectories.cells < 2 or not trajectories.swept:
        return None
    rows = _fractions(trajectories)
    phases = sorted({phase for row in rows for phase in row}, key=labels.order)
    title, panels = _panels(trajectories)
    longest = max(map(len, panels))
    wide = _variant(title, panels, rows, phases, max(1, min(WIDTH, FITTING // max(1, longest))))
    slim = _variant(title, panels, rows, phases, 1)
    table = (("cell", *phases), [(trajectories.cell_name(cell),
                                  *(f"{row[phase]:,}" if row[phase] else "" for phase in phases))
                                 for cell, row in enumerate(rows)])
    figure = spec.Figure("sweeps", "Final phases over the sweep",
                         f"Part of the trajectories of each of {trajectories.cells} cells that end "
                         "in each phase.", [wide], table=table)
    figure.variants[0].narrow = {"data": slim.data, "layout": slim.layout}
    return spec.Section("sweeps", "Sweeps",
                        "How the end of a trajectory depends on the swept settings.", [figure])
