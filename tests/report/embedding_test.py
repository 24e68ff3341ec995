"""The metric of the map of draws knows rotations and permutations."""
import numpy as np
import pytest

from kgon_report import embedding


def turned(W, angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]]) @ W


@pytest.mark.parametrize("seed", range(20))
def test_rotations_and_permutations_change_nothing(seed):
    generator = np.random.default_rng(seed)
    W = generator.normal(size=(2, 6))
    other = turned(W, generator.uniform(0, 2 * np.pi))[:, generator.permutation(6)]
    both = embedding.standard_columns(np.stack([W, other]))
    np.testing.assert_allclose(both[0], both[1], atol=1e-6)


def test_the_longest_column_comes_first_on_the_x_axis():
    columns = embedding.standard_columns(np.random.default_rng(2).normal(size=(50, 2, 6)))
    lengths = np.hypot(columns[..., 0], columns[..., 1])
    np.testing.assert_allclose(columns[:, 0, 1], 0, atol=1e-9)
    np.testing.assert_allclose(columns[:, 0, 0], lengths.max(axis=1))
    angles = np.mod(np.arctan2(columns[..., 1], columns[..., 0]) + 1e-9, 2 * np.pi)
    assert (np.diff(angles, axis=1) >= 0).all()


def test_distances_stay_between_different_shapes():
    angles = 2 * np.pi * np.arange(5) / 5
    pentagon = 1.17 * np.stack([np.append(np.cos(angles), 0), np.append(np.sin(angles), 0)])
    angles = 2 * np.pi * np.arange(6) / 6
    hexagon = 1.32 * np.stack([np.cos(angles), np.sin(angles)])
    one, two = embedding.standard_columns(np.stack([pentagon, hexagon]))
    assert np.linalg.norm(one - two) > 1


def test_sizes_near_the_published_ones():
    grid = np.arange(100, 1300, 100)
    np.testing.assert_array_equal(embedding.chosen_sizes(grid), [300, 500, 700, 1000])
    np.testing.assert_array_equal(embedding.chosen_sizes(np.array([50, 60])), [50, 60])
    np.testing.assert_array_equal(embedding.chosen_sizes(grid, [100, 130, 900]), [100, 900])


def test_draws_are_those_of_the_run(study, sample):
    import netCDF4
    W, b, label = embedding.draws_of(sample, 2, np.random.default_rng(0))
    with netCDF4.Dataset(study / "sample.nc") as file:
        every = np.ma.getdata(file["posterior"]["W"][...])[:, :, 2].reshape(-1, *W.shape[1:])
    assert len(W) == len(b) == len(label) > 50
    assert all((every == one).all(axis=(1, 2)).any() for one in W)
