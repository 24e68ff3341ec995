"""--figures: every figure as SVG and PNG."""
import re
import shutil

import pytest
from conftest import run_report


def test_writes_svg_and_png_of_every_figure(study, tmp_path):
    if not shutil.which("chromium"):
        pytest.fail("no chromium: apt install chromium")
    done = run_report(study / "llc.nc", study / "train.nc", "-o", tmp_path / "r.html", "--figures",
                      tmp_path / "figures")
    assert done.returncode == 0, done.stderr
    names = {path.stem for path in (tmp_path / "figures").glob("*.svg")}
    assert {"developmental-stages", "energy-levels", "transition-graph", "lambda"} <= names
    assert any(name.startswith("sgd-plateaus") for name in names)
    assert names == {path.stem for path in (tmp_path / "figures").glob("*.png")}
    for name in names:
        text = (tmp_path / "figures" / f"{name}.svg").read_text("utf-8")
        assert text.startswith("<svg") and "@{" not in text
        sizes = [float(size) for size in re.findall(r"font-size: ([0-9.]+)px", text)]
        assert sizes and min(sizes) >= 12
        assert (tmp_path / "figures" / f"{name}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_says_what_is_missing_to_draw(study, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "no_browser"))
    done = run_report(study / "train.nc", "-o", tmp_path / "r.html", "--figures", tmp_path / "f")
    assert done.returncode == 70
    assert "Chromium" in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "r.html").exists()
