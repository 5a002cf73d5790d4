#!/usr/bin/env python3
"""Checks `bal` on a GPU and times it there, in under eight minutes.

Needs one release `bal` (stripped is fine), pipelines/fig1.yaml, the four official MNIST .gz files in one folder, a libtorch 2.11
with CUDA on LD_LIBRARY_PATH and Python's standard library: no Rust, no network. Where `import torch` finds a GPU too, the
usual PyTorch loops run beside it, with the same weights and images. TF32 is off on both sides, so f32 is f32; bf16 is the fast
setting. Prints Markdown; what no longer fits into eight minutes is left out. Exit code 1 if a check fails or
cannot be made, 2 if there is no GPU.

    LD_LIBRARY_PATH=$TORCH/lib python3 crates/bench/gpu_check.py --bal target/release/bal --source mnist-gz --out out
"""

import argparse
import array
import ast
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
# On a CPU, which only tries out the script, everything is smaller.
TRYING = not ARGS.device.startswith("cuda")
POOL = ("--pool-subset", 4 * ARGS.points) if TRYING else ()
SMALL = ("--profile", "quick", "--set", "train.epochs=5") if TRYING else ()
FAILED = []
START, LIMIT = time.perf_counter(), 480
# libtorch lets cuDNN take TF32 for convolutions in f32 unless this is set before CUDA starts; the peer inherits it.
os.environ["NVIDIA_TF32_OVERRIDE"] = "0"


class NoTime(Exception):
    """The eight minutes are over."""


def left():
    """Seconds that are left of the eight minutes."""
    return LIMIT - (time.perf_counter() - START)


def bal(*words):
    """Runs `bal`; seconds of wall time."""
    start = time.perf_counter()
    command = [str(ARGS.bal), *map(str, words)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=max(left(), 1))
    except subprocess.TimeoutExpired:
        raise NoTime(f"`{' '.join(command)}` would end after the {LIMIT} s that this script has") from None
    if done.returncode:
        sys.exit(f"error: `{' '.join(command)}` ended with exit code {done.returncode}\n\n{done.stdout[-2000:]}")
    return time.perf_counter() - start


def check(what, ok, found):
    print(f"* {'ok' if ok else '**FAILED**'}: {what}: {found}", flush=True)
    if not ok:
        FAILED.append(what)


def table(*rows):
    """A Markdown table whose first row is its head."""
    print()
    for number, row in enumerate(rows):
        print("| " + " | ".join(map(str, row)) + " |")
        if number == 0:
            print("|" + "---|" * len(row))
    print(flush=True)


def npy(path):
    """Values of a .npy file of f32 or i64, in its order."""
    raw = path.read_bytes()
    start = 10 + int.from_bytes(raw[8:10], "little")
    header = ast.literal_eval(raw[10:start].decode())
    values = array.array({"<f4": "f", "<i8": "q"}[header["descr"]])
    values.frombytes(raw[start:])
    return values


def manifest(folder, stage):
    return json.loads((folder / f"{stage}.json").read_text())


def outputs(folder, stage):
    return {name: file["sha256"] for name, file in manifest(folder, stage)["outputs"].items()}


def timings(folder, stage):
    return manifest(folder, stage)["run"]["timings"]


def train(name, device, label, *more):
    out = ARGS.out / name
    bal("train", "--data", DATA, "--label", label, "--validation", SPLIT / "validation.npy", "--network", "gal_cnn",
        "--evaluate-samples", 20, "--device", device, "--out", out, *more)  # fmt: skip
    return out


def score(name, device, model, *more):
    out = ARGS.out / name
    bal("score", "--model", model / "model.safetensors", "--data", DATA, "--pool", SPLIT / "pool.npy", "--samples", 100,
        "--acquisition", "bald", "--device", device, "--out", out, *more)  # fmt: skip
    return out


def difference(a, b):
    """Largest and mean absolute difference in probability."""
    apart = [abs(math.exp(x) - math.exp(y)) for x, y in zip(npy(a / "log_probs.npy"), npy(b / "log_probs.npy"))]
    return max(apart), sum(apart) / len(apart)


