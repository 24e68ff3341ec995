"""kgon's shared data sets in NumPy: the same samples, word for word, as
include/kgon/rng/philox.hpp and include/kgon/model/tms/sample.hpp give."""
import numpy as np

from lib.kgon_minibatches import samples_of_words
from lib.kgon_random import PURPOSE_SHARED_DATA, name_key, philox_blocks
from lib.sgd_problem import MAGNITUDE_BITS, MAGNITUDE_MASK, MAGNITUDE_UNIT


def label_data_set(seed, samples, features):
    """The data set [samples, features] on which `kgon llc` puts points given by a label."""
    import xxhash
    return _data_set(xxhash.xxh3_64_intdigest(b"llc data", seed=seed), samples, features)


def posterior_data_set(seed, samples, features):
    """The data set [samples, features] of the first posterior of `kgon sample` with this n."""
    return _data_set(name_key("sample data", seed), samples, features)


def _data_set(key, samples, features):
    words = philox_blocks(key, PURPOSE_SHARED_DATA, 0, np.arange((samples + 3) // 4))
    drawn = samples_of_words(words.ravel()[:samples], features)
    data = np.zeros((samples, features))
    data[np.arange(samples), drawn >> MAGNITUDE_BITS] = (
        (drawn & MAGNITUDE_MASK) + 1) * MAGNITUDE_UNIT
    return data
