"""Specifications: what goes to the page comes back, tokens become colours."""
import base64
import json
from urllib.parse import unquote

import numpy as np
import pytest

from kgon_report import labels, spec


def decoded(value):
    (key, text), *rest = value.items()
    array = np.frombuffer(base64.b64decode(text), dtype=f"<{key[1:]}")
    return array.reshape(-1, dict(rest)["width"]) if rest else array


@pytest.mark.parametrize("array", [
    np.array([1.5, np.nan, -3]), np.array([0.1], dtype=np.float32), np.arange(5), np.array([-129, 3]),
    np.array([70000]), np.array([2 ** 40, 1]), np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([])])
def test_arrays_survive(array):
    text = json.dumps(spec.encoded({"x": array}), allow_nan=False)
    np.testing.assert_array_equal(decoded(json.loads(text)["x"]), array)


def test_lists_have_no_nan_in_json():
    assert spec.encoded([1.0, float("nan"), (np.float64("inf"), "x")]) == [1.0, None, [None, "x"]]


def test_tokens_become_colours():
    value = {"a": ["@{5}", {"b": "@{4++/0.5}"}], "c": 3}
    found = spec.resolved(value, {"5": "#c04a00", "4++": "#6aa6e4"})
    assert found == {"a": ["#c04a00", {"b": "rgba(106,166,228,0.5)"}], "c": 3}


def test_pictures_are_svg_with_the_columns_in_them():
    columns = np.array([[1.0, 0, -1, 0, 0], [0, 1.0, 0, -1, 0]])
    text = unquote(spec.resolved(spec.polygon_picture(columns, "4"), labels.LIGHT))
    assert text.startswith("data:image/svg+xml,<svg") and text.count("<line") == 5
    assert labels.LIGHT["4"] in text and "@{" not in text
    corners = text.split("points='")[1].split("'")[0].split()
    assert len(corners) == 4


def test_hull_of_a_square_with_a_point_inside():
    assert set(spec.hull([(0, 0), (1, 0), (1, 1), (0, 1), (.5, .5)])) == {(0, 0), (1, 0), (1, 1),
                                                                        (0, 1)}
    assert len(spec.hull([(0, 0), (1, 1)])) == 2 and spec.hull(np.zeros((0, 2))) == []
