"""10,000 trajectories of 200 records: time, size, first paint."""
import time

import netCDF4
import numpy as np
from conftest import run_report

TRAJECTORIES, RECORDS = 10_000, 200


def enlarged(source, target):
    """A copy of a train result, its first cell repeated to TRAJECTORIES x RECORDS."""
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(target, "w") as new:
        new.setncatts({name: old.getncattr(name) for name in old.ncattrs()})
        for name, group in old.groups.items():
            copy = new.createGroup(name)
            sizes = {key: len(dimension) for key, dimension in group.dimensions.items()}
            if name == "sgd":
                sizes |= {"cell": 1, "trajectory": TRAJECTORIES, "record": RECORDS}
            for key, size in sizes.items():
                copy.createDimension(key, size)
            for key, variable in group.variables.items():
                fill = {"fill_value": variable._FillValue} if "_FillValue" in variable.ncattrs() else {}
                made = copy.createVariable(key, variable.dtype, variable.dimensions, **fill)
                made.setncatts({attribute: variable.getncattr(attribute) for attribute in
                                variable.ncattrs() if attribute != "_FillValue"})
                shape = [sizes[dimension] for dimension in variable.dimensions]
                values = np.ma.getdata(variable[...])
                for axis, size in enumerate(shape):
                    values = np.take(values, np.arange(size) % values.shape[axis], axis=axis)
                if key == "step":
                    values = np.sort(values, axis=-1)
                if key == "records":
                    values = np.array([RECORDS])
                made[...] = values


def test_a_large_result_makes_a_small_page_at_once(study, tmp_path, chromium):
    large, page = tmp_path / "large.nc", tmp_path / "large.html"
    enlarged(study / "train.nc", large)
    start = time.monotonic()
    done = run_report(large, "-o", page)
    taken = time.monotonic() - start
    assert done.returncode == 0, done.stderr
    assert taken < 60, taken
    assert page.stat().st_size < 15e6
    tab = chromium.new_page()
    tab.goto(f"file://{page}")
    tab.wait_for_timeout(500)
    paint = tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    print(f"report in {taken:.1f} s, page {page.stat().st_size / 1e6:.1f} MB, first paint {paint:.0f} ms")
    assert paint < 3000
    tab.close()