def correctness():
    print("\n## The same on both devices\n")
    label = ARGS.out / "label"
    bal("label", "--data", DATA, "--initial", SPLIT / "initial.npy", "--validation", SPLIT / "validation.npy", "--out", label)
    on_cpu, on_gpu = train("train-cpu", "cpu", label), train("train-gpu", ARGS.device, label)
    subset = ("--pool-subset", ARGS.points, "--write-log-probs")
    cpu = score("score-cpu", "cpu", on_cpu, *subset)
    gpu = score("score-gpu", ARGS.device, on_cpu, *subset)
    largest, _ = difference(cpu, gpu)
    what = f"predictions of {ARGS.points} points by 100 samples, same weights and masks, largest difference"
    check(what, largest <= 1e-3, f"{largest:.1e}")
    bf16 = score("score-gpu-bf16", ARGS.device, on_cpu, *subset, "--precision", "bf16")
    largest, mean = difference(cpu, bf16)
    check("the same in bf16, mean difference", mean <= 1e-2, f"{mean:.1e} (largest {largest:.1e})")
    trained = score("score-gpu-trained", "cpu", on_gpu, *subset)
    _, mean = difference(cpu, trained)
    check("networks trained on each device from the same draws, mean difference", mean <= 0.05, f"{mean:.1e}")

    print("\n## The same again on this device\n")
    again = score("score-gpu-again", ARGS.device, on_cpu, *subset)
    check("scores twice, equal bytes", outputs(gpu, "score") == outputs(again, "score"), "compared by digest")
    repeated = train("train-gpu-again", ARGS.device, label)
    equal = outputs(on_gpu, "train") == outputs(repeated, "train")
    print(f"* {'equal' if equal else 'different'} bytes: the same training twice (cuDNN does not promise it)")
    return on_cpu


def seconds_of_samples(name, model, precision, *more):
    """Points, and the seconds that their posterior samples took, masks included: the shorter of two processes."""
    outs = [score(f"{name}-{n}", ARGS.device, model, "--precision", precision, *more) for n in range(2)]
    taken = [timings(out, "score") for out in outs]
    points = manifest(outs[0], "score")["outputs"]["scores.parquet"]["shape"][0]
    return points, min(seconds["masks"] + seconds["sample"] for seconds in taken)


def rate_beyond(few, short, many, long):
    """Items per second beyond the first few, whose time starts the device's libraries; nothing if that cannot be told."""
    return (many - few) / (long - short) if many > few and long > short else math.nan


def speed(model):
    print("\n## Speed\n")
    rows = [("what", "seconds", "rate")]
    rates = {}
    try:
        for precision in ("f32", "bf16"):
            few, short = seconds_of_samples(f"few-{precision}", model, precision, "--pool-subset", ARGS.points)
            many, long = seconds_of_samples(f"pool-{precision}", model, precision, *POOL)
            rates[precision] = 100 * rate_beyond(few, short, many, long)
            rows.append((f"posterior samples of {many:,} points, K = 100, {precision}", f"{long:.2f}",
                         f"{rates[precision]:,.0f} images·samples/s beyond the first {few:,} points"))  # fmt: skip
        bal("prepare", "split", "--data", DATA, "--initial-per-class", 100, "--validation", 100, "--out", MORE_LABELS)
        label = ARGS.out / "label-1000"
        bal("label", "--data", DATA, "--initial", MORE_LABELS / "initial.npy", "--validation", SPLIT / "validation.npy", "--out", label)
        for precision in ("f32", "bf16"):
            short, long = (timings(train(f"fit-{precision}-{epochs}", ARGS.device, label, "--precision",
                                         precision, "--epochs", epochs), "train")["fit"] for epochs in (5, 55))  # fmt: skip
            rates[f"fit {precision}"] = 1000 * rate_beyond(5, short, 55, long)
            rows.append((f"one fit, 1,000 labels, 55 epochs, {precision}", f"{long:.2f}",
                         f"{rates[f'fit {precision}']:,.0f} images/s beyond the first 5 epochs"))  # fmt: skip
    except NoTime as error:
        print(f"* The rest is left out: {error}", flush=True)
    table(*rows)
    rows = [("what", "seconds", "rate", "times bal")]
    try:
        rows.extend(peers(model, rates))
    except Exception as error:  # the check of bal does not depend on what Python has
        print(f"* No peer: {type(error).__name__}: {error}\n", flush=True)
    if len(rows) > 1:
        table(*rows)


