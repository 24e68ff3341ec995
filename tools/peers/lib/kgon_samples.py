"""kgon's data sets in numpy: the same samples, word for word, as include/kgon/rng/philox.hpp and
include/kgon/model/tms/sample.hpp give."""
import numpy as np
import xxhash

MAGNITUDE_BITS = 23
PURPOSE_SHARED_DATA = 2
WORD = np.uint64(0xFFFFFFFF)


def philox_words(key, purpose, blocks):
    """Philox4x32-10 of member 0: the words of blocks 0 .. blocks - 1, one after another."""
    block = np.arange(blocks, dtype=np.uint64)
    c0, c1 = block & WORD, (block >> np.uint64(32)) | np.uint64(purpose << 24)
    c2 = c3 = np.zeros(blocks, dtype=np.uint64)
    for r in range(10):
        k0 = np.uint64(((key & 0xFFFFFFFF) + r * 0x9E3779B9) & 0xFFFFFFFF)
        k1 = np.uint64(((key >> 32) + r * 0xBB67AE85) & 0xFFFFFFFF)
        product0, product1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1 = (product1 >> np.uint64(32)) ^ c1 ^ k0, product1 & WORD
        c2, c3 = (product0 >> np.uint64(32)) ^ c3 ^ k1, product0 & WORD
    return np.stack([c0, c1, c2, c3], axis=1).ravel()


def label_data_set(seed, samples, features):
    """The data set [samples, features] on which `kgon llc` puts points given by a label."""
    key = xxhash.xxh3_64_intdigest(b"llc data", seed=seed)
    words = philox_words(key, PURPOSE_SHARED_DATA, (samples + 3) // 4)[:samples]
    product = words * np.uint64(features)
    feature = (product >> np.uint64(32)).astype(np.intp)
    units = ((product & WORD) >> np.uint64(32 - MAGNITUDE_BITS)) + np.uint64(1)
    data = np.zeros((samples, features))
    data[np.arange(samples), feature] = units.astype(np.float64) / 2**MAGNITUDE_BITS
    return data
