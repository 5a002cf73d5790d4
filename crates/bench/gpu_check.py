#!/usr/bin/env python3
"""Checks `bal` on a GPU and times it there, in under eight minutes.

Needs one release `bal` (stripped is fine), pipelines/fig1.yaml, the four official MNIST .gz files in one folder, a
libtorch 2.11 with CUDA on LD_LIBRARY_PATH and Python's standard library: no Rust, no network. Where `import torch`
finds a GPU too, the usual PyTorch loops run beside it, with the same weights and images. TF32 is off on both sides,
so f32 is f32. Prints Markdown as it goes and keeps all commands with their times in commands.log. What fails does
not end the script; what no longer fits into eight minutes is left out. Exit code 1 if a check fails or cannot be
made, 2 if there is no GPU.

    LD_LIBRARY_PATH=$TORCH/lib python3 crates/bench/gpu_check.py --bal target/release/bal --source mnist-gz --out out
"""

import argparse
import array
import csv
import json
import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PARSER = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
PARSER.add_argument("--bal", type=Path, default=Path("target/release/bal"), help="the program [%(default)s]")
PARSER.add_argument("--source", default="auto", help="folder with the MNIST .gz files [%(default)s]")
PARSER.add_argument("--pipeline", type=Path, default=Path("pipelines/fig1.yaml"), help="[%(default)s]")
PARSER.add_argument("--out", type=Path, default=Path("artifacts/gpu-check"), help="work folder, made anew [%(default)s]")
PARSER.add_argument("--device", default="cuda:0", help="[%(default)s]; cpu tries out the script itself")
PARSER.add_argument("--points", type=int, default=500, help="pool points for comparisons with the CPU [%(default)s]")
PARSER.add_argument("--rounds", type=int, default=3, help="rounds of the shortened fig1 [%(default)s]")
ARGS = PARSER.parse_args()
ARGS.bal = ARGS.bal.resolve()

DATA, SPLIT, MORE_LABELS = ARGS.out / "data/mnist", ARGS.out / "split", ARGS.out / "split-1000"
NETWORKS, PRECISIONS = ("gal_cnn", "batchbald_cnn"), ("f32", "bf16")
# On a CPU, which only tries out the script, everything is smaller.
TRYING = not ARGS.device.startswith("cuda")
FEW = ("--pool-subset", ARGS.points)
POOL = ("--pool-subset", 2 * ARGS.points) if TRYING else ()
SMALL = ("--profile", "quick", "--set", "train.epochs=5") if TRYING else ()
SAMPLES = 100 if TRYING else 1000  # so many that the start of the libraries does not hide the rate
FAILED, RATES = [], {}
START, LIMIT = time.perf_counter(), 480
# libtorch lets cuDNN take TF32 for convolutions in f32 unless this is set before CUDA starts; the peer inherits it.
os.environ["NVIDIA_TF32_OVERRIDE"] = "0"


class NoTime(Exception):
    """The eight minutes are over."""


def passed():
    """Seconds since the start."""
    return time.perf_counter() - START


def section(title):
    print(f"\n## {title} (after {passed():.0f} s)\n", flush=True)


def item(text):
    print(f"* {text}", flush=True)


def log(line):
    with open(ARGS.out / "commands.log", "a") as file:
        print(line, file=file)


def guarded(part, *arguments, forgiven=NoTime):
    """Runs a part of the check. Its failure does not keep the rest from running, and does not count if forgiven."""
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
        FAILED.append(command)
        raise RuntimeError(f"`bal {command}` ended with exit code {done.returncode}\n\n{done.stdout[-2000:]}")
    return wall


def check(what, ok, found):
    item(f"{'ok' if ok else '**FAILED**'}: {what}: {found}")
    if not ok:
        FAILED.append(what)


def body(path):
    """The numbers of a .npy file, as bytes."""
    raw = path.read_bytes()
    return raw[10 + int.from_bytes(raw[8:10], "little") :]


def probabilities(folder):
    """Of all points, samples and classes, in this order."""
    return [math.exp(x) for x in array.array("f", body(folder / "log_probs.npy"))]


