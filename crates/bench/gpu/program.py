"""What all parts of the check share: options, `bal` itself, what it leaves behind, and what is printed."""

import argparse
import json
import os
import subprocess
import time
from pathlib import Path

PARSER = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter)
PARSER.add_argument("--bal", type=Path, default=Path("target/release/bal"), help="the program [%(default)s]")
PARSER.add_argument("--source", default="auto", help="folder with the MNIST .gz files, or none [%(default)s]")
PARSER.add_argument("--pipeline", type=Path, default=Path("pipelines/fig1.yaml"), help="[%(default)s]")
PARSER.add_argument("--out", type=Path, default=Path("artifacts/gpu-check"), help="work folder, made anew [%(default)s]")
PARSER.add_argument("--device", default="cuda:0", help="[%(default)s]; cpu tries out the script itself, in small")
PARSER.add_argument("--rounds", type=int, default=3, help="rounds of the shortened fig1 [%(default)s]")
ARGS = argparse.Namespace()  # filled in by `read_options`
FAILED = []
START, LIMIT = time.perf_counter(), 480
# libtorch lets cuDNN take TF32 for convolutions in f32 unless this is set before CUDA starts. The peer
# inherits it.
os.environ["NVIDIA_TF32_OVERRIDE"] = "0"


class NoTime(Exception):
    """The eight minutes are over."""


def read_options(description):
    PARSER.description = description
    PARSER.parse_args(namespace=ARGS)
    ARGS.bal = ARGS.bal.resolve()


def is_trying():
    """Whether a CPU only tries out the script: everything is then smaller."""
    return not ARGS.device.startswith("cuda")


def passed():
    """Seconds since the start."""
    return time.perf_counter() - START


def section(title):
    print(f"\n## {title} (after {passed():.0f} s)\n", flush=True)


def item(text):
    print(f"* {text}", flush=True)


def check(what, ok, found):
    item(f"{'ok' if ok else '**FAILED**'}: {what}: {found}")
    if not ok:
        FAILED.append(what)


def log(line):
    with open(ARGS.out / "commands.log", "a") as file:
        print(line, file=file)


def guarded(part, *arguments, forgiven=NoTime):
    """Runs a part of the check. Its failure keeps nothing else from running, and does not count if forgiven."""
    try:
        part(*arguments)
    except Exception as error:
        what = " ".join(map(str, (part.__name__, *arguments)))
        left_out = isinstance(error, forgiven)
        item(f"{'left out' if left_out else '**FAILED**'}: {what}: {type(error).__name__}: {error}")
        if not left_out:
            FAILED.append(what)


def bal(*words):
    """Runs `bal`; seconds of wall time."""
    before = os.times()
    command = " ".join(map(str, words))
    try:
        done = subprocess.run([str(ARGS.bal), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=max(LIMIT - passed(), 1))  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoTime(f"`bal {command}` would end after the {LIMIT} s that this script has") from None
    _, _, user, system, wall = (b - a for a, b in zip(before, os.times()))
    log(f"{wall:8.2f} s wall {user:8.2f} s user {system:7.2f} s system, exit code {done.returncode}: bal {command}")
    if done.returncode:
        raise RuntimeError(f"`bal {command}` ended with exit code {done.returncode}\n\n{done.stdout[-2000:]}")
    return wall


def manifest(folder, stage):
    return json.loads((folder / f"{stage}.json").read_text())


def outputs(folder, stage):
    """Digests of the files of an artifact."""
    return {name: file["sha256"] for name, file in manifest(folder, stage)["outputs"].items()}


def timings(folder, stage):
    return manifest(folder, stage)["run"]["timings"]


def stage(kind, name, data, device, *words):
    """Runs a stage on a data set; its output folder."""
    out = ARGS.out / name
    threads = ("--threads", os.cpu_count() or 1) if device == "cpu" else ()  # the CPU's side is the longer one
    bal(kind, "--data", data.folder, "--device", device, *threads, "--out", out, *words)
    log(f"           {timings(out, kind)}")
    return out


def train(name, data, device, network, *more):
    return stage("train", name, data, device, *network, "--label", data.label,
                 "--validation", data.validation, *more)  # fmt: skip


def score(name, data, device, model, *more, pool=None):
    return stage("score", name, data, device, "--model", model / "model.safetensors", "--pool", pool or data.pool,
                 *more)  # fmt: skip


def split(data, per_class, validation, *more):
    """Splits a prepared data set, and labels the first points: those of each class."""
    bal("prepare", "split", "--data", data.folder, "--initial-per-class", per_class, "--validation", validation,
        "--out", data.split, *more)  # fmt: skip
    bal("label", "--data", data.folder, "--initial", data.initial, "--validation", data.validation,
        "--out", data.label)  # fmt: skip


class Data:
    """A prepared data set with one split and the labels of its first points."""

    def __init__(self, name, folder=None):
        self.folder = folder or ARGS.out / "data" / name
        self.split = ARGS.out / f"{name}-split"
        self.label = ARGS.out / f"{name}-label"
        self.initial, self.validation, self.pool = (
            self.split / f"{part}.npy" for part in ("initial", "validation", "pool")
        )
