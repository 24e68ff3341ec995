"""SGD in PyTorch: all trajectories at once, a step after another."""
import time

import numpy as np
import torch

from lib.sgd_problem import (BATCH, FEATURES, HIDDEN, MAGNITUDE_BITS, MAGNITUDE_MASK,
                             MAGNITUDE_UNIT, RATE, SAMPLES, WEIGHTS, chunks_to_try, random_problem)
from lib.stopwatch import times_of

GRAPH_STEPS = 50

torch.set_float32_matmul_precision("highest")
torch.backends.cuda.matmul.allow_tf32 = False


def decode(sample, dtype):
    """Feature and magnitude."""
    units = (sample & MAGNITUDE_MASK) + 1
    return (sample >> MAGNITUDE_BITS).long(), units.to(dtype) * MAGNITUDE_UNIT


def dense_minibatch(sample, dtype):
    """x [..., batch, features]."""
    feature, magnitude = decode(sample, dtype)
    features = torch.arange(FEATURES, device=sample.device)
    return torch.where(feature[..., None] == features, magnitude[..., None], 0)


def bmm_step(points, samples):
    """points [trajectories, parameters], samples [trajectories, batch]; closed form."""
    x = dense_minibatch(samples, points.dtype)
    weights = points[:, :WEIGHTS].view(-1, HIDDEN, FEATURES)
    hidden = torch.bmm(x, weights.mT)
    value = torch.baddbmm(points[:, None, WEIGHTS:], hidden, weights)
    residual = torch.where(value > 0, value - x, 0)
    by_weights = torch.bmm(hidden.mT, residual) + torch.bmm(torch.bmm(weights, residual.mT), x)
    gradient = torch.cat([by_weights.flatten(1), residual.sum(dim=1)], dim=1)
    return points - 2 * RATE / samples.shape[1] * gradient


def rows_step(points, samples):
    """points [parameters, trajectories], samples [batch, trajectories]; closed form in einsum."""
    x = dense_minibatch(samples, points.dtype).permute(2, 0, 1)  # [features, batch, trajectories]
    weights = points[:WEIGHTS].view(HIDDEN, FEATURES, -1)
    hidden = [(x * weights[h, :, None]).sum(dim=0) for h in range(HIDDEN)]
    value = points[WEIGHTS:, None] + sum(hidden[h] * weights[h, :, None] for h in range(HIDDEN))
    residual = torch.where(value > 0, value - x, 0)
    gradient = [(residual * hidden[h]).sum(dim=1) +
                (x * (residual * weights[h, :, None]).sum(dim=0)).sum(dim=1) for h in range(HIDDEN)]
    gradient = torch.cat([*gradient, residual.sum(dim=1)])
    return points - 2 * RATE / samples.shape[0] * gradient


def sample_loss(point, x):
    weights, bias = point[:WEIGHTS].view(HIDDEN, FEATURES), point[WEIGHTS:]
    return (x - torch.relu(x @ weights.T @ weights + bias)).square().sum() / len(x)


def autodiff_step(points, samples):
    x = dense_minibatch(samples, points.dtype)
    return points - RATE * torch.func.vmap(torch.func.grad(sample_loss))(points, x)


# Whether trajectories are the last axis, and the step.
FORMS = {
    "closed form, bmm": (False, bmm_step),
    "closed form, rows": (True, rows_step),
    "vmap of grad": (False, autodiff_step),
}
COMPILED = ", compiled"
FORMS |= {form + COMPILED: step for form, step in FORMS.items()}


def make_step(form):
    """A step that draws its indices; changes the points in place, so that a graph can replay it."""
    last, step = FORMS[form]

    def whole_step(points, samples):
        shape = (BATCH, samples.shape[1]) if last else (samples.shape[0], BATCH)
        index = torch.randint(SAMPLES, shape, device=samples.device)
        points.copy_(step(points, samples.gather(0 if last else 1, index)))
    return whole_step


def make_tensors(start, samples, form, dtype, device):
    """Points and samples, trajectories where the form has them."""
    if FORMS[form][0]:
        start, samples = np.ascontiguousarray(start.T), np.ascontiguousarray(samples.T)
    return (torch.tensor(start.astype(dtype), device=device), torch.tensor(samples, device=device))


class Peer:
    def __init__(self, settings):
        self._threads = settings["threads"]
        if settings["device"] == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("this PyTorch sees no GPU")
        self._device = torch.device(settings["device"])
        torch.manual_seed(settings["seed"])

    def forms(self):
        return list(FORMS)

    def load(self, trajectories, seed):
        self._problem = random_problem(trajectories, seed)
        self._layout = None

    def searches(self):
        """Settings besides the form, each with its values; the first one is taken to begin with."""
        chunks = {"chunk": chunks_to_try(len(self._problem.start), self._device.type)}
        if self._device.type == "cuda":
            return chunks | {"mode": ["step by step", "CUDA graph"]}
        # One thread is faster where others use the machine too: threads wait for one another.
        return {"threads": sorted({1, self._threads}), **chunks}

    def gate(self, form, gate, precision):
        last, step = FORMS[form]
        if form.endswith(COMPILED):
            step = torch.compile(step, dynamic=False)
        points, samples = make_tensors(gate.problem.start, gate.problem.samples, form,
                                       np.dtype(precision), self._device)
        indices = torch.tensor(gate.indices.swapaxes(1, 2) if last else gate.indices,
                               dtype=torch.int64, device=self._device)
        for index in indices:
            points = step(points, samples.gather(0 if last else 1, index))
        return (points.T if last else points).double().cpu().numpy()

    def compile(self, variant, steps):
        """variant: the form and a value of each search. Returns seconds."""
        form = variant["form"]
        torch.set_num_threads(variant.get("threads", self._threads))
        if self._layout != (form, variant["chunk"]):
            self._layout = (form, variant["chunk"])
            self._chunks = self._make_chunks(*self._layout)
        self._steps, self._graph = steps, None
        start = time.perf_counter()
        self._step = make_step(form)
        if form.endswith(COMPILED):
            torch.compiler.reset()
            self._step = torch.compile(self._step, dynamic=False)
        for _ in range(3):
            self._step(*self._chunks[0])
        if variant.get("mode") == "CUDA graph":
            self._capture()
        self._wait()
        return time.perf_counter() - start

    def run(self):
        """The steps of compile(); returns Times."""
        return times_of(self._run_once)

    def _run_once(self):
        if self._graph is not None:
            for _ in range(0, self._steps, GRAPH_STEPS):
                self._graph.replay()
        else:
            for points, samples in self._chunks:
                for _ in range(self._steps):
                    self._step(points, samples)
        self._wait()

    def _make_chunks(self, form, chunk):
        problem = self._problem
        return [make_tensors(problem.start[first:first + chunk],
                             problem.samples[first:first + chunk], form, np.dtype("float32"),
                             self._device) for first in range(0, len(problem.start), chunk)]

    def _capture(self):
        """On a GPU there is one chunk."""
        (points, samples), = self._chunks
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            for _ in range(GRAPH_STEPS):
                self._step(points, samples)

    def _wait(self):
        if self._device.type == "cuda":
            torch.cuda.synchronize()
