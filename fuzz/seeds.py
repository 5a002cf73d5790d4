"""Writes the seeds of the fuzz targets, made by hand here, into corpus/, and the words of pipelines into pipeline.dict."""

import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
CRATES = HERE.parent / "crates"


def npy(header: str, values: bytes, version: int = 1) -> bytes:
    """A .npy file with this header, padded as NumPy does it."""
    prefix = 10 if version == 1 else 12
    text = header.encode() + b" " * (-(prefix + len(header) + 1) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + values


def described(descr: str, shape: str, fortran: bool = False) -> str:
    return f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}"


def arrays() -> dict[str, bytes]:
    floats = struct.pack("<4f", 0.25, 0.75, 1.0, 0.0)
    return {
        "f4": npy(described("<f4", "(1, 2, 2)"), floats),
        "f4-fortran": npy(described("<f4", "(2, 2, 1)", fortran=True), floats),
        "f4-big-endian": npy(described(">f4", "(4,)"), floats),
        "f4-version-2": npy(described("<f4", "(2, 1, 2)"), floats, version=2),
        "f4-version-3": npy(described("<f4", "()"), floats[:4], version=3),
        "f8": npy(described("<f8", "(1, 1, 2)"), struct.pack("<2d", 0.5, 0.5)),
        "i8": npy(described("<i8", "(3,)"), struct.pack("<3q", 7, -1, 7)),
        "u1": npy(described("|u1", "(1, 1, 2, 2)"), bytes(4)),
        "empty": npy(described("<f4", "(0, 3, 4)"), b""),
        "records": npy("{'descr': [('a', '<f8'), ('b', '<i8', (2,))], 'fortran_order': False, 'shape': (0,)}", b""),
        "claims-terabytes": npy(described("<f4", "(1000, 1000, 1000000)"), floats),
        "overflows": npy(described("<f4", "(0, 9223372036854775808, 3)"), b""),
        "nested": npy("[" * 40 + "1" + "]" * 40, b""),
        "long-header": b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
        "zip": b"PK\x03\x04",
    }


def predictions() -> dict[str, bytes]:
    """Flags (form, precision, normalised), N, K, C, then weights or values."""
    return {
        "probs": bytes([0, 2, 3, 4]) + bytes(range(24)),
        "log-probs": bytes([1, 3, 2, 3]) + bytes(range(18)),
        "f4-log-probs": bytes([3, 3, 2, 3]) + bytes([0, 0, 1] * 6),
        "sure": bytes([2, 2, 2, 2]) + bytes([0, 255] * 4),
        "values": bytes([4, 1, 1, 2]) + struct.pack("<2d", 0.25, 0.75),
        "f4-values": bytes([6, 1, 2, 2]) + struct.pack("<4f", 0.5, 0.5, float("nan"), 1.0),
        "log-values": bytes([5, 1, 1, 2]) + struct.pack("<2d", float("-inf"), 0.0),
        "no-points": bytes([0, 0, 2, 2]),
    }


def pipelines() -> dict[str, bytes]:
    """Those of this repository, and one that says a lot in few words."""
    short = (
        "name: a\n"
        "prepare: {dataset: d, initial_per_class: 1, validation: 2, keep_fraction: {'3': 0.5}}\n"
        "train: &t {network: mlp, epochs: 1, batch_size: 1, optimizer: {adam: {learning_rate: 1e-2}}, "
        "weight_decay: {validated: [1e-3]}, evaluate: {samples: 1}}\n"
        "score: {posterior: deterministic, acquisition: 'bald,margin'}\n"
        "select: {method: top_k, batch: 2}\n"
        "rounds: 1\n"
    )
    swept = "sweep: {seed: [0, 3], select.batch: [1, 2], score.acquisition: [&a bald, margin]}\n"
    cells = "cells: [{score.acquisition: bald, rounds: 2}, {train: *t}]\nsweep: {seed: [1]}\n"
    profiles = "keep: {weights: all}\nprofiles: {p: {sweep: {seed: [5]}, train.epochs: 3}, q: {keep.scores: none}}\n"
    texts = {"short": short, "swept": short + swept, "cells": short + cells, "profiles": short + profiles}
    found = {path.stem: path.read_bytes() for path in sorted((HERE.parent / "pipelines").glob("*.yaml"))}
    return found | {name: text.encode() for name, text in texts.items()}