def manifest(folder, stage):
    return json.loads((folder / f"{stage}.json").read_text())


def outputs(folder, stage):
    return {name: file["sha256"] for name, file in manifest(folder, stage)["outputs"].items()}


def timings(folder, stage):
    return manifest(folder, stage)["run"]["timings"]


def stage(kind, name, device, *words):
    """Runs a stage; its output folder."""
    out = ARGS.out / name
    bal(kind, "--data", DATA, "--device", device, "--out", out, *words)
    log(f"           {timings(out, kind)}")
    return out


def train(name, device, network, label, *more):
    return stage("train", name, device, "--network", network, "--label", ARGS.out / label,
                 "--validation", SPLIT / "validation.npy", "--evaluate-samples", 2, *more)  # fmt: skip


def score(name, device, model, *more, pool=SPLIT / "pool.npy", samples=100):
    return stage("score", name, device, "--model", ARGS.out / model / "model.safetensors", "--pool", pool,
                 "--samples", samples, "--acquisition", "bald", *more)  # fmt: skip


def prepare():
    bal("prepare", "dataset", "--dataset", "mnist", "--source", ARGS.source, "--out", DATA)
    for split, per_class, label in ((SPLIT, 2, "label"), (MORE_LABELS, 100, "label-1000")):
        bal("prepare", "split", "--data", DATA, "--initial-per-class", per_class, "--validation", 100, "--out", split)
        bal("label", "--data", DATA, "--initial", split / "initial.npy", "--validation", SPLIT / "validation.npy",
            "--out", ARGS.out / label)  # fmt: skip


def difference(a, b):
    """Largest and mean absolute difference in probability."""
    apart = [abs(x - y) for x, y in zip(probabilities(a), probabilities(b))]
    return max(apart), sum(apart) / len(apart)


def predictions(network):
    """The same weights and masks on both devices, and twice on this one."""
    train(f"{network}-cpu", "cpu", network, "label")

    def scores(name, device, *more):
        return score(f"{network}-{name}", device, f"{network}-cpu", *FEW, "--write-log-probs", *more)

    cpu, gpu, again = scores("on-cpu", "cpu"), scores("on-gpu", ARGS.device), scores("again", ARGS.device)
    largest, mean = difference(cpu, gpu)
    what = f"{network}: predictions of {ARGS.points} points by 100 samples, same weights and masks"
    check(f"{what}, largest difference", largest <= 1e-3, f"{largest:.1e} (mean {mean:.1e})")
    check(f"{what}, twice, equal bytes", outputs(gpu, "score") == outputs(again, "score"), "compared by digest")
    largest, mean = difference(cpu, scores("on-gpu-bf16", ARGS.device, "--precision", "bf16"))
    check(f"{what}, in bf16, mean difference", mean <= 1e-2, f"{mean:.1e} (largest {largest:.1e})")


def trainings(network):
    """The same draws on both devices, and twice on this one."""
    fits = [train(f"{network}-{name}", ARGS.device, network, "label") for name in ("gpu", "gpu-again")]
    trained = score(f"{network}-trained", ARGS.device, f"{network}-gpu", *FEW, "--write-log-probs")
    largest, mean = difference(ARGS.out / f"{network}-on-cpu", trained)
    what = f"{network}: trained on each device from the same draws, mean difference of predictions"
    check(what, mean <= 0.05, f"{mean:.1e} (largest {largest:.1e})")
    first, second = (outputs(fit, "train") for fit in fits)
    item(f"{network}: the same training twice: {'equal' if first == second else 'different'} bytes (none are promised)")


def rate_beyond(few, short, many, long):
    """Items per second beyond the first few, whose time starts the device's libraries; NaN if that cannot be told."""
    return (many - few) / (long - short) if many > few and long > short else math.nan


