"""kgon's data sets, minibatches and densities, rebuilt in NumPy, are kgon's own; the scalar loop of
tools/peers does the same steps."""
import os
import subprocess
import sys
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools/peers"
sys.path.insert(0, str(TOOLS))

import numpy as np

from lib.effective_size import initial_monotone_ess
from lib.posterior_kgon import make_problem, run_posterior
from lib.posterior_problem import invariants, reference_density
from lib.sgd_problem import relative_difference
from lib import train_kgon, train_scalar

SETTINGS = {"kgon": os.environ["KGON_PROGRAM"], "compiler": os.environ["KGON_CXX"], "threads": 2,
            "device": "cpu", "seed": 3}
MEMBERS, STEPS = 8, 500


class Minibatches(unittest.TestCase):
    def check(self, *sizes):
        gate, end = train_kgon.rebuild_gate(SETTINGS, MEMBERS, STEPS, *sizes)
        self.assertGreater(np.abs(gate.reference - gate.problem.start).max(), 0.1)
        self.assertLess(relative_difference(end, gate.reference), 1e-12)

    def test_pairs_of_indices(self):
        self.check(1000, 20)

    def test_minibatches_that_fill_no_block(self):
        self.check(3000, 15)

    def test_single_indices(self):
        self.check(5000, 10)


class Peers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gate, _ = train_kgon.rebuild_gate(SETTINGS, MEMBERS, STEPS)

    def check(self, peer):
        (form,) = peer.forms()
        found = peer.gate(form, self.gate, "float32")
        self.assertLess(relative_difference(found, self.gate.reference), 1e-5)
        peer.load(16, 1)
        peer.compile({"form": form}, 100)
        self.assertGreater(peer.run().wall, 0)

    def test_scalar_loop(self):
        self.check(train_scalar.Peer(SETTINGS))

    def test_kgon_in_float(self):
        self.check(train_kgon.Peer(SETTINGS))

    def test_another_start_is_no_pass(self):
        moved = self.gate.reference + 1e-3
        self.assertGreater(relative_difference(moved, self.gate.reference), 1e-5)


class Posterior(unittest.TestCase):
    def test_densities_are_those_of_the_rebuilt_data_set(self):
        problem = make_problem(SETTINGS, 200, "5", 4)
        self.assertEqual(problem.start.shape, (4, 18))
        run, reported = run_posterior(SETTINGS, "nuts", 200, "5", 4, 50, 25, seed=0)
        density, _ = reference_density(problem, run.points.reshape(-1, 18))
        np.testing.assert_allclose(reported.ravel(), density, rtol=1e-5)
        self.assertEqual(invariants(problem, run.points)["length 0"].shape, (4, 25))

    def test_gradient_is_that_of_the_density(self):
        problem = make_problem(SETTINGS, 50, "prior", 3)
        _, gradient = reference_density(problem, problem.start)
        for parameter in range(18):
            step = np.zeros(18)
            step[parameter] = 1e-6
            high, low = (reference_density(problem, problem.start + sign * step)[0]
                         for sign in (1, -1))
            np.testing.assert_allclose((high - low) / 2e-6, gradient[:, parameter], atol=1e-4)


class WholeRun(unittest.TestCase):
    def test_runs_where_peers_are_missing(self):
        done = subprocess.run([TOOLS / "run", "--quick", "--threads", "1", "--python",
                               sys.executable, "--kgon", SETTINGS["kgon"]], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("kgon / scalar C++", done.stdout)
        self.assertIn("kgon hmc", done.stdout)


class EffectiveSize(unittest.TestCase):
    def test_autoregression(self):
        generator = np.random.default_rng(1)
        values = np.zeros((16, 4000))
        for t in range(1, 4000):
            values[:, t] = 0.8 * values[:, t - 1] + generator.standard_normal(16)
        expected = values.size * (1 - 0.8) / (1 + 0.8)
        self.assertAlmostEqual(initial_monotone_ess(values) / expected, 1, delta=0.1)


if __name__ == "__main__":
    unittest.main()