def cifar() -> dict[str, bytes]:
    pixels = bytes(range(256)) * 12
    return {"ten": bytes([9]) + pixels, "hundred": bytes([19, 99]) + pixels, "cut": bytes([1]) + pixels[:-1]}


def tagged(kind: int, data: bytes) -> bytes:
    """An element of a MATLAB file, filled up to 8 bytes."""
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(kind: int, dimensions: list[int], name: bytes, data: bytes) -> bytes:
    shape = tagged(5, struct.pack(f"<{len(dimensions)}i", *dimensions))
    short_name = struct.pack("<HH", 1, len(name)) + name.ljust(4, bytes(1))
    return tagged(14, tagged(6, struct.pack("<II", kind, 0)) + shape + short_name + data)


def mats() -> dict[str, bytes]:
    head = b"MATLAB 5.0".ljust(124) + b"\x00\x01IM"
    x = matrix(9, [32, 32, 3, 1], b"X", tagged(2, bytes(range(256)) * 12))
    y = matrix(6, [1, 1], b"y", tagged(9, struct.pack("<d", 10)))
    y_short = matrix(6, [1, 1], b"y", struct.pack("<HHB3x", 2, 1, 5))
    packed = zlib.compress(x)
    return {
        "plain": head + x + y,
        "short": head + x + y_short,
        "compressed": head + struct.pack("<II", 15, len(packed)) + packed + y,
        "claims": head + struct.pack("<II", 14, 0xFFFFFFFF) + x[8:],
        "header": head,
    }


def rows() -> dict[str, bytes]:
    return {
        "quoted": b'"3","A ""b""","c,\nd #39;s &lt;b&gt; \\$1"\n"1","e","f"\r\n',
        "bare": b"1,a,b\n4,c,d\n",
        "open": b'"1","a","b\n',
        "latin-1": b'"1","caf\xe9","b"\n',
    }


def archives() -> dict[str, bytes]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.gz", gzip.compress(b"abc", mtime=0))
        archive.writestr("../b", b"outside")
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.xz")
        member.size = len(lzma.compress(b"abc"))
        archive.addfile(member, io.BytesIO(lzma.compress(b"abc")))
    return {
        "zip": zipped.getvalue(),
        "tar": tarred.getvalue(),
        "gz": gzip.compress(bytes(200_000), mtime=0),
        "xz": lzma.compress(bytes(200_000)),
    }


def words(schema: object) -> set[str]:
    """All keys and plain values that a pipeline may have."""
    if isinstance(schema, list):
        return set().union(*map(words, schema))
    if not isinstance(schema, dict):
        return set()
    found = set().union(*map(words, schema.values())) | set(schema.get("properties", {}))
    found |= {word for word in [schema.get("const"), *schema.get("enum", [])] if isinstance(word, str)}
    return found


def main() -> None:
    all_seeds = {
        "npy": arrays(),
        "predictions": predictions(),
        "pipeline": pipelines(),
        "cifar": cifar(),
        "mat": mats(),
        "csv": rows(),
        "archive": archives(),
    }
    for target, seeds in all_seeds.items():
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content)
    known = words(json.loads((CRATES / "pipeline" / "pipeline.schema.json").read_text()))
    names = ["bald", "margin", "random", "epig", "batch_bald", "power_bald", "two_moons"]
    syntax = ["&a ", "*a", "!t ", "<<: ", ".nan", ".inf", "~", "---", "18446744073709551615", "profiles:", "sweep:", "cells:"]
    (HERE / "pipeline.dict").write_text("".join(f'"{word}"\n' for word in [*sorted(known), *names, *syntax]))


if __name__ == "__main__":
    main()
