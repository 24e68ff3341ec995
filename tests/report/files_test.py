"""Files that are damaged, foreign or hostile; names and exit codes."""
import os
import subprocess
import sys

import netCDF4
import numpy as np
import pytest
from conftest import ROOT, hostile_page, run_report


def refused(done, *words):
    assert done.returncode == 65, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("tools/report: "), done.stderr
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.999])
def test_truncated_files_are_refused(copy_of, tmp_path, part):
    path = copy_of("train.nc")
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * part)])
    refused(run_report(path, "-o", tmp_path / "r.html"), "train.nc")
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("name", ["train.nc", "llc.nc", "sample.nc"])
def test_damaged_blocks_end_in_one_sentence_or_a_page(copy_of, tmp_path, name):
    """Whatever bytes are overwritten: a page, or one sentence and 65."""
    path = copy_of(name)
    data = bytearray(path.read_bytes())
    generator = np.random.default_rng(5)
    for trial in range(4):
        broken = bytearray(data)
        for start in generator.integers(200, len(data) - 64, 12):
            broken[start:start + 64] = generator.bytes(64)
        path.write_bytes(broken)
        done = run_report(path, "-o", tmp_path / "r.html")
        if done.returncode != 0:
            refused(done, name)


def test_foreign_files_are_refused(tmp_path):
    text = tmp_path / "notes.nc"
    text.write_text("not NetCDF")
    refused(run_report(text), "notes.nc", "NetCDF")
    other = tmp_path / "other.nc"
    with netCDF4.Dataset(other, "w") as file:
        file.createDimension("x", 3)
        file.createVariable("y", "f8", ("x",))[:] = 1
    refused(run_report(other), "other.nc", "no result of kgon")
    with netCDF4.Dataset(other, "a") as file:
        file.kgon_version = "9"
        file.createGroup("weather")
    refused(run_report(other), "weather")
    refused(run_report(tmp_path / "none.nc"), "none.nc", "no such file")
    refused(run_report(tmp_path.joinpath("empty").mkdir() or tmp_path / "empty"), "no .nc file")


def test_a_missing_variable_is_named(tmp_path):
    path = tmp_path / "part.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.kgon_version = "9"
        group = file.createGroup("sgd")
        group.createDimension("cell", 1)
    refused(run_report(path), "sgd", "step")


def test_wrong_use_and_help():
    assert run_report("--no-such-option").returncode == 2
    assert run_report("x.nc", "--draws-at", "many").returncode == 2
    done = run_report("--help")
    assert done.returncode == 0 and "usage:" in done.stdout


def test_output_that_cannot_be_written(study, tmp_path):
    (tmp_path / "file").write_text("")
    done = run_report(study / "train.nc", "-o", tmp_path / "file" / "r.html")
    assert done.returncode == 70 and len(done.stderr.strip().splitlines()) == 1


def test_a_directory_gets_its_page(copy_of):
    path = copy_of("train.nc")
    done = run_report(path.parent)
    assert done.returncode == 0 and (path.parent / "report.html").exists()
    assert str(path.parent / "report.html") in done.stdout


def test_what_is_missing_is_said_with_a_command(copy_of):
    path = copy_of("train.nc")
    run_report(path.parent)
    text = (path.parent / "report.html").read_text("utf-8")
    assert "What is not here" in text
    assert f"kgon llc --at {path}" in text and "kgon sample --samples" in text
    assert 'id="occupancy"' not in text


def test_strings_of_files_are_escaped(copy_of, tmp_path):
    text = hostile_page(copy_of("train.nc"), tmp_path / "r.html").read_text("utf-8")
    assert "<img src=x" not in text and "<img/src=x" not in text
    assert "<script>window.stolen" not in text


def change(path, group, name, values):
    with netCDF4.Dataset(path, "a") as file:
        (file[group] if group else file).variables[name][...] = values


@pytest.mark.parametrize("stage, name, values", [
    ("train", "population_loss", np.nan), ("train", "records", 10**6), ("sample", "beta", np.nan),
    ("train", "visit_phase", 12345)])
def test_values_that_no_run_has_end_in_a_page_or_one_sentence(copy_of, tmp_path, stage, name, values):
    path = copy_of(f"{stage}.nc")
    change(path, {"train": "sgd"}.get(stage, stage), name, values)
    done = run_report(path, "-o", tmp_path / "r.html")
    if done.returncode != 0:
        refused(done, path.name)


def test_attributes_of_another_kind(copy_of, tmp_path):
    path = copy_of("train.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.wall_seconds = "long"
        file.features = "six"
    refused(run_report(path, "-o", tmp_path / "r.html"), "features")


def test_tokens_in_labels_are_no_colours(copy_of, tmp_path):
    path = copy_of("train.nc")
    with netCDF4.Dataset(path, "a") as file:
        phase = file["sgd"]["phase"]
        phase.flag_meanings = phase.flag_meanings.replace("other", "@{zzz/0.5}%{y}")
    done = run_report(path, "-o", tmp_path / "r.html", "--figures", tmp_path / "figures")
    assert done.returncode == 0, done.stderr


def test_a_crash_of_the_library_is_a_sentence():
    """HDF5 ends the process on some damaged files."""
    crash = ("import os, sys; from kgon_report import child\n"
             "def action():\n    child.note('bad.nc')\n    os.abort()\n"
             "sys.exit(child.run(action))")
    done = subprocess.run([sys.executable, "-c", crash], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT / "tools")})
    refused(done, "bad.nc: libnetcdf crashed while reading it")
