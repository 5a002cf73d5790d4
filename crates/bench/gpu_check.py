#!/usr/bin/env python3
"""Checks `bal` on a GPU and times it there, in under eight minutes.

Needs one release `bal` (stripped is fine), pipelines/fig1.yaml, this file with the folders gpu and peers
beside it, a libtorch 2.11 with CUDA on LD_LIBRARY_PATH and Python's standard library: no Rust, no network.
What is compared with the CPU are made data sets; what is timed is MNIST, from its four official .gz files
in one folder, and is left out with `--source none`. Where `import torch` finds a GPU too, the usual PyTorch
loops run beside it, with the same weights and images. TF32 is off on both sides, so f32 is f32. Prints
Markdown as it goes and keeps all commands with their times in commands.log. What fails does not end the
script; what no longer fits into eight minutes is left out. Exit code 1 if a check fails or cannot be made,
2 if there is no GPU.

    LD_LIBRARY_PATH=$TORCH/lib python3 crates/bench/gpu_check.py --bal target/release/bal --source mnist-gz --out out
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ in the source tree
sys.path.insert(0, str(Path(__file__).parent / "gpu"))

import agreement  # noqa: E402
import speed  # noqa: E402
from program import ARGS, FAILED, guarded, is_trying, passed, read_options, section  # noqa: E402


def said(*command):
    """First line of what a program says, nothing if it is not there."""
    try:
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return ""
    return done.stdout.strip().split("\n")[0]


def check_files():
    for option, file in (("--bal", ARGS.bal), ("--pipeline", ARGS.pipeline)):
        if not file.is_file():
            sys.exit(f"error: there is no `{file}`\n\nhint: name it by {option}; `make gpu-check` has both")


def check_device():
    answering = subprocess.run([str(ARGS.bal), "devices"], stdout=subprocess.PIPE, text=True).stdout.split()
    if ARGS.device not in answering:
        print(f"error: `{ARGS.device}` does not answer, only {', '.join(answering) or 'none'}\n\n"
              "hint: libtorch_cuda.so must lie beside the libtorch_cpu.so in use: `make setup` on a machine with a GPU "
              "fetches it; a binary that was carried here takes the libtorch on LD_LIBRARY_PATH", file=sys.stderr)  # fmt: skip
        sys.exit(2)


def same_on_both_devices():
    data = agreement.data_sets()
    for name in agreement.NETWORKS:
        guarded(agreement.network, name, data, forgiven=())
    for name in agreement.FITS:
        guarded(agreement.fit, name, data, forgiven=())
    for part in (agreement.alone, agreement.ensembles, agreement.repeated):
        guarded(part, data, forgiven=())
    guarded(agreement.group, forgiven=())


def timed():
    mnist = speed.Mnist()
    for network in ("gal_cnn", "batchbald_cnn"):
        speed.weights(network, mnist)
        for precision in speed.PRECISIONS:
            guarded(speed.sampling, network, precision, mnist)
    for precision in speed.PRECISIONS:
        guarded(speed.fitting, precision, mnist)
    guarded(speed.peers, mnist, forgiven=Exception)  # the check of bal does not depend on what Python has
    section(f"fig1, {ARGS.rounds} rounds{'' if is_trying() else ' on the full pool'}")
    for group, jobs in ((15, 1), (1, 4), (5, 3)):
        guarded(speed.figure, group, jobs, mnist)


def main():
    read_options(__doc__)
    check_files()
    check_device()
    shutil.rmtree(ARGS.out, ignore_errors=True)
    ARGS.out.mkdir(parents=True)
    name = said("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader") or "no nvidia-smi"
    print(f"# bal on {ARGS.device}\n\n{said(ARGS.bal, '--version')}; {name}; {os.cpu_count()} cores; TF32 off.", flush=True)
    section("The same on both devices")
    guarded(same_on_both_devices, forgiven=())
    if ARGS.source != "none":
        section("Speed")
        guarded(timed)
    print(f"\n{passed():.0f} s in all.")
    sys.exit(1 if FAILED else 0)


main()
