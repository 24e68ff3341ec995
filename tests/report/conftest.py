"""Results of a small study, made once, and a browser."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from kgon_report.coefficients import Coefficients  # noqa: E402
from kgon_report.posteriors import Posteriors  # noqa: E402
from kgon_report.results import open_result  # noqa: E402
from kgon_report.trajectories import Trajectories  # noqa: E402

STUDY = """
seed = 3
[train]
init = ["4", "4+", "random"]
lr = [0.005, 0.01]
trajectories = 12
epochs = 1800
records = 120
[llc]
at = ["5", "6", "train"]
at-records = "plateau"
at-every = 7
chains = 3
draws = 120
burn-in = 50
[sample]
samples = [150, 250, 400, 600]
datasets = 2
dataset = ["sampled", "population"]
beta = [0.5, 1]
islands = 4
particles = 512
draws = 40
"""


def run_kgon(*arguments):
    done = subprocess.run([os.environ["KGON_PROGRAM"], *map(str, arguments)], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_report(*arguments):
    """tools/report with this very Python."""
    return subprocess.run([sys.executable, str(ROOT / "tools" / "report"), *map(str, arguments)],
                          capture_output=True, text=True,
                          env=os.environ | {"KGON_REPORT_PYTHON": sys.executable})


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """The directory with train.nc, llc.nc, sample.nc and summary.json of STUDY, and a calibration."""
    directory = tmp_path_factory.mktemp("study")
    text = directory / "study_in.toml"
    text.write_text(STUDY)
    run_kgon("run", text, "-o", directory / "results")
    run_kgon("llc", "--at", "6,5", "--calibrate", "--chains", "4", "--draws", "100", "--burn-in", "50",
             "-o", directory / "results" / "grid.nc")
    return directory / "results"


@pytest.fixture(scope="session")
def train(study):
    return Trajectories(open_result(study / "train.nc"))


@pytest.fixture(scope="session")
def llc(study):
    return Coefficients(open_result(study / "llc.nc"))


@pytest.fixture(scope="session")
def grid(study):
    return Coefficients(open_result(study / "grid.nc"))


@pytest.fixture(scope="session")
def sample(study):
    return Posteriors(open_result(study / "sample.nc"))


@pytest.fixture
def copy_of(study, tmp_path):
    """copy_of("train.nc"): a copy to damage."""
    return lambda name: Path(shutil.copy(study / name, tmp_path / name))


def same(left, right):
    np.testing.assert_array_equal(np.asarray(left), np.asarray(right))


@pytest.fixture(scope="session")
def page(study, tmp_path_factory):
    """The report of the study, all files in one page."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    done = run_report(study, "-o", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
                   None)
    if program is None:
        pytest.fail("no chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def hostile_page(path, page):
    """The report of a train result in whose strings there is HTML that would run."""
    evil = "</script><script>window.stolen=1</script><img src=x onerror='window.stolen=1'>\u2028"
    with netCDF4.Dataset(path, "a") as file:
        file.command = evil
        file.study = evil
        file.device = evil
        meanings = file["sgd"]["phase"].flag_meanings.split()
        file["sgd"]["phase"].flag_meanings = " ".join(
            "<img/src=x/onerror=window.stolen=1>" if word == "4" else word for word in meanings)
        init = file["sgd"]["init"]
        init[0] = evil
    done = run_report(path, "-o", page, "--title", evil)
    assert done.returncode == 0, done.stderr
    return page
