"""Arrays in files, with Python's standard library alone."""

import array
import json
import math

# Numbers of a tensor that are compared at most, spread evenly over it.
COMPARED = 20_000


def body(path):
    """The numbers of a .npy file, as bytes."""
    raw = path.read_bytes()
    return raw[10 + int.from_bytes(raw[8:10], "little") :]


def npy(path, type_, shape, values):
    """Writes a .npy file; `values` are bytes in C order."""
    shape = f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"
    header = f"{{'descr': '{type_}', 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(-(len(header) + 11) % 64 + len(header)) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + values)


def numbers(path):
    """Of a file of f32 or f64."""
    return array.array("d" if b"'<f8'" in path.read_bytes()[:128] else "f", body(path))


def probabilities(folder):
    """Of all points, samples and classes, in this order."""
    return [math.exp(x) for x in numbers(folder / "log_probs.npy")]


def difference(first, second):
    """Largest and mean absolute difference of two lists of numbers."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} numbers")
    apart = [abs(x - y) for x, y in zip(first, second)]
    return max(apart), sum(apart) / len(apart)


def relative(first, second):
    """Largest difference of two lists of numbers as a part of the largest number."""
    return difference(first, second)[0] / max(map(abs, first))


def safetensors(path):
    """Name, shape and values of the f32 arrays of a file."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    for name, entry in json.loads(raw[8:start]).items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            yield name, entry["shape"], array.array("f", raw[start + first : start + end])


def tensors(folder):
    """Values of all tensors of a trained network by name, of large ones some."""
    found = {}
    for name, _, values in safetensors(folder / "model.safetensors"):
        found[name] = values[:: 1 + len(values) // COMPARED]
    return found


def apart(first, second):
    """Mean absolute difference of two networks' numbers as a part of their mean size.

    Of all together: a bias that was 0 at first is the sum of a few steps, in which Adam follows the signs of
    gradients.
    """
    size = sum(sum(map(abs, values)) for values in first.values())
    return sum(abs(x - y) for name in first for x, y in zip(first[name], second[name])) / size
