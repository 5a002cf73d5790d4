"""Writes the files beside it: EMNIST and SVHN in their official form, made by zipfile, gzip and scipy and not by bal.

Nothing in them comes from the real sets. Made with Python 3.11.7, NumPy 2.3.5 and SciPy 1.17.1; the tests know the formulae.
"""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
from scipy.io import savemat

HERE = Path(__file__).resolve().parent

# Upright letters, five columns by seven rows, drawn four times as large.
SHAPES = {
    1: ["..#..", ".#.#.", "#...#", "#...#", "#####", "#...#", "#...#"],
    6: ["#####", "#....", "#....", "####.", "#....", "#....", "#...."],
    12: ["#....", "#....", "#....", "#....", "#....", "#....", "#####"],
    26: ["#####", "....#", "...#.", "..#..", ".#...", "#....", "#####"],
}


def letter(label: int) -> np.ndarray:
    """The upright image, 28 × 28: row, column."""
    image = np.zeros((28, 28), np.uint8)
    small = np.array([[255 if dot == "#" else 0 for dot in row] for row in SHAPES[label]], np.uint8)
    image[:, 4:24] = np.kron(small, np.ones((4, 4), np.uint8))
    return image


def idx(values: np.ndarray) -> bytes:
    head = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    return gzip.compress(head + values.tobytes(), mtime=0)


def emnist(labels: dict[str, list[int]], name: str) -> None:
    """`gzip.zip` with the four members of one division, and one that nobody asks for."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        def add(member: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(member), data, zipfile.ZIP_DEFLATED)

        add("gzip/emnist-letters-mapping.txt", b"1 65 97\n")
        for half, of_half in labels.items():
            # The official images are transposed.
            images = np.stack([letter(label).T for label in of_half])
            add(f"gzip/emnist-letters-{half}-images-idx3-ubyte.gz", idx(images))
            codes = [0 if name == "emnist-zero" and at == 2 else label for at, label in enumerate(of_half)]
            add(f"gzip/emnist-letters-{half}-labels-idx1-ubyte.gz", idx(np.array(codes, np.uint8)))
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "gzip.zip").write_bytes(content.getvalue())


def svhn() -> None:
    """Another value along each axis, as pixel (row, column, channel, image)."""
    row, column, channel, image = np.ogrid[:32, :32, :3, :4]
    x = (row + 3 * column + 50 * channel + 7 * image).astype(np.uint8)
    y = np.array([[1], [9], [10], [5]])
    for name, kind, packed in [("u8-compressed", np.uint8, True), ("double-compressed", np.float64, True), ("u8", np.uint8, False)]:
        content = io.BytesIO()
        savemat(content, {"X": x, "y": y.astype(kind)}, do_compression=packed)
        data = content.getvalue()
        # The header has the time: let it be one that does not change.
        data = b"MATLAB 5.0 MAT-file Platform: posix".ljust(124) + data[124:]
        # Without compression it is large for a repository: gzip stands around the whole file.
        (HERE / f"svhn-{name}.mat{'' if packed else '.gz'}").write_bytes(data if packed else gzip.compress(data, mtime=0))


if __name__ == "__main__":
    emnist({"train": [1, 26, 12, 6, 1, 26], "test": [12, 6, 26]}, "emnist")
    emnist({"train": [1, 26, 12, 6], "test": [12, 6]}, "emnist-zero")
    svhn()
