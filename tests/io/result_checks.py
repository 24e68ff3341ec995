"""What a user would rely on in any result, opened with xarray."""
import numpy as np
import xarray as xr


def open_result(path, group, coded=(), **numbers):
    """The group of a result whose root has attributes alone, `numbers` among them.

    coded: dimensions whose coordinate is a phase."""
    root = xr.open_dataset(path, engine="netcdf4")
    assert len(root.variables) == 0 and len(root.dims) == 0, "the root has attributes alone"
    for name in ("title", "study", "study_hash", "kgon_version", "device", "command",
                 "created_at"):
        assert isinstance(root.attrs[name], str), name
    for name, value in numbers.items():
        assert root.attrs[name] == value, (name, root.attrs[name])
    ds = xr.open_dataset(path, engine="netcdf4", group=group)
    for dim in ds.dims:
        assert ds[dim].dtype == (np.int16 if dim in coded else np.int64), dim
        assert ds[dim].dims == (dim,), dim
    return ds


def check_variables(ds, expected):
    """expected: (name, dimensions, type) of variables, each with a long name."""
    for name, dims, dtype in expected:
        assert ds[name].dims == dims, (name, ds[name].dims)
        assert ds[name].dtype == np.dtype(dtype), (name, ds[name].dtype)
        assert "long_name" in ds[name].attrs, name


def label(variable, code):
    """The meaning of a flag."""
    flags = dict(zip(np.atleast_1d(variable.attrs["flag_values"]).tolist(),
                     variable.attrs["flag_meanings"].split()))
    return flags[int(code)]
