#!/usr/bin/env python3
"""Makes the virtual environment of the peers in the user's cache folder. Run by `make bench`; needs python3 with pip.

    ${XDG_CACHE_HOME:-~/.cache}/bal/bench-venv

An environment whose requirements are those of this folder is left alone. PyTorch comes from its makers' index of CPU builds
where that answers, else from the Python package index, with the CUDA libraries that this build links (4 GB in all).
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = [HERE / "requirements.txt", HERE / "requirements-torch.txt"]
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"


def main():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "bal"
    folder, marker = cache / "bench-venv", cache / "bench-venv" / "requirements.sha256"
    if sys.version_info < (3, 11):
        sys.exit("error: the peers need Python 3.11 or newer\n\nhint: name one, `make bench PYTHON=python3.12`")
    wanted = hashlib.sha256(sys.version.encode() + b"".join(file.read_bytes() for file in REQUIREMENTS)).hexdigest()
    if marker.exists() and marker.read_text() == wanted:
        return
    print(f"making the peers' environment in `{folder}`", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False)  # Debian's python3 has no ensurepip
    python = folder / "bin" / "python"
    install(python, "-r", REQUIREMENTS[0], check=True)
    # Asked for by their local versions, so that no other index can answer with the CUDA builds.
    cpu_build = ["--index-url", CPU_BUILDS, "--retries", "1", "torch==2.11.0+cpu", "torchvision==0.26.0+cpu"]
    if install(python, *cpu_build, check=False, stderr=subprocess.DEVNULL).returncode != 0:
        print("no CPU build of PyTorch to be had; taking the one of the Python package index", flush=True)
        install(python, "-r", REQUIREMENTS[1], check=True)
    check = "import torch, torchvision, baal.active.heuristics, skactiveml.pool, batchbald_redux.batchbald, safetensors.torch"
    subprocess.run([python, "-c", check], check=True)
    marker.write_text(wanted)


def install(python, *arguments, check, stderr=None):
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-cache-dir"]
    return subprocess.run([*pip, "--only-binary=:all:", *arguments], check=check, stderr=stderr)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as failure:
        sys.exit(f"error: `{' '.join(map(str, failure.cmd))}` failed\n\nhint: check the network and that python3 has pip")
