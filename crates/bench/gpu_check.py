#!/usr/bin/env python3
"""Checks `bal` on a GPU and times it there, in under eight minutes.

Needs one release `bal` (stripped is fine), pipelines/fig1.yaml, the four official MNIST .gz files in one folder, a libtorch 2.11
with CUDA on LD_LIBRARY_PATH and Python's standard library: no Rust, no network. Where `import torch` finds a GPU too, the
usual PyTorch loops run beside it. Prints Markdown; exit code 1 if a check fails, 2 if there is no GPU.

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

DATA, SPLIT = ARGS.out / "data/mnist", ARGS.out / "split"
FAILED = []


def bal(*words):
    """Runs `bal`; seconds of wall time."""
    start = time.perf_counter()
    command = [str(ARGS.bal), *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
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


def train(name, device, labelled, *more):
    out = ARGS.out / name
    bal("train", "--data", DATA, "--labelled", labelled, "--validation", SPLIT / "validation.npy", "--network", "gal_cnn",
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
    labelled = SPLIT / "initial.npy"
    on_cpu, on_gpu = train("train-cpu", "cpu", labelled), train("train-gpu", ARGS.device, labelled)
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
    repeated = train("train-gpu-again", ARGS.device, labelled)
    equal = outputs(on_gpu, "train") == outputs(repeated, "train")
    print(f"* {'equal' if equal else 'different'} bytes: the same training twice (cuDNN does not promise it)")
    return on_cpu


def speed(model):
    print("\n## Speed\n")
    rows = [("what", "seconds", "rate")]
    pool = len(npy(SPLIT / "pool.npy"))
    for precision in ("f32", "bf16"):
        out = score(f"pool-{precision}", ARGS.device, model, "--precision", precision)
        seconds = timings(out, "score")["sample"]
        rate = f"{pool * 100 / seconds:,.0f} images·samples/s"
        rows.append((f"posterior samples of {pool:,} points, K = 100, {precision}", f"{seconds:.2f}", rate))
    for precision in ("f32", "bf16"):
        out = train(f"fit-{precision}", ARGS.device, SPLIT / "validation.npy", "--precision", precision)
        seconds = timings(out, "train")["fit"]
        images = 50 * len(npy(SPLIT / "validation.npy"))
        rate = f"{images / seconds:,.0f} images/s"
        rows.append((f"one fit, {images // 50:,} labels, 50 epochs, {precision}", f"{seconds:.2f}", rate))
    table(*rows, *peers())


def peers():
    """The usual loops in PyTorch on the same device, where Python has it."""
    try:
        import torch

        assert torch.cuda.is_available()
    except (ImportError, AssertionError):
        print("PyTorch is not at hand in Python, so no peer ran.")
        return []
    sys.path.insert(0, str(Path(__file__).parent / "peers"))
    from gal_cnn import GalCnn

    device, points, samples = torch.device(ARGS.device), 10_000, 100
    model, images = GalCnn(28, 10).to(device), torch.randn(points, 1, 28, 28, device=device)

    @torch.inference_mode()
    def predict(samples, bf16):
        with torch.autocast("cuda", torch.bfloat16, enabled=bf16):
            passes = [torch.cat([model(tile) for tile in images.split(1000)]) for _ in range(samples)]
        torch.stack(passes, 1).float().log_softmax(-1).cpu()

    def fit(labels=100, batch=128):
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        x, y = images[:labels], torch.randint(10, (labels,), device=device)
        for _ in range(50):
            for rows in torch.randperm(labels, device=device).split(batch):
                loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        loss.item()

    def seconds(work, *arguments):
        work(*arguments)
        start = time.perf_counter()
        work(*arguments)
        return time.perf_counter() - start

    rows = []
    for name, bf16 in (("f32", False), ("bf16 by autocast", True)):
        predict(2, bf16)
        taken = seconds(predict, samples, bf16)
        what = f"PyTorch {torch.__version__}, loop of {samples} passes over {points:,} points, {name}"
        rows.append((what, f"{taken:.2f}", f"{points * samples / taken:,.0f} images·samples/s"))
    taken = seconds(fit)
    return [*rows, (f"PyTorch {torch.__version__}, one fit, 100 labels, 50 epochs", f"{taken:.2f}", f"{5000 / taken:,.0f} images/s")]


def figure():
    print(f"\n## fig1, {ARGS.rounds} rounds on the full pool\n")
    rows = [("runs trained together", "workers", "seconds", "accuracy at the end, mean")]
    for group, jobs in ((1, 1), (1, 4), (15, 1)):
        out = ARGS.out / f"fig1-{group}-{jobs}"
        seconds = bal("run", ARGS.pipeline, "--set", f"rounds={ARGS.rounds}", "--device", ARGS.device, "--group", group,
                      "--jobs", jobs, "--data-dir", DATA.parent, "--out", out)  # fmt: skip
        rows.append((group, jobs, f"{seconds:.1f}", accuracy(out)))
    table(*rows)


def accuracy(folder):
    """Mean test accuracy of the last round over all cells, from the report."""
    with open(folder / "report/summary.csv") as file:
        last = [float(row["test_accuracy_mean"]) for row in csv.DictReader(file)]
    return f"{sum(last) / len(last):.3f}"


def main():
    answering = subprocess.run([str(ARGS.bal), "devices"], stdout=subprocess.PIPE, text=True).stdout.split()
    if ARGS.device not in answering:
        print(f"error: `{ARGS.device}` does not answer, only {', '.join(answering) or 'none'}\n\n"
              "hint: put the folder of libtorch_cuda.so on LD_LIBRARY_PATH", file=sys.stderr)  # fmt: skip
        sys.exit(2)
    shutil.rmtree(ARGS.out, ignore_errors=True)
    ARGS.out.mkdir(parents=True)
    print(f"# bal on {ARGS.device}\n\n{os.cpu_count()} processor cores beside it.")
    start = time.perf_counter()
    bal("prepare", "dataset", "--dataset", "mnist", "--source", ARGS.source, "--out", DATA)
    bal("prepare", "split", "--data", DATA, "--initial-per-class", 2, "--validation", 100, "--out", SPLIT)
    model = correctness()
    speed(model)
    figure()
    print(f"{time.perf_counter() - start:.0f} s in all.")
    sys.exit(1 if FAILED else 0)


main()
