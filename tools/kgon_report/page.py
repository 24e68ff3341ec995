"""The page: sections and figures as one HTML file that needs nothing else."""

import html
import json
from pathlib import Path

from plotly.offline import get_plotlyjs

from . import labels, spec

HERE = Path(__file__).parent


def _text(value):
    return html.escape(str(value))


def _json(value):
    """JSON that can stand in a script element."""
    text = json.dumps(spec.encoded(value), ensure_ascii=False, separators=(",", ":"),
                      allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def table(columns, rows, caption):
    head = "".join(f'<th scope="col">{_text(column)}</th>' for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>"
                   for row in rows)
    return (f'<details><summary>{_text(caption)}</summary><div class="scroll" tabindex="0" '
            f'role="region" aria-label="{_text(caption)}"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div></details>")


def _choice(figure, identifier):
    if len(figure.variants) < 2 or figure.script == "stages":
        return ""
    options = "".join(f'<option value="{i}">{_text(variant.name)}</option>'
                      for i, variant in enumerate(figure.variants))
    return (f'<label>{_text(figure.choice)} <select data-choice="{identifier}">{options}</select>'
            "</label>")


def _scales(figure, identifier):
    names = {"xaxis": "horizontal", "yaxis": "vertical"}
    boxes = []
    for name in figure.scales:
        kind = figure.variants[0].layout.get(name, {}).get("type", "linear")
        checked = " checked" if kind == "log" else ""
        boxes.append(f'<label><input type="checkbox" data-scale="{identifier}" value="{name}"'
                     f"{checked}> logarithmic {names[name]} axis</label>")
    return "".join(boxes)


def _figure(figure, identifier):
    controls = _choice(figure, identifier) + _scales(figure, identifier)
    stages = (HERE / "stages.html").read_text("utf-8") if figure.script == "stages" else ""
    height = figure.variants[0].layout["height"]
    plot = stages or (f'<div class="plot" id="{identifier}-plot" role="group" '
                      f'style="min-height:{height}px" aria-label="{_text(figure.title)}: '
                      f'{_text(figure.caption)}"></div>')
    side = '<div class="beside" aria-hidden="true"></div>' if figure.script == "draws" else ""
    numbers = table(*figure.table, "The numbers") if figure.table else ""
    return (f'<figure id="{identifier}" data-script="{figure.script}"><h3>{_text(figure.title)}</h3>'
            f'<div class="controls">{controls}</div><div class="drawing">{plot}{side}</div>'
            f"<figcaption>{_text(figure.caption)}</figcaption>{numbers}</figure>")


def _list(title, sentences, kind):
    if not sentences:
        return ""
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences)
    return f'<h3>{_text(title)}</h3><ul class="{kind}">{items}</ul>'


def _runs(runs):
    cards = []
    for title, rows, study in runs:
        pairs = "".join(f"<dt>{_text(term)}</dt><dd>{_text(words)}</dd>" for term, words in rows)
        cards.append(f'<details><summary>{_text(title)}</summary><dl>{pairs}</dl>'
                     f'<pre tabindex="0" aria-label="resolved study">{_text(study)}</pre></details>')
    return "".join(cards)


def _hints(hints):
    if not hints:
        return ""
    rows = "".join(f"<dt>{_text(figure)}</dt><dd><code>{_text(command)}</code></dd>"
                   for figure, command in hints)
    return ('<section id="more"><h2>What is not here</h2><p>These figures need data that the given '
            f"files do not have; a command that makes them:</p><dl>{rows}</dl></section>")


def figure_names(sections):
    """[(identifier, section, figure)]: identifiers are unique, also with several files."""
    found, taken = [], {}
    for section in sections:
        for figure in section.figures:
            number = taken[figure.identifier] = taken.get(figure.identifier, 0) + 1
            found.append((figure.identifier if number == 1 else f"{figure.identifier}-{number}",
                          section, figure))
    return found


def render(title, words, sections, hints):
    """The page as a string. words: run, found, distrust (lists of sentences) and files, a card
    (name, (term, words) pairs, study) for each."""
    named = figure_names(sections)
    content, links = [], ['<a href="#summary">Summary</a>']
    for i, section in enumerate(sections):
        anchor = f"section-{i}-{section.identifier}"
        links.append(f'<a href="#{anchor}">{_text(section.title)}</a>')
        figures = "".join(_figure(figure, identifier) for identifier, owner, figure in named
                          if owner is section)
        content.append(f'<section id="{anchor}"><h2>{_text(section.title)}</h2>'
                       f"<p>{_text(section.text)}</p>{figures}</section>")
    data = {identifier: {
        "variants": [] if figure.script == "stages" else [
            {"data": one.data, "layout": one.layout, "narrow": one.narrow}
            for one in figure.variants], "payload": figure.payload}
        for identifier, _, figure in named}
    blocks = {
        "TITLE": _text(title), "STYLE": (HERE / "page.css").read_text("utf-8"),
        "LINKS": "".join(links), "CONTENT": "".join(content), "HINTS": _hints(hints),
        "SUMMARY": _list("What was run", words["run"], "run") +
        _list("What was found", words["found"], "found") +
        (_list("What to distrust", words["distrust"], "distrust") or
         "<h3>What to distrust</h3><p>Nothing that kgon knows of.</p>") +
        "<h3>The files</h3>" + _runs(words["files"]),
        "PALETTES": _json({"light": labels.LIGHT, "dark": labels.DARK}),
        "DATA": "".join(f'<script type="application/json" data-figure="{identifier}">{_json(one)}'
                        "</script>" for identifier, one in data.items()),
        "PLOTLY": get_plotlyjs().replace("</script", "<\\/script"),
        "SCRIPT": "\n".join((HERE / name).read_text("utf-8") for name in
                            ("page.js", "stages.js", "draws.js")),
    }
    text = (HERE / "page.html").read_text("utf-8")
    parts = text.split("{{")
    return parts[0] + "".join(blocks[part.split("}}", 1)[0]] + part.split("}}", 1)[1]
                              for part in parts[1:])