def sampling(network, precision):
    """Rate of posterior samples of the pool."""
    runs = []
    for size, more in (("few", FEW), ("pool", POOL)):
        out = score(f"{network}-{size}-{precision}", ARGS.device, f"{network}-cpu", "--precision", precision, *more,
                    samples=SAMPLES)  # fmt: skip
        seconds = timings(out, "score")
        points = manifest(out, "score")["outputs"]["scores.parquet"]["shape"][0]
        runs += points, seconds["masks"] + seconds["sample"]
    few, short, many, long = runs
    rate = RATES[network, precision] = SAMPLES * rate_beyond(*runs)
    item(f"{network}, {many:,} points, K = {SAMPLES}, {precision}: {long:.2f} s, {rate:,.0f} images·samples/s beyond "
         f"the first {few:,} points ({short:.2f} s)")  # fmt: skip


def fitting(precision):
    """Rate of a training."""
    short, long = (timings(train(f"fit-{precision}-{epochs}", ARGS.device, "gal_cnn", "label-1000", "--precision",
                                 precision, "--epochs", epochs), "train")["fit"] for epochs in (5, 55))  # fmt: skip
    rate = RATES["fit", precision] = 1000 * rate_beyond(5, short, 55, long)
    item(f"gal_cnn, one fit, 1,000 labels, 55 epochs, {precision}: {long:.2f} s, {rate:,.0f} images/s beyond the "
         f"first 5 epochs ({short:.2f} s)")  # fmt: skip