def peers(model, rates):
    """The usual loops in PyTorch on the same device, where Python has it, row by row."""
    import torch

    torch.manual_seed(0)
    device, samples = torch.device(ARGS.device), 100
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("Python's torch finds no GPU")
    sys.path.insert(0, str(Path(__file__).parent / "peers"))
    from gal_cnn import GalCnn

    points = 10_000 if device.type == "cuda" else ARGS.points
    details = manifest(DATA, "dataset")["details"]
    raw = (DATA / "train_inputs.npy").read_bytes()
    start = 10 + int.from_bytes(raw[8:10], "little")
    pixels = torch.frombuffer(bytearray(raw[start : start + points * 784]), dtype=torch.uint8).view(points, 1, 28, 28)
    images = ((pixels / 255 - details["mean"][0]) / details["std"][0]).to(device)
    network = GalCnn(28, 10)
    network.load_state_dict({name.removeprefix("0."): torch.tensor(values).view(shape)
                             for name, shape, values in safetensors(model / "model.safetensors")})  # fmt: skip
    network.to(device)

    @torch.inference_mode()
    def predict(samples, bf16):
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            passes = [torch.cat([network(tile) for tile in images.split(1000)]) for _ in range(samples)]
        return torch.stack(passes, 1).float().log_softmax(-1).cpu()

    def fit(bf16, labels=1000, batch=128):
        fitted = GalCnn(28, 10).to(device)
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

    name = f"PyTorch {torch.__version__}"
    for precision, bf16 in (("f32", False), ("bf16", True)):
        predict(2, bf16)
        taken, log_probs = seconds(predict, samples, bf16)
        rate = points * samples / taken
        yield (f"{name}, loop of {samples} passes over {points:,} points, {precision}", f"{taken:.2f}",
               f"{rate:,.0f} images·samples/s", f"{rates.get(precision, math.nan) / rate:.1f}")  # fmt: skip
        if not bf16:
            compare(model, log_probs)
    for precision, bf16 in (("f32", False), ("bf16", True)):
        fit(bf16)
        taken, labels = seconds(fit, bf16)
        rate = 50 * labels / taken
        yield (f"{name}, one fit, {labels:,} labels, 50 epochs, {precision}", f"{taken:.2f}", f"{rate:,.0f} images/s",
               f"{rates.get(f'fit {precision}', math.nan) / rate:.1f}")  # fmt: skip


def safetensors(path):
    """Name, shape and values of the f32 arrays of a file."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    for name, entry in json.loads(raw[8:start]).items():
        if name != "__metadata__":
            values = array.array("f")
            values.frombytes(raw[start:][slice(*entry["data_offsets"])])
            yield name, entry["shape"], values


def compare(model, log_probs):
    """Mean predictions of the first points: other masks of the same law."""
    points = min(200, ARGS.points)
    ids = ARGS.out / "first.npy"
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({points},), }}".ljust(117) + "\n"
    ids.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + array.array("q", range(points)).tobytes())
    out = ARGS.out / "score-first"
    bal("score", "--model", model / "model.safetensors", "--data", DATA, "--pool", ids, "--samples", 100, "--acquisition", "bald",
        "--device", ARGS.device, "--out", out, "--write-log-probs")  # fmt: skip
    probs, theirs = [math.exp(x) for x in npy(out / "log_probs.npy")], log_probs[:points].exp().mean(1)
    apart = [abs(sum(probs[(n * 100 + k) * 10 + c] for k in range(100)) / 100 - theirs[n, c].item())
             for n in range(points) for c in range(10)]  # fmt: skip
    mean = sum(apart) / len(apart)
    check("mean predictions of bal and PyTorch, each with 100 masks of its own, mean difference", mean <= 0.02, f"{mean:.1e}")


def figure():
    print(f"\n## fig1, {ARGS.rounds} rounds{' on the full pool' if not SMALL else ''}\n")
    rows = [("runs trained together", "workers", "seconds", "accuracy at the end, mean")]
    taken = 0
    for group, jobs in ((15, 1), (1, 4)):
        if left() < 1.5 * taken + 30:
            rows.append((group, jobs, "left out: no time", ""))
            continue
        out = ARGS.out / f"fig1-{group}-{jobs}"
        try:
            taken = bal("run", ARGS.pipeline, *SMALL, "--set", f"rounds={ARGS.rounds}", "--device", ARGS.device, "--group", group,
                        "--jobs", jobs, "--data-dir", DATA.parent, "--out", out)  # fmt: skip
            rows.append((group, jobs, f"{taken:.1f}", accuracy(out)))
        except NoTime:
            rows.append((group, jobs, "left out: no time", ""))
    table(*rows)


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
              "hint: libtorch_cuda.so must lie beside the libtorch_cpu.so in use: `make setup` on a machine with a GPU fetches "
              "it; a binary that was carried here takes the libtorch on LD_LIBRARY_PATH", file=sys.stderr)  # fmt: skip
        sys.exit(2)
    shutil.rmtree(ARGS.out, ignore_errors=True)
    ARGS.out.mkdir(parents=True)
    name = said("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader") or "no nvidia-smi"
    print(f"# bal on {ARGS.device}\n\n{said(ARGS.bal, '--version')}; {name}; {os.cpu_count()} processor cores; TF32 off.", flush=True)
    bal("prepare", "dataset", "--dataset", "mnist", "--source", ARGS.source, "--out", DATA)
    bal("prepare", "split", "--data", DATA, "--initial-per-class", 2, "--validation", 100, "--out", SPLIT)
    model = correctness()
    speed(model)
    figure()
    print(f"{time.perf_counter() - START:.0f} s in all.")
    sys.exit(1 if FAILED else 0)


try:
    main()
except NoTime as error:
    sys.exit(f"error: {error}")
