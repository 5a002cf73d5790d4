"""The same on both devices: every network, posterior and optimiser, with equal weights, masks and draws.

The data sets are made. Trained weights of a GPU differ from those of a CPU by rounding, which every step of
a training carries on: their bounds are wider than those of predictions by the same weights. With batch
normalisation it grows fastest (running means 3 to 7 % apart after four epochs, on an H200): what such a
training does is compared after two steps.
"""

from arrays import apart, difference, numbers, probabilities, relative, tensors
from datasets import make
from program import ARGS, bal, check, is_trying, item, manifest, outputs, score, train

RESNET, STEM = ("--network", "resnet18"), "--network.resnet18.imagenet-stem"
NETWORKS = {
    "gal_cnn": ("digits", "--network", "gal_cnn"),
    "batchbald_cnn": ("digits", "--network", "batchbald_cnn"),
    "emnist_cnn": ("letters", "--network", "emnist_cnn"),
    "cifar_cnn": ("colours", "--network", "cifar_cnn"),
    "resnet18": ("colours", *RESNET),
    "resnet18 with its stem for photographs": ("colours", *RESNET, STEM),
    "vgg16": ("colours", "--network", "vgg16"),
    "text_cnn": ("texts", "--network", "text_cnn"),
    "mlp": ("plane", "--network", "mlp"),
}
# Networks whose scoring also writes all that a scoring can write.
WHOLE = "resnet18", "text_cnn"
BATCH, EVALUATE = ("--batch-size", 16), ("--evaluate.samples", 2)
TWO_STEPS = "--epochs", 2, "--batch-size", 1000
# A few large steps, so that a decay or an average that one device leaves out is seen.
FITS = {
    "adam, weight decay by validation": ("plane", "mlp", "--optimizer", "adam", "--weight-decay.per-round", "0,0.3"),
    "adamw, early stopping, class weights": (
        "digits", "gal_cnn", "--optimizer.adamw.learning-rate", 0.01, "--weight-decay.fixed", 1,
        "--epochs", 40, "--early-stopping.patience", 1, "--class-weights", "balanced"),
    "sgd, other views of the images": (
        "colours", "cifar_cnn", "--optimizer.sgd.learning-rate", 0.05, "--optimizer.sgd.momentum", 0.8,
        "--weight-decay.fixed", 0.5, "--augmentation.crop-padding", 3, "--augmentation.horizontal-flip"),
    "draws with replacement, bf16": ("texts", "text_cnn", "--draws-per-epoch", 50, "--precision", "bf16"),
    "batch normalisation, other views": ("colours", "resnet18", STEM, "--augmentation.crop-padding", 4, *TWO_STEPS),
}  # fmt: skip
POSTERIORS = {
    "deep_ensemble": ("--posterior", "deep_ensemble"),
    "ensemble_mc_dropout": ("--posterior.ensemble-mc-dropout.samples", 5),
}
ALL = (*BATCH, *EVALUATE)
PIPELINE = """\
name: group
prepare: {dataset: colours, initial_per_class: 2, validation: 20}
train:   {network: {resnet18: {imagenet_stem: true}}, epochs: 2, batch_size: 1000, evaluate: {samples: 2}}
score:   {posterior: {mc_dropout: {samples: 5}}, acquisition: bald}
select:  {method: top_k, batch: 2}
rounds: 1
keep:    {weights: all}
sweep:   {seed: [0, 1]}
"""


def points():
    """Of a data set, of which somewhat fewer are its pool."""
    return 100 if is_trying() else 600


def samples():
    return 10 if is_trying() else 100


def epochs():
    return "--epochs", 2 if is_trying() else 4


def data_sets():
    return {name: make(name, points()) for name in dict.fromkeys(data for data, *_ in NETWORKS.values())}


def same_bytes(what, first, second):
    check(f"{what}, twice, equal bytes", outputs(first, "score") == outputs(second, "score"), "compared by digest")


def network(name, data):
    """The same weights and masks on both devices, twice on this one and in bf16; then a training on each."""
    short = name.replace(" ", "-")
    of, *flags = NETWORKS[name]
    data, mc = data[of], ("--posterior.mc-dropout.samples", samples())
    whole = ("--write-features", "--write-logits", "--exclude", data.initial, "--targets.test", 20) * (name in WHOLE)
    function = "bald,epig" if whole else "bald"
    more = (*mc, "--acquisition", function, "--write-log-probs", *whole, *(("--grid", 20) * (of == "plane")))

    def scores(run, device, model, *precision):
        return score(f"{short}-{run}", data, device, model, *more, *precision)

    model = train(f"{short}-cpu", data, "cpu", flags, *epochs(), *ALL)
    cpu, gpu = scores("on-cpu", "cpu", model), scores("on-gpu", ARGS.device, model)
    largest, mean = difference(probabilities(cpu), probabilities(gpu))
    what = f"{name}: predictions by {samples()} samples, same weights and masks"
    check(f"{what}, largest difference", largest <= 1e-3, f"{largest:.1e} (mean {mean:.1e})")
    for array in ("logits", "features", "map"):
        if (cpu / f"{array}.npy").exists():
            found = relative(numbers(cpu / f"{array}.npy"), numbers(gpu / f"{array}.npy"))
            check(f"{name}: {array}, largest difference over largest number", found <= 1e-3, f"{found:.1e}")
    same_bytes(name, gpu, scores("again", ARGS.device, model))
    bf16 = scores("on-gpu-bf16", ARGS.device, model, "--precision", "bf16")
    largest, mean = difference(probabilities(cpu), probabilities(bf16))
    check(f"{what}, in bf16, mean difference", mean <= 2e-2, f"{mean:.1e} (largest {largest:.1e})")
    on_gpu = train(f"{short}-gpu", data, ARGS.device, flags, *epochs(), *ALL)
    largest, mean = difference(probabilities(cpu), probabilities(scores("trained", ARGS.device, on_gpu)))
    what = f"{name}: trained on each device from the same draws"
    check(f"{what}, mean difference of predictions", mean <= 0.05, f"{mean:.1e} (largest {largest:.1e})")
    if any(map(is_running, tensors(model))):
        steps = [tensors(train(f"{short}-step-{run}", data, device, flags, *TWO_STEPS, *EVALUATE))
                 for run, device in (("cpu", "cpu"), ("gpu", ARGS.device))]  # fmt: skip
        buffers(name, *({name: values for name, values in of.items() if is_running(name)} for of in steps))


