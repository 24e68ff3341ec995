"""Phase labels such as 4++-: their parts, their order, and the looks that they keep in all figures.

Hue tells k, the hull's vertices; lightness sigma, the positive biases; 4-gons with large negative
biases (phi > 0) have a hue of their own, and phi the marker. Looks are tokens that the page and the
export replace by a colour of their theme (see spec.py).
"""

import re
from typing import NamedTuple

LIGHT = {
    "4": "#12407f", "4+": "#3d7fd0", "4++": "#6aa6e4", "5": "#c04a00", "5+": "#f08a2c",
    "5++": "#a8781a", "6": "#00795c", "6+": "#35b597", "4-": "#b0489c", "4+-": "#d283c6",
    "3": "#6b5a00", "7": "#b0134b", "8": "#e0607e", "other": "#8b9099",
    "ink": "#1a1d21", "muted": "#59606a", "grid": "#e3e6ea", "paper": "#ffffff",
    "negative": "#c8321f", "positive": "#1d8a3a", "accent": "#5b3fc4",
}
DARK = {
    "4": "#3f78d8", "4+": "#74a9f0", "4++": "#b0d4fb", "5": "#e8641b", "5+": "#ffae62",
    "5++": "#d8b04a", "6": "#00a37c", "6+": "#6fdcc0", "4-": "#c65fae", "4+-": "#e3a3d9",
    "3": "#a8923a", "7": "#e0407a", "8": "#f594ac", "other": "#7d838e",
    "ink": "#e8eaee", "muted": "#a4abb6", "grid": "#2c3138", "paper": "#14171c",
    "negative": "#ff7a66", "positive": "#5cc878", "accent": "#a994ff",
}
SYMBOLS = ["circle", "square", "diamond", "triangle-up", "x"]  # by phi


class Phase(NamedTuple):
    vertices: int  # k
    positive: int  # sigma
    negative: int  # phi


def parse(label):
    """The parts of a label; None for `other` and the like."""
    match = re.fullmatch(r"(\d{1,3})(\+*)(-*)", label)
    return Phase(int(match[1]), len(match[2]), len(match[3])) if match else None


def look(label):
    """Name of the label's colour in LIGHT and DARK."""
    phase = parse(label)
    if phase is None:
        return "other"
    if phase.negative:
        return "4+-" if phase.positive else "4-"
    for positive in range(min(phase.positive, 2), -1, -1):
        name = f"{phase.vertices}{'+' * positive}"
        if name in LIGHT:
            return name
    return "3" if phase.vertices < 3 else "8"


def colour(label, opacity=None):
    """The token of the label's colour."""
    return token(look(label), opacity)


def token(name, opacity=None):
    return f"@{{{name}}}" if opacity is None else f"@{{{name}/{opacity:g}}}"


def symbol(label):
    phase = parse(label)
    return SYMBOLS[min(phase.negative, len(SYMBOLS) - 1)] if phase else "circle-open"


def order(label):
    """Sorts labels: by k, sigma, phi; those without parts last."""
    phase = parse(label)
    return (0, *phase) if phase else (1, 0, 0, 0)
