"""The Toy Model of Superposition in PyTorch, and devinterp's estimate at a point of it."""
import time
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from devinterp.slt.sampler import estimate_learning_coeff_with_summary
from devinterp.utils import default_nbeta

from lib.environment import Failure


class ToyModel(torch.nn.Module):
    """x -> ReLU(W^T W x + b)."""

    def __init__(self, weights, bias, dtype):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.tensor(weights, dtype=dtype))
        self.bias = torch.nn.Parameter(torch.tensor(bias, dtype=dtype))

    def forward(self, x):
        return torch.relu(x @ self.weights.T @ self.weights + self.bias)


class SampleTable(torch.utils.data.Dataset):
    """Hands out a whole minibatch at once, so that loading costs devinterp little."""

    def __init__(self, samples):
        self.samples = samples

    def __len__(self):
        return len(self.samples)

    def __getitems__(self, indices):
        return self.samples[indices]


@dataclass
class DevinterpRun:
    mean: float             # what devinterp reports: llc/mean
    std: float              # and llc/std, over the chains
    chains: np.ndarray      # llc-chain/i
    mean_loss: np.ndarray   # of the draws of each chain
    seconds: float


def sample_losses(model, x):
    """||x - f(x)||^2 of each sample."""
    return (x - model(x)).square().sum(dim=1)


def mean_loss(model, x):
    return sample_losses(model, x).mean()


def whole_minibatch(minibatch):
    """Collates what SampleTable hands out."""
    return minibatch


def data_set_losses(point, data):
    """The losses of all samples at a point, in double precision."""
    model = ToyModel(point.weights, point.bias, torch.float64)
    with torch.no_grad():
        return sample_losses(model, torch.tensor(data)).numpy()


def make_loader(arguments, data):
    return torch.utils.data.DataLoader(
        SampleTable(torch.tensor(data, dtype=torch.float32)), batch_size=arguments.batch,
        shuffle=True, collate_fn=whole_minibatch)


def usual_nbeta(arguments, data):
    """What devinterp takes for n beta where it is not told."""
    return float(default_nbeta(make_loader(arguments, data)))


def run_devinterp(arguments, point, data, seeds):
    """One run of devinterp with its own defaults but for the given settings."""
    torch.set_num_threads(1)
    seed = int(np.random.SeedSequence(seeds).generate_state(1)[0])
    torch.manual_seed(seed)  # devinterp does not seed the minibatches of its initial loss
    model = ToyModel(point.weights, point.bias, torch.float32)
    loader = make_loader(arguments, data)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = estimate_learning_coeff_with_summary(
                model, loader, evaluate=mean_loss, num_draws=arguments.draws,
                num_chains=arguments.chains, num_burnin_steps=arguments.burn_in,
                num_steps_bw_draws=arguments.thin, seed=seed, verbose=False,
                optimizer_kwargs={"lr": arguments.step_size, "localization": arguments.gamma,
                                  "nbeta": arguments.nbeta})
        except RuntimeError as error:
            raise Failure(1, f"devinterp at point {point.label}: {error}; a smaller --step-size "
                             "may help") from error
    seconds = time.perf_counter() - start
    chains = np.array([found[f"llc-chain/{i}"] for i in range(arguments.chains)])
    losses = found["loss/trace"].mean(axis=1, dtype=np.float64)
    return DevinterpRun(found["llc/mean"], found["llc/std"], chains, losses, seconds)