def is_running(name):
    """Whether a tensor is a running mean or variance of batch normalisation."""
    return ".running_" in name


def buffers(name, cpu, gpu):
    found = apart(cpu, gpu)
    moved = all(any(x not in (0, 1) for x in values) for values in gpu.values())
    check(f"{name}: running means and variances after two steps, mean difference over mean size",
          found <= 1e-2 and moved, f"{found:.1e}{'' if moved else '; some are as at the start'}")  # fmt: skip


def fit(name, data):
    """A training with other options on each device: all weights."""
    of, network, *options = FITS[name]
    options += () if "--epochs" in options else epochs()
    short = name.split(",")[0].replace(" ", "-")
    options += () if "--batch-size" in options else BATCH
    runs = [train(f"fit-{short}-{run}", data[of], device, ("--network", network), *EVALUATE, *options)
            for run, device in (("cpu", "cpu"), ("gpu", ARGS.device))]  # fmt: skip
    lengths = [manifest(run, "train")["outputs"]["epochs.parquet"]["shape"][0] for run in runs]
    found = apart(*map(tensors, runs))
    bound = 2e-3 if tuple(options[-4:]) == TWO_STEPS else 0.02
    check(f"{network}, {name}: weights from the same draws, mean difference over mean size, equally many epochs",
          found <= bound and lengths[0] == lengths[1], f"{found:.1e}, {lengths[1]} epochs")  # fmt: skip


def ensembles(data):
    """Three members, trained on each device; both posteriors of an ensemble by the same weights."""
    data, flags = data["digits"], ("--network", "batchbald_cnn", "--members", 3)
    models = [train(f"ensemble-{run}", data, device, flags, *epochs(), *ALL) for run, device in
              (("cpu", "cpu"), ("gpu", ARGS.device))]  # fmt: skip
    found = apart(*map(tensors, models))
    check("three members trained on each device, weights, mean difference over mean size", found <= 0.02, f"{found:.1e}")
    for name, posterior in POSTERIORS.items():
        same_posterior(name, data, models[0], posterior)


def alone(data):
    """One network without dropout."""
    model = ARGS.out / "gal_cnn-cpu"
    same_posterior("deterministic", data["digits"], model, ("--posterior", "deterministic"))


def same_posterior(name, data, model, posterior):
    cpu, gpu = (score(f"{name}-{run}", data, device, model, *posterior, "--acquisition", "max_entropy",
                      "--write-log-probs") for run, device in (("cpu", "cpu"), ("gpu", ARGS.device)))  # fmt: skip
    largest, mean = difference(probabilities(cpu), probabilities(gpu))
    check(f"posterior {name}: predictions by the same weights, largest difference", largest <= 1e-3,
          f"{largest:.1e} (mean {mean:.1e})")  # fmt: skip


def group():
    """Two runs as one batched model, and one after the other."""
    file = ARGS.out / "group.yaml"
    file.write_text(PIPELINE)
    for size in (1, 2):
        bal("run", file, "--device", ARGS.device, "--group", size, "--data-dir", ARGS.out / "data",
            "--out", ARGS.out / f"group-{size}")  # fmt: skip
    cells = sorted(path.relative_to(ARGS.out / "group-1") for path in (ARGS.out / "group-1").glob("**/round-000/train"))
    found = [apart(*(tensors(ARGS.out / f"group-{size}" / cell) for size in (1, 2))) for cell in cells]
    check(f"{len(cells)} runs of resnet18 as one model and one by one, weights, mean difference over mean size",
          max(found) <= 2e-3 and len(cells) == 2, f"{max(found):.1e}")  # fmt: skip


def repeated(data):
    """Whether a training gives the same bytes again: on a GPU none are promised."""
    flags = ("--network", "gal_cnn")
    first, again = (ARGS.out / "gal_cnn-gpu", train("gal_cnn-gpu-again", data["digits"], ARGS.device, flags, *epochs(), *ALL))
    equal = outputs(first, "train") == outputs(again, "train")
    item(f"gal_cnn: the same training twice: {'equal' if equal else 'different'} bytes (none are promised)")
