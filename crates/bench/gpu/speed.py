"""How fast it is, on MNIST: sampling and fitting, beside PyTorch where it is there, and a shortened fig1."""

import csv
import math
import sys
import time
from pathlib import Path

from arrays import body, npy, probabilities, safetensors
from program import ARGS, Data, bal, check, is_trying, item, manifest, score, split, timings, train

PRECISIONS = "f32", "bf16"
RATES = {}


class Mnist(Data):
    """With few labels, and once more with 1,000."""

    def __init__(self):
        super().__init__("mnist")
        bal("prepare", "dataset", "--dataset", "mnist", "--source", ARGS.source, "--out", self.folder)
        split(self, 2, 100)
        self.more_labels = Data("mnist-1000", self.folder)
        split(self.more_labels, 100, 100)


def few():
    return "--pool-subset", 100 if is_trying() else 500


def samples():
    """So many that the start of the libraries does not hide the rate."""
    return 20 if is_trying() else 1000


def weights(network, data):
    """Trained on the CPU, for all that is timed."""
    train(f"mnist-{network}", data, "cpu", ("--network", network), "--epochs", 20, "--evaluate.samples", 2)


def rate_beyond(few, short, many, long):
    """Items per second beyond the first few, whose time starts the device's libraries; NaN if it cannot be told."""
    return (many - few) / (long - short) if many > few and long > short else math.nan


def sampling(network, precision, data):
    """Rate of posterior samples of the pool."""
    runs = []
    for size, more in (("few", few()), ("pool", ("--pool-subset", 200) if is_trying() else ())):
        out = score(f"{network}-{size}-{precision}", data, ARGS.device, ARGS.out / f"mnist-{network}", "--precision",
                    precision, "--posterior.mc-dropout.samples", samples(), "--acquisition", "bald", *more)  # fmt: skip
        seconds = timings(out, "score")
        points = manifest(out, "score")["outputs"]["scores.parquet"]["shape"][0]
        runs += points, seconds["masks"] + seconds["sample"]
    first, short, many, long = runs
    rate = RATES[network, precision] = samples() * rate_beyond(*runs)
    item(f"{network}, {many:,} points, K = {samples()}, {precision}: {long:.2f} s, {rate:,.0f} images·samples/s "
         f"beyond the first {first:,} points ({short:.2f} s)")  # fmt: skip


def fitting(precision, data):
    """Rate of a training."""
    few, many = (1, 3) if is_trying() else (5, 55)
    short, long = (
        timings(train(f"fit-{precision}-{epochs}", data.more_labels, ARGS.device, ("--network", "gal_cnn"),
                      "--precision", precision, "--epochs", epochs, "--evaluate.samples", 2), "train")["fit"]
        for epochs in (few, many))  # fmt: skip
    rate = RATES["fit", precision] = 1000 * rate_beyond(few, short, many, long)
    item(f"gal_cnn, one fit, 1,000 labels, {many} epochs, {precision}: {long:.2f} s, {rate:,.0f} images/s beyond the "
         f"first {few} epochs ({short:.2f} s)")  # fmt: skip


def peers(data):
    """The usual loops in PyTorch on the same device, where Python has it."""
    import torch

    torch.manual_seed(0)
    device = torch.device(ARGS.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("Python's torch finds no GPU")
    sys.path.insert(0, str(Path(__file__).parents[1] / "peers"))
    from networks import GalCnn

    points, passes, epochs = (200, 20, 1) if is_trying() else (10_000, 100, 50)
    details = manifest(data.folder, "dataset")["details"]
    pixels = bytearray(body(data.folder / "train_inputs.npy")[: points * 784])
    pixels = torch.frombuffer(pixels, dtype=torch.uint8).view(points, 1, 28, 28)
    images = ((pixels / 255 - details["mean"][0]) / details["std"][0]).to(device)
    network = GalCnn([1, 28, 28], 10)
    trained = safetensors(ARGS.out / "mnist-gal_cnn/model.safetensors")
    network.load_state_dict({name.removeprefix("0."): torch.tensor(x).view(shape) for name, shape, x in trained})
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
        for _ in range(epochs):
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
        taken, log_probs = seconds(predict, passes, bf16)
        compared(f"loop of {passes} passes over {points:,} points", taken, points * passes, ("gal_cnn", precision))
        if not bf16:
            compare(data, log_probs)
        fit(bf16)
        taken, labels = seconds(fit, bf16)
        compared(f"one fit, {labels:,} labels, {epochs} epochs", taken, epochs * labels, ("fit", precision))


def compare(data, log_probs):
    """Mean predictions of the first points: other masks of the same law."""
    points, samples, ids = min(200, len(log_probs)), 100, ARGS.out / "first.npy"
    npy(ids, "<i8", (points,), b"".join(n.to_bytes(8, "little") for n in range(points)))
    out = score("first", data, ARGS.device, ARGS.out / "mnist-gal_cnn", "--write-log-probs", "--acquisition", "bald",
                "--posterior.mc-dropout.samples", samples, pool=ids)  # fmt: skip
    probs, theirs = probabilities(out), log_probs[:points].exp().mean(1)
    apart = [abs(sum(probs[(n * samples + k) * 10 + c] for k in range(samples)) / samples - theirs[n, c].item())
             for n in range(points) for c in range(10)]  # fmt: skip
    mean = sum(apart) / len(apart)
    check("mean predictions of bal and PyTorch, each with masks of its own, mean difference", mean <= 0.05,
          f"{mean:.1e}")  # fmt: skip


def figure(group, jobs, data):
    """All runs of a shortened fig1."""
    out = ARGS.out / f"fig1-{group}-{jobs}"
    small = ("--profile", "quick", "--set", "train.epochs=5", "--set", "score.pool_subset=200") if is_trying() else ()
    seconds = bal("run", ARGS.pipeline, *small, "--set", f"rounds={ARGS.rounds}", "--device", ARGS.device, "--group",
                  group, "--jobs", jobs, "--data-dir", data.folder.parent, "--out", out)  # fmt: skip
    item(f"group {group}, jobs {jobs}: {seconds:.1f} s, mean accuracy at the end {accuracy(out)}")


def accuracy(folder):
    """Mean test accuracy of the last round over all cells, from the report."""
    with open(folder / "report/summary.csv") as file:
        last = [float(row["test_accuracy_mean"]) for row in csv.DictReader(file)]
    return f"{sum(last) / len(last):.3f}"
