"""kgon's random words in NumPy: Philox4x32-10 and XXH3, word for word as
include/kgon/rng/philox.hpp and src/io have them."""
import numpy as np

WORD = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)

# Of include/kgon/core/purpose.hpp.
PURPOSE_OWN_DATA = 1
PURPOSE_SHARED_DATA = 2
PURPOSE_MINIBATCH_INDEX = 5
PURPOSE_INDEX_RETRY = 6


def philox_blocks(key, purpose, members, blocks):
    """The four words of each block of each member; members and blocks broadcast to one shape, the
    result [..., 4] holds 32-bit words as uint64."""
    members, blocks = np.broadcast_arrays(np.asarray(members, np.uint64),
                                          np.asarray(blocks, np.uint64))
    c0, c1 = blocks & WORD, (blocks >> HALF) | np.uint64(purpose << 24)
    c2, c3 = members & WORD, members >> HALF
    for r in range(10):
        k0 = np.uint64(((key & 0xFFFFFFFF) + r * 0x9E3779B9) & 0xFFFFFFFF)
        k1 = np.uint64(((key >> 32) + r * 0xBB67AE85) & 0xFFFFFFFF)
        product0, product1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1 = (product1 >> HALF) ^ c1 ^ k0, product1 & WORD
        c2, c3 = (product0 >> HALF) ^ c3 ^ k1, product0 & WORD
    return np.stack([c0, c1, c2, c3], axis=-1)


# The bytes 24..55 of XXH3's secret, as four little-endian words.
_SECRET = (0x1F67B3B7A4A44072, 0x78E5C0CC4EE679CB, 0x2172FFCC7DD05A82, 0x8E2443F7744608B8)
_MASK = (1 << 64) - 1


def name_key(name, seed):
    """XXH3_64bits_withSeed of a name of 9 to 16 bytes, for Pythons without the package xxhash."""
    text = name.encode()
    assert 9 <= len(text) <= 16
    low = int.from_bytes(text[:8], "little") ^ ((_SECRET[0] ^ _SECRET[1]) + seed & _MASK)
    high = int.from_bytes(text[-8:], "little") ^ ((_SECRET[2] ^ _SECRET[3]) - seed & _MASK)
    product = low * high
    folded = (product & _MASK) ^ (product >> 64)
    swapped = int.from_bytes(low.to_bytes(8, "little"), "big")
    hashed = len(text) + swapped + high + folded & _MASK
    hashed ^= hashed >> 37
    hashed = hashed * 0x165667919E3779F9 & _MASK
    return hashed ^ (hashed >> 32)