def peers():
    """The usual loops in PyTorch on the same device, where Python has it."""
    import torch

    torch.manual_seed(0)
    device, samples = torch.device(ARGS.device), 100
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("Python's torch finds no GPU")
    sys.path.insert(0, str(Path(__file__).parent / "peers"))
    from networks import GalCnn

    points = 10_000 if device.type == "cuda" else ARGS.points
    details = manifest(DATA, "dataset")["details"]
    pixels = bytearray(body(DATA / "train_inputs.npy")[: points * 784])
    pixels = torch.frombuffer(pixels, dtype=torch.uint8).view(points, 1, 28, 28)
    images = ((pixels / 255 - details["mean"][0]) / details["std"][0]).to(device)
    network = GalCnn([1, 28, 28], 10)
    weights = safetensors(ARGS.out / "gal_cnn-cpu/model.safetensors")
    network.load_state_dict({name.removeprefix("0."): torch.tensor(x).view(shape) for name, shape, x in weights})
    network.to(device)

    @torch.inference_mode()
    def predict(samples, bf16):
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            passes = [torch.cat([network(tile) for tile in images.split(1000)]) for _ in range(samples)]
        return torch.stack(passes, 1).float().log_softmax(-1).cpu()

    def fit(bf16, labels=1000, batch=128):
        fitted = GalCnn([1, 28, 28], 10).to(device)
        optimizer = torch.optim.Adam(fitted.parameters(), lr=1e-3)
        x, y = images[:labels], torch.randint(10, (min(labels, points),), device=device)
        for _ in range(50):
            for rows in torch.randperm(len(x), device=device).split(batch):
                with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                    logits = fitted(x[rows])
                loss = torch.nn.functional.cross_entropy(logits.float(), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        loss.item()
        return len(x)

    def seconds(work, *arguments):
        start = time.perf_counter()
        result = work(*arguments)
        return time.perf_counter() - start, result

    def compared(what, taken, items, key):
        rate = items / taken
        item(f"PyTorch {torch.__version__}, {what}, {key[1]}: {taken:.2f} s, {rate:,.0f} a second; bal has "
             f"{RATES.get(key, math.nan) / rate:.2f} times this rate")  # fmt: skip

    for precision in PRECISIONS:
        bf16 = precision == "bf16"
        predict(2, bf16)
        taken, log_probs = seconds(predict, samples, bf16)
        compared(f"loop of {samples} passes over {points:,} points", taken, points * samples, ("gal_cnn", precision))
        if not bf16:
            compare(log_probs)
        fit(bf16)
        taken, labels = seconds(fit, bf16)
        compared(f"one fit, {labels:,} labels, 50 epochs", taken, 50 * labels, ("fit", precision))


def safetensors(path):
    """Name, shape and values of the f32 arrays of a file."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    for name, entry in json.loads(raw[8:start]).items():
        if name != "__metadata__":
            yield name, entry["shape"], array.array("f", raw[start:][slice(*entry["data_offsets"])])


def compare(log_probs):
    """Mean predictions of the first points: other masks of the same law."""
    points = min(200, ARGS.points)
    ids = ARGS.out / "first.npy"
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({points},), }}".ljust(117) + "\n"
    head = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    ids.write_bytes(head + array.array("q", range(points)).tobytes())
    out = score("first", ARGS.device, "gal_cnn-cpu", "--write-log-probs", pool=ids)
    probs, theirs = probabilities(out), log_probs[:points].exp().mean(1)
    apart = [abs(sum(probs[(n * 100 + k) * 10 + c] for k in range(100)) / 100 - theirs[n, c].item())
             for n in range(points) for c in range(10)]  # fmt: skip
    mean = sum(apart) / len(apart)
    check("mean predictions of bal and PyTorch, each with 100 masks of its own, mean difference", mean <= 0.02,
          f"{mean:.1e}")  # fmt: skip


def figure(group, jobs):
    """All runs of a shortened fig1."""
    out = ARGS.out / f"fig1-{group}-{jobs}"
    seconds = bal("run", ARGS.pipeline, *SMALL, "--set", f"rounds={ARGS.rounds}", "--device", ARGS.device, "--group",
                  group, "--jobs", jobs, "--data-dir", DATA.parent, "--out", out)  # fmt: skip
    item(f"group {group}, jobs {jobs}: {seconds:.1f} s, mean accuracy at the end {accuracy(out)}")


def accuracy(folder):
    """Mean test accuracy of the last round over all cells, from the report."""
    with open(folder / "report/summary.csv") as file:
        last = [float(row["test_accuracy_mean"]) for row in csv.DictReader(file)]
    return f"{sum(last) / len(last):.3f}"


def said(*command):
    """First line of what a program says, nothing if it is not there."""
    try:
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return ""
    return done.stdout.strip().split("\n")[0]


def main():
    for option, file in (("--bal", ARGS.bal), ("--pipeline", ARGS.pipeline)):
        if not file.is_file():
            sys.exit(f"error: there is no `{file}`\n\nhint: name it by {option}; `make gpu-check` has both")
    answering = subprocess.run([str(ARGS.bal), "devices"], stdout=subprocess.PIPE, text=True).stdout.split()
    if ARGS.device not in answering:
        print(f"error: `{ARGS.device}` does not answer, only {', '.join(answering) or 'none'}\n\n"
              "hint: libtorch_cuda.so must lie beside the libtorch_cpu.so in use: `make setup` on a machine with a GPU "
              "fetches it; a binary that was carried here takes the libtorch on LD_LIBRARY_PATH", file=sys.stderr)  # fmt: skip
        sys.exit(2)
    shutil.rmtree(ARGS.out, ignore_errors=True)
    ARGS.out.mkdir(parents=True)
    name = said("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader") or "no nvidia-smi"
    print(f"# bal on {ARGS.device}\n\n{said(ARGS.bal, '--version')}; {name}; {os.cpu_count()} cores; TF32 off.", flush=True)
    guarded(prepare, forgiven=())
    if FAILED:
        sys.exit(1)
    section("The same on both devices")
    for network in NETWORKS:
        guarded(predictions, network, forgiven=())
        guarded(trainings, network, forgiven=())
    section("Speed")
    for network in NETWORKS:
        for precision in PRECISIONS:
            guarded(sampling, network, precision)
    for precision in PRECISIONS:
        guarded(fitting, precision)
    guarded(peers, forgiven=Exception)  # the check of bal does not depend on what Python has
    section(f"fig1, {ARGS.rounds} rounds{'' if TRYING else ' on the full pool'}")
    for group, jobs in ((15, 1), (1, 4), (5, 3)):
        guarded(figure, group, jobs)
    print(f"\n{passed():.0f} s in all.")
    sys.exit(1 if FAILED else 0)


main()
