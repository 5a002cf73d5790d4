"""Small made data sets of every kind, as `bal prepare dataset` would leave them.

Noise with a sign of the class in it: a part of each image is white, words and points are drawn near those
of the class. Enough to learn from; nobody's data.
"""

import array
import hashlib
import json
import random

from arrays import npy
from program import Data, bal, split

# Kind, shape, classes, labels per class at first; `words` of texts.
SETS = {
    "digits": ("images", (1, 28, 28), 10, 4, None),
    "letters": ("images", (1, 28, 28), 47, 1, None),
    "colours": ("images", (3, 32, 32), 10, 2, None),
    "texts": ("texts", (24,), 4, 10, 500),
    "plane": ("points", (2,), 2, 10, None),
}


def image(draw, shape, label, classes):
    """Grey noise; the part of each channel that belongs to the class is white."""
    size = shape[1] * shape[2]
    first, end = label * size // classes, (label + 1) * size // classes
    pixels = bytearray(byte >> 1 for byte in draw.randbytes(shape[0] * size))
    for channel in range(shape[0]):
        pixels[channel * size + first : channel * size + end] = bytes([255]) * (end - first)
    return bytes(pixels)


def text(draw, shape, label, classes, words):
    """Words of which every other one is of the class; 0 fills the text up."""
    of_class = words // classes
    drawn = [draw.randrange(2, words) for _ in range(shape[0] - draw.randrange(8))]
    drawn[::2] = [max(2, label * of_class + draw.randrange(of_class)) for _ in drawn[::2]]
    return array.array("q", drawn + [0] * (shape[0] - len(drawn))).tobytes()


def point(draw, shape, label):
    return array.array("f", [draw.gauss(3 * label, 1) for _ in range(shape[0])]).tobytes()


def inputs(draw, kind, shape, classes, words, labels):
    if kind == "images":
        return "|u1", b"".join(image(draw, shape, label, classes) for label in labels)
    if kind == "texts":
        return "<i8", b"".join(text(draw, shape, label, classes, words) for label in labels)
    return "<f4", b"".join(point(draw, shape, label) for label in labels)


def moments(kind, shape, values):
    """Mean and standard deviation of each channel: of bytes over 255, or of the numbers."""
    if kind == "texts":
        return [], []
    values = array.array("f", values) if kind == "points" else values
    size = shape[1] * shape[2] if kind == "images" else 1
    scale = 255 if kind == "images" else 1
    means, stds = [], []
    for channel in range(shape[0]):
        part = [x / scale for start in range(channel * size, len(values), shape[0] * size)
                for x in values[start : start + size]]  # fmt: skip
        means.append(sum(part) / len(part))
        stds.append((sum((x - means[-1]) ** 2 for x in part) / len(part)) ** 0.5)
    return means, stds


def make(name, points):
    """A data set with twice as many training points as test points, its split and its first labels."""
    kind, shape, classes, per_class, words = SETS[name]
    data, draw = Data(name), random.Random(name)
    points = max(points, 5 * classes)  # the initial and the validation points take three of each class
    data.folder.mkdir(parents=True)
    for half, number in (("train", points), ("test", points // 2)):
        labels = [number % classes for number in range(number)]
        type_, values = inputs(draw, kind, shape, classes, words, labels)
        npy(data.folder / f"{half}_inputs.npy", type_, (number, *shape), values)
        npy(data.folder / f"{half}_labels.npy", "<i8", (number,), array.array("q", labels).tobytes())
        if half == "train":
            mean, std = moments(kind, shape, values)
    details = {"name": name, "kind": kind, "classes": [str(c) for c in range(classes)], "input_shape": shape}
    details |= {"words": words} if words else {}
    publish(data.folder, details | {"mean": mean, "std": std, "licence": "none needed: made", "source": "made"})
    split(data, per_class, 2 * classes)
    return data


def publish(folder, details):
    """The manifest, as crates/artifact writes it: a digest of all that stands before the facts of the run."""
    def record(file):
        raw = file.read_bytes()
        return {"path": file.name, "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}

    outputs = {file.name: record(file) for file in sorted(folder.glob("*.npy"))}
    stable = {"schema_version": 2, "stage": "dataset", "stage_version": 1,
              "tool": {"version": "0", "commit": "unknown"}, "config": {"dataset": details["name"]}, "seed": 0,
              "round": 0, "group": 1, "details": details, "inputs": {}, "outputs": outputs}  # fmt: skip
    run = {"started": "", "seconds": 0.0, "timings": {}, "peak_memory_bytes": 0, "host": "", "device": "cpu",
           "threads": 1}  # fmt: skip
    text = json.dumps(stable, indent=2).removesuffix("\n}") + ","
    digest = hashlib.sha256(text.encode()).hexdigest()
    rest = json.dumps({"digest": digest, "run": run}, indent=2).removeprefix("{")
    (folder / "dataset.json").write_text(text + rest + "\n")
    bal("verify", folder)
