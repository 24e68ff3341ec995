"""Labels, and whether their colours can be told apart."""
import itertools
import json
import re

import numpy as np
import pytest
from conftest import ROOT

from kgon_report import labels

MAIN = ["4", "4+", "4++", "5", "5+", "6", "4-", "other"]
# Simulated dichromacy in linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
VISIONS = {
    "all cones": np.eye(3),
    "no L cones": np.array([[.152286, 1.052583, -.204868], [.114503, .786281, .099216],
                            [-.003882, -.048116, 1.051998]]),
    "no M cones": np.array([[.367322, .860646, -.227968], [.280085, .672501, .047413],
                            [-.011820, .042940, .968881]]),
    "no S cones": np.array([[1.255528, -.076749, -.178779], [-.078411, .930809, .147602],
                            [.004733, .691367, .303900]]),
}


def linear(colour):
    part = np.array([int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(part <= .04045, part / 12.92, ((part + .055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = np.array([[.4124, .3576, .1805], [.2126, .7152, .0722],
                    [.0193, .1192, .9505]]) @ rgb.clip(0, 1) / [.9505, 1, 1.089]
    f = np.where(xyz > .008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("palette", [labels.LIGHT, labels.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISIONS)
def test_main_phases_can_be_told_apart(palette, vision):
    seen = {name: lab(VISIONS[vision] @ linear(palette[name])) for name in MAIN}
    nearest = min((np.linalg.norm(seen[a] - seen[b]), a, b)
                  for a, b in itertools.combinations(MAIN, 2))
    assert nearest[0] > 11, nearest  # CIE76; 2.3 is a just noticeable difference


@pytest.mark.parametrize("palette", [labels.LIGHT, labels.DARK], ids=["light", "dark"])
def test_text_and_marks_stand_out(palette):
    def contrast(name):
        pair = sorted(linear(palette[one]) @ [.2126, .7152, .0722] for one in (name, "paper"))
        return (pair[1] + .05) / (pair[0] + .05)
    assert min(contrast(name) for name in ("ink", "muted")) > 4.5  # WCAG 2.1, 1.4.3
    assert min((contrast(name), name) for name in MAIN)[0] > 2.4


def test_parts_of_labels():
    assert labels.parse("4++-") == (4, 2, 1)
    assert labels.parse("12") == (12, 0, 0)
    assert labels.parse("other") is None and labels.parse("4-+") is None


def test_order_is_by_vertices_then_signs():
    mixed = ["other", "6", "4-", "5+", "4++", "4", "5"]
    assert sorted(mixed, key=labels.order) == ["4", "4-", "4++", "5", "5+", "6", "other"]


def test_every_label_has_one_look_in_page_and_export():
    """page.js and labels.py say the same of every label, whatever its signs."""
    import shutil
    import subprocess
    node = shutil.which("node") or shutil.which("nodejs")
    source = (ROOT / "tools" / "kgon_report" / "page.js").read_text("utf-8")
    rule = re.search(r"const look = label => \{.*?\n  \};", source, re.S)[0]
    every = [f"{k}{'+' * s}{'-' * p}" for k in (0, 2, 3, 4, 5, 6, 7, 8, 12) for s in range(4)
             for p in range(5)] + ["other"]
    expected = [labels.look(label) for label in every]
    assert all(name in labels.LIGHT and name in labels.DARK for name in expected)
    if node is None:
        pytest.skip("no node to run page.js outside of a browser")
    program = (f"const palettes = {{light: {json.dumps(labels.LIGHT)}}};\n{rule}\n"
               f"console.log(JSON.stringify({json.dumps(every)}.map(look)))")
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == expected
