"""Figures as SVG and PNG files, for papers: the light theme, on white."""

from pathlib import Path

from . import labels, spec
from .page import figure_names

WIDTH = 900
VARIANTS = 12  # of a figure that are written


def _file_name(identifier, figure, number):
    if len(figure.variants) < 2:
        return identifier
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in
                    figure.variants[number].name.replace("β", "beta").replace("+", "p"))
    return f"{identifier}-{number}-{'-'.join(filter(None, words.split('-')))}"[:80]


def plotly_figure(variant):
    """The variant as a validated plotly Figure with colours in place of tokens."""
    import plotly.graph_objects as graph_objects
    layout = spec.resolved(variant.layout, labels.LIGHT)
    layout |= {"paper_bgcolor": "#ffffff", "plot_bgcolor": "#ffffff", "width": WIDTH}
    made = graph_objects.Figure({"data": spec.resolved(variant.data, labels.LIGHT),
                                 "layout": layout})
    made.layout.template = None
    return made


def write(sections, directory, progress):
    """Writes every variant into the directory and returns the number of figures. RuntimeError, with
    a sentence, where there is no browser to draw with."""
    import kaleido
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    jobs = []
    for identifier, _, figure in figure_names(sections):
        for number, variant in enumerate(figure.variants[:VARIANTS]):
            made = plotly_figure(variant)
            size = {"width": WIDTH, "height": variant.layout["height"]}
            name = _file_name(identifier, figure, number)
            jobs.append({"fig": made, "path": str(directory / f"{name}.svg"), "opts": size})
            jobs.append({"fig": made, "path": str(directory / f"{name}.png"),
                         "opts": size | {"scale": 2}})
    progress(f"drawing {len(jobs) // 2} figures")
    try:
        kaleido.write_fig_from_object_sync(jobs)
    except Exception as error:  # kaleido has an exception of its own for every browser trouble
        raise RuntimeError(f"the figures cannot be drawn ({error}); --figures needs Chrome or "
                           "Chromium: apt install chromium, or plotly_get_chrome") from error
    return len(jobs) // 2
