#!/usr/bin/env python3
"""Provides libtorch 2.11.0 and tells cargo where it lies. Run by `make setup`; needs Python 3.9 and nothing else.

libtorch is `$LIBTORCH` if that is set, else the copy in the user's cache folder, else a new copy there:

    ${XDG_CACHE_HOME:-~/.cache}/bal/libtorch-2.11.0/torch/{lib,include}
                                                   /nvidia/*/lib        found by torch/lib through a relative rpath
                                                   /link/{include,lib}  what cargo is shown

torch-sys links CUDA whenever `libtorch_cuda.so` lies in the folder it is given, and such a binary starts on no machine
without CUDA. So cargo is shown symlinks to the CPU libraries only; bal loads CUDA itself at run time.

Exit codes: 0 done, 1 unexpected (such as a full disk), 3 unusable `$LIBTORCH` or `.cargo/config.toml`,
7 nothing could be fetched.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ in the source tree

from sources import SourceFailed, from_archive, from_wheels, say  # noqa: E402

VERSION = "2.11.0"
LIBRARIES = ("libtorch_cpu.so", "libc10.so")
# Shown name: real name. torch-sys asks for -ltorch, but the real libtorch.so is a shell that needs libtorch_cuda.so.
LINKS = {
    "include": "include",
    "lib/libtorch.so": "lib/libtorch_cpu.so",
    "lib/libtorch_cpu.so": "lib/libtorch_cpu.so",
    "lib/libc10.so": "lib/libc10.so",
}
OWN_COPY = f"unpack libtorch {VERSION} yourself and set LIBTORCH to its folder"
NETWORK = "check the network (http_proxy, https_proxy) and that pip is there (apt install python3-pip), or\n      "
GENERATED = "# Written by `make setup`, which overwrites it.\n"


class SetupFailed(Exception):
    def __init__(self, exit_code: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.exit_code, self.hint = exit_code, hint


def main() -> None:
    root = Path(__file__).resolve().parents[3]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "bal"
    cache.mkdir(parents=True, exist_ok=True)
    own = os.environ.get("LIBTORCH")
    libtorch, link = users_libtorch(Path(own), cache) if own else cached_libtorch(cache)
    write_links(link, libtorch)
    write_cargo_config(root / ".cargo" / "config.toml", link)
    say(f"libtorch {VERSION}: {libtorch}")


def users_libtorch(folder: Path, cache: Path) -> tuple[Path, Path]:
    """The folder that `$LIBTORCH` names, if it can be used, and its link folder."""
    problem = unusable(folder)
    if problem:
        raise SetupFailed(3, f"`LIBTORCH={folder}` cannot be used: {problem}",
                          f"name a folder with lib/ and include/ of libtorch {VERSION}, or unset LIBTORCH")
    folder = folder.resolve()
    if (folder / "lib" / LIBRARIES[0]).resolve().parent == (cached(cache) / "torch" / "lib").resolve():
        return cached(cache) / "torch", cached(cache) / "link"  # also when $LIBTORCH names our own link folder
    key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return folder, cache / f"libtorch-link-{key}"


def cached(cache: Path) -> Path:
    return cache / f"libtorch-{VERSION}"


def cached_libtorch(cache: Path) -> tuple[Path, Path]:
    """The copy in the cache folder, fetched where it is missing or lacks CUDA on a machine with a GPU."""
    copy, gpu = cached(cache), gpu_answers()
    if not complete(copy, gpu):
        with exclusive(cache / "libtorch.lock"):
            if not complete(copy, gpu):  # another set-up may have been faster
                fetch(copy, cache, gpu)
    return copy / "torch", copy / "link"


def complete(copy: Path, gpu: bool) -> bool:
    return unusable(copy / "torch") is None and (not gpu or (copy / "torch" / "lib" / "libtorch_cuda.so").exists())


def unusable(folder: Path) -> str | None:
    """What keeps `folder` (with lib/ and include/) from being libtorch 2.11.0, if anything."""
    for name in LIBRARIES:
        path = folder / "lib" / name
        try:
            with path.open("rb") as file:
                if file.read(4) != b"\x7fELF":
                    return f"`{path}` is no shared library"
        except OSError as error:
            return f"`{path}`: {error.strerror}"
    version = header_version(folder / "include")
    return None if version == VERSION else f"it is version {version or 'unknown'}, expected {VERSION}"


def header_version(include: Path) -> str | None:
    """The version in libtorch's headers; older versions keep it in the second place."""
    for header in ("torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"):
        with contextlib.suppress(OSError):
            parts = dict(re.findall(r"#define TORCH_VERSION_(MAJOR|MINOR|PATCH) (\d+)", (include / header).read_text()))
            if len(parts) == 3:
                return f"{parts['MAJOR']}.{parts['MINOR']}.{parts['PATCH']}"
    return None


