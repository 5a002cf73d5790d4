"""Numbers by an integer formula that any language can repeat; README.md has it in words."""

import numpy as np

GAMMA = 0x9E3779B97F4A7C15


def fnv1a64(key):
    h = 0xCBF29CE484222325
    for byte in key.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def uniform(key, count, start=0):
    """Numbers `start` to `start + count` of a key, f64 [count] in [0, 1), each a multiple of 2⁻²⁴."""
    i = np.arange(start, start + count, dtype=np.uint64)
    z = np.uint64(fnv1a64(key)) + (i + np.uint64(1)) * np.uint64(GAMMA)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)) / 2.0**24


def symmetric(key, shape):
    """The same, f64 in [-1, 1) of a shape in C order."""
    return 2 * uniform(key, int(np.prod(shape))).reshape(shape) - 1
