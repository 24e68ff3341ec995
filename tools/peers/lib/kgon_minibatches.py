"""What kgon's members train on, in NumPy: their own data sets, and the indices of their minibatches
drawn with replacement, as include/kgon/rng/distributions.hpp and
include/kgon/dynamics/minibatch_indices.hpp draw them."""
import numpy as np

from lib.kgon_random import (HALF, PURPOSE_INDEX_RETRY, PURPOSE_MINIBATCH_INDEX, PURPOSE_OWN_DATA,
                             WORD, philox_blocks)
from lib.sgd_problem import MAGNITUDE_BITS

LARGEST_PAIRED_INDEX = 4096
RETRIES = 4


def samples_of_words(words, features):
    """The samples i << 23 | m that random words stand for, of the same shape."""
    product = words * np.uint64(features)
    rest = (product & WORD) >> np.uint64(32 - MAGNITUDE_BITS)
    return ((product >> HALF) << np.uint64(MAGNITUDE_BITS) | rest).astype(np.int32)


def own_data_sets(key, members, samples, features):
    """The data set of each member: [members, samples]."""
    blocks = np.arange((samples + 3) // 4)
    words = philox_blocks(key, PURPOSE_OWN_DATA, np.asarray(members)[:, None], blocks)
    return samples_of_words(words.reshape(len(members), -1)[:, :samples], features)


def minibatch_indices(key, members, samples, batch, steps):
    """Indices with replacement: [steps, members, batch]."""
    paired = samples <= LARGEST_PAIRED_INDEX
    per_block = 8 if paired else 4
    blocks = (batch + per_block - 1) // per_block
    block = np.arange(steps * blocks)[:, None]
    members = np.asarray(members, np.uint64)
    words = philox_blocks(key, PURPOSE_MINIBATCH_INDEX, members, block)
    draws = np.broadcast_to(4 * block[:, :, None] + np.arange(4), words.shape)
    owners = np.broadcast_to(members[:, None], words.shape)
    pairs = _indices_of_words(key, owners, draws, words, samples, paired)
    used = pairs if paired else pairs[..., :1]  # [blocks of all steps, members, word, 1 or 2]
    grouped = used.reshape(steps, blocks, len(members), per_block).transpose(0, 2, 1, 3)
    return grouped.reshape(steps, len(members), -1)[:, :, :batch]


def _indices_of_words(key, owners, draws, words, samples, paired):
    """[..., 2]: Lemire's unbiased indices; further words give them where the rest is too small."""
    size = samples * samples if paired else samples
    threshold = np.uint64(2**32 % size)
    first, second, rest = _split(words, samples, paired)
    rejected = rest < threshold
    for k in range(RETRIES):
        again = philox_blocks(key, PURPOSE_INDEX_RETRY, owners[rejected],
                              draws[rejected].astype(np.uint64) * np.uint64(4) + np.uint64(k))
        first[rejected], second[rejected], rest = _split(again[..., 0], samples, paired)
        rejected[rejected] = rest < threshold
    return np.stack([first, second], axis=-1).astype(np.int32)


def _split(words, samples, paired):
    product = words * np.uint64(samples)
    first, rest = product >> HALF, product & WORD
    if not paired:
        return first, first.copy(), rest
    product = rest * np.uint64(samples)
    return first, product >> HALF, product & WORD