def gpu_answers() -> bool:
    if Path("/dev/nvidia0").exists():
        return True
    try:
        listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listing.returncode == 0 and listing.stdout.startswith("GPU")


@contextlib.contextmanager
def exclusive(path: Path):
    """Holds a lock against a second set-up on the same cache folder."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another set-up, which holds `{path}`")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch(copy: Path, cache: Path, gpu: bool) -> None:
    """Fills a staging folder from the first source that works and renames it to `copy`."""
    machine = f"{platform.machine()} {platform.system()}"
    if machine != "x86_64 Linux":
        raise SetupFailed(7, f"libtorch is fetched for x86_64 Linux only, this is {machine}", OWN_COPY)
    say(f"fetching libtorch {VERSION} into `{cache}`, " + ("with CUDA (a GPU is there)" if gpu else "for CPU"))
    staging = cache / f".libtorch-{VERSION}.partial"
    sources = {
        "official archive": lambda: from_archive(staging, gpu),
        "Python package index": lambda: from_wheels(staging, gpu, cache / "downloads"),
    }
    tried = ""
    try:
        for name, source in sources.items():
            say(f"source: {name}")
            shutil.rmtree(staging, ignore_errors=True)  # of the last source, or of a set-up that was killed
            staging.mkdir()
            try:
                source()
                check_fetched(staging, gpu)
                return publish(staging, copy)
            except SourceFailed as failure:
                say(f"  {failure}")
                tried += f"\n  {name}: {failure}"
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if not complete(copy, gpu=False):
        raise SetupFailed(7, f"libtorch {VERSION} could not be fetched; tried{tried}", NETWORK + OWN_COPY)
    say("warning: the CUDA libraries could not be fetched; going on without the GPU")


def check_fetched(staging: Path, gpu: bool) -> None:
    """Loads the libraries once: a missing or too new dependency shows here and not in the first run."""
    problem = unusable(staging / "torch")
    if problem:
        raise SourceFailed(problem)
    library = staging / "torch" / "lib" / ("libtorch_cuda.so" if gpu else "libtorch_cpu.so")
    load = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
    loading = subprocess.run([sys.executable, "-c", load, str(library)], capture_output=True, text=True)
    if loading.returncode != 0:
        reason = (loading.stderr.splitlines() or [f"exit code {loading.returncode}"])[-1]
        raise SourceFailed(f"`{library.name}` does not load: {reason}")


def publish(staging: Path, copy: Path) -> None:
    """Renames `staging` to `copy`; an older, incomplete copy goes."""
    for scratch in (staging / "pip", staging / "pip.log"):
        shutil.rmtree(scratch, ignore_errors=True) if scratch.is_dir() else scratch.unlink(missing_ok=True)
    os.sync()  # the new name must not outlive the contents in a power cut
    old = copy.with_name(f".{copy.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if copy.exists():
        copy.rename(old)
    staging.rename(copy)
    shutil.rmtree(old, ignore_errors=True)


def write_links(link: Path, libtorch: Path) -> None:
    """Makes `link` show the CPU part of `libtorch`; links that are right are left alone."""
    (link / "lib").mkdir(parents=True, exist_ok=True)
    for shown, real in LINKS.items():
        shown, real = link / shown, (libtorch / real).resolve()
        if shown.resolve() != real:
            new = shown.with_name(f".{shown.name}.new")
            new.unlink(missing_ok=True)
            new.symlink_to(real)
            new.replace(shown)  # a build that runs meanwhile always finds one


def write_cargo_config(path: Path, link: Path) -> None:
    """Points cargo at `link`. An unchanged file is not written, and one that somebody else wrote is refused."""
    setting = f"LIBTORCH = {{ value = {json.dumps(str(link))}, force = true }}"
    text = path.read_text() if path.exists() else GENERATED
    if setting in text.splitlines():
        return
    if not text.startswith(GENERATED):
        raise SetupFailed(3, f"`{path}` was not written by `make setup` and does not point cargo at libtorch",
                          f"delete it (after moving your settings to ~/.cargo/config.toml) or add:\n\n[env]\n{setting}")
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(f"{GENERATED}[env]\n{setting}\n")
    new.replace(path)


if __name__ == "__main__":
    try:
        main()
    except SetupFailed as failure:
        say(f"error: {failure}\n\nhint: {failure.hint}")
        sys.exit(failure.exit_code)
    except OSError as error:
        say(f"error: set-up failed: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
