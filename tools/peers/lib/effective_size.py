"""Bulk effective sample sizes and R-hat (Vehtari et al. 2021, arXiv 1903.08008)."""
from statistics import NormalDist

import numpy as np


def bulk_ess(values):
    """values [chains, draws]; by ArviZ where it is there."""
    try:
        import arviz
    except ImportError:
        return initial_monotone_ess(_normalised_halves(values))
    return float(arviz.ess(values, method="bulk"))


def initial_monotone_ess(values):
    """Geyer's estimate from all chains together, as ArviZ has it; values [chains, draws]."""
    chains, draws = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(centred, 2 * draws, axis=1))**2
    covariance = np.fft.irfft(spectrum, axis=1)[:, :draws].mean(axis=0) / draws
    within = covariance[0] * draws / (draws - 1)
    total = covariance[0] + values.mean(axis=1).var(ddof=1)
    correlation = 1 - (within - covariance) / total
    correlation[0] = 1
    pairs = correlation[:draws // 2 * 2].reshape(-1, 2).sum(axis=1)
    positive = int(np.argmax(pairs < 0)) if (pairs < 0).any() else len(pairs)
    time = 2 * np.minimum.accumulate(pairs[:max(positive, 1)]).sum() - 1
    return values.size / max(time, 1 / np.log10(values.size))


def bulk_rhat(values):
    """Of the rank-normalised halves of chains."""
    halves = _normalised_halves(values)
    draws = halves.shape[1]
    within, between = halves.var(axis=1, ddof=1).mean(), halves.mean(axis=1).var(ddof=1)
    return float(np.sqrt((draws - 1) / draws + between / within))


def _normalised_halves(values):
    half = values.shape[1] // 2
    halves = np.concatenate([values[:, :half], values[:, values.shape[1] - half:]])
    ranks = halves.ravel().argsort().argsort().reshape(halves.shape) + 1
    quantile = np.vectorize(NormalDist().inv_cdf)
    return quantile((ranks - 3 / 8) / (halves.size + 1 / 4))
