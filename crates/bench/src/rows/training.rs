//! One training round: stage `train` against the same network and loop in PyTorch.

use bal_artifact::tables::Metrics;
use bal_artifact::{Manifest, Place, file};
use bal_model::{Architecture, Compute, InputForm, Network};
use bal_settings::Checked;
use bal_stream::{Draw, Purpose, member};
use ndarray::Array1;
use serde_json::{Value, json};
use tch::{Device, Tensor};

use crate::context::Context;
use crate::flop::Flop;
use crate::inputs::{first_ids, label_points, labels, write_inputs, write_npy};
use crate::made::Made;
use crate::process::{own, peer};
use crate::protocol::{Answer, Request, timed};
use crate::results::{Entry, Fact, Floor, Rate, Row, spread};
use crate::rows::{LAYOUTS, Task};
use crate::{Error, Result};

const BATCH_SIZE: usize = 128;
const LEARNING_RATE: f64 = 1e-3;
/// Factor within which the mean final losses must agree: weights, order and masks are drawn differently.
const SIMILAR: f64 = 2.0;

/// A network, and all points of a made data set that it learns.
pub(crate) struct Case {
    network: Architecture,
    points: Made,
    epochs: usize,
}

/// `gal_cnn` on MNIST.
pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let folder = context.scratch("training");
    let ids = first_ids(&inputs.pool, context.sizes.training_labels)?;
    let points = Made {
        data: context.data.clone(),
        ids: folder.join("ids.npy"),
        label: folder.join("label"),
        form: InputForm::numbers(&[1, 28, 28]),
        classes: 10,
    };
    write_npy(&points.ids, &Array1::from(ids))?;
    label_points(context, &points.ids, &points.ids, &points.label)?;
    let mut row = Row::default();
    measure(
        context,
        &Case { network: Architecture::GalCnn, points, epochs: context.sizes.epochs },
        &mut row,
    )?;
    let ratios: Vec<String> = row.ratios().iter().map(|(_, ratio)| format!("{ratio:.2}×")).collect();
    row.headline = ratios.join(", with channels innermost ");
    row.remarks.push(REMARK.to_owned());
    Ok(row)
}

/// Other networks, on made data.
pub(crate) fn row_of_networks(context: &Context) -> Result<Row> {
    let n = context.sizes.training_labels;
    let images = |name, shape: &[usize]| Made::new(context, name, InputForm::numbers(shape), 10, n);
    let colours = || images("colours", &[3, 32, 32]);
    let texts = Made::new(context, "texts", InputForm::texts(100, 10_000), 4, n)?;
    // So many epochs of the usual 50 that each takes some seconds.
    let epochs = |part: usize| context.sizes.epochs.div_ceil(part);
    let case = |network, points, part| Case { network, points, epochs: epochs(part) };
    let cases = [
        case(Architecture::Resnet18 { imagenet_stem: true }, colours()?, 25),
        case(Architecture::CifarCnn, colours()?, 8),
        case(Architecture::BatchbaldCnn, images("digits", &[1, 28, 28])?, 3),
        case(Architecture::TextCnn, texts, 8),
    ];
    let mut row = Row::default();
    for case in &cases {
        measure(context, case, &mut row)?;
    }
    row.headline = headline(&row);
    row.remarks.push(format!("{REMARK} Images and texts are made: noise with a sign of the class in it."));
    Ok(row)
}

const REMARK: &str = "bal's time is the part `fit` of the stage's manifest. It draws all masks on the host from named streams, so that runs can be \
     repeated to the last bit; how long that takes is measured by drawing those of all steps once more, alone. Each repetition has another \
     seed on either side.";

/// Ratios of each network, by layout.
fn headline(row: &Row) -> String {
    let ratios = row.ratios();
    let of_case = |entry: &Entry| {
        let ratios = ratios.iter().filter(|(other, _)| other.case == entry.case);
        let ratios: Vec<String> = ratios.map(|(_, ratio)| format!("{ratio:.2}×")).collect();
        let network = entry.case.split(',').next().unwrap_or_default();
        format!("{network} {}", ratios.join(" / "))
    };
    row.entries.iter().filter(|entry| entry.own).map(of_case).collect::<Vec<_>>().join(", ")
}

/// Adds both sides of a case to the row.
fn measure(context: &Context, case: &Case, row: &mut Row) -> Result<()> {
    let Case { network: architecture, points, epochs } = case;
    let ids = first_ids(&points.ids, usize::MAX)?;
    let folder = context.scratch("training");
    let (inputs, targets) = (folder.join("inputs.npy"), folder.join("labels.npy"));
    write_inputs(&inputs, &points.data, &ids)?;
    write_npy(&targets, &labels(&points.data, &ids)?)?;
    let network = Network::new(*architecture, &points.form, points.classes)?;
    let n = ids.len();
    let name = architecture.name();
    let what = format!("{name}, {n} labels, {epochs} epochs, minibatches of {BATCH_SIZE}");
    let work = ((n * epochs) as f64, "points");

    let request = Request::new(context)
        .input("data", &points.data)
        .input("labelled", &points.ids)
        .input("label", &points.label)
        .input("out", &folder.join("train"))
        .option("network", json!(architecture))
        .option("points", n)
        .option("epochs", *epochs);
    let answer = own(Task::Training, &request)?;
    let own_loss = answer.values.get("final_loss").copied().unwrap_or(f64::INFINITY);
    let masks = answer.values.get("masks").copied().unwrap_or(0.0) / spread(&answer.seconds).0;
    row.facts.push(Fact {
        what: format!("{name}: drawing the masks on the host, of the fit"),
        value: 100.0 * masks,
        unit: "%".to_owned(),
    });
    row.entries.push(Entry::own(&what, answer).with_work(work.0, work.1));

    // Layouts are those of images.
    let layouts = if points.form.shape.len() == 3 { &LAYOUTS[..] } else { &LAYOUTS[..1] };
    for &layout in layouts {
        let request = Request::new(context)
            .input("images", &inputs)
            .input("labels", &targets)
            .option("network", name)
            .option("imagenet_stem", true)
            .option("words", points.form.words.unwrap_or(0))
            .option("layout", layout)
            .option("epochs", *epochs)
            .option("batch_size", BATCH_SIZE)
            .option("learning_rate", LEARNING_RATE)
            .option("classes", points.classes);
        let Some(answer) = peer(context, "training.py", &request)? else { continue };
        let loss = answer.values.get("final_loss").copied().unwrap_or(f64::NAN);
        row.checks.push(similar(&format!("{name}, layout {layout}"), own_loss, loss)?);
        row.entries.push(Entry::peer(&what, answer).with_work(work.0, work.1));
    }
    row.floors.push(Floor {
        case: what,
        what: "f32 FLOP, forward and backward".to_owned(),
        operations: work.0 * Flop::of(&network).training(),
        rate: Rate::F32,
    });
    Ok(())
}

/// Whether both sides learnt about as much.
fn similar(what: &str, own: f64, theirs: f64) -> Result<String> {
    let found = format!("{what}: mean loss of the last epoch {own:.4}, PyTorch {theirs:.4}");
    if (theirs / SIMILAR..=theirs * SIMILAR).contains(&own) {
        return Ok(format!("{found}, allowed a factor of {SIMILAR}"));
    }
    let expected = format!("within a factor of {SIMILAR}");
    Err(Error::Differ { what: "final training losses".to_owned(), expected, found })
}

/// `bal`'s side: the stage itself, whose manifest tells how long the fit took.
pub(crate) fn side(request: &Request) -> Result<Answer> {
    let config = json!({
        "network": request.options.get("network").unwrap_or(&Value::Null),
        "epochs": request.count("epochs"),
        "batch_size": BATCH_SIZE,
        "optimizer": { "adam": { "learning_rate": LEARNING_RATE } },
        "weight_decay": { "fixed": 0.0 },
        "evaluate": { "samples": 1 },
    });
    let config: bal_train::Config = serde_json::from_value(config).expect("a section as pipelines have it");
    let config = Checked::new(config).expect("its values are in their ranges");
    let out = request.path("out").to_path_buf();
    let compute = Compute { device: "cpu".to_owned(), threads: request.threads };
    let mut losses = Vec::new();
    let seconds = request.measure(|repetition| {
        let run = bal_train::Files {
            data: request.path("data").to_path_buf(),
            validation: request.path("labelled").to_path_buf(),
            label: request.path("label").to_path_buf(),
            first_round: None,
            pool: None,
            place: Place::new(out.clone(), None, repetition as u64, 0),
        };
        bal_train::run(&config, &[run], &compute)?;
        let metrics = Metrics::read(&out.join(file::METRICS))?;
        losses.push(metrics.train_loss.unwrap_or(f64::INFINITY));
        Ok(Manifest::read(&out, "train")?.run.timings.get("fit").copied().unwrap_or(f64::NAN))
    })?;
    let last = &losses[losses.len() - seconds.len()..];
    let final_loss = last.iter().sum::<f64>() / last.len() as f64;
    let (network, _) = Network::load(&out.join(file::MODEL), Device::Cpu)?;
    let masks = seconds_of_masks(&network, request.count("points"), request.count("epochs"));
    let values = [("final_loss".to_owned(), final_loss), ("masks".to_owned(), masks)].into();
    Ok(Answer { seconds, values, ..Answer::default() })
}

/// Seconds of drawing the masks of a whole fit, as the stage does.
fn seconds_of_masks(network: &Network, points: usize, epochs: usize) -> f64 {
    let steps = points.div_ceil(BATCH_SIZE);
    let draw_step = |step: usize| {
        let points = BATCH_SIZE.min(points - (step % steps) * BATCH_SIZE);
        for (layer, (p, shape)) in
            (0..network.steps.len()).filter_map(|layer| Some((layer, network.dropout(layer)?)))
        {
            let numbers = points * shape.iter().product::<usize>();
            let mut stream = Draw::new(0, 0).stream(Purpose::TrainingDropout, member(step, layer));
            drop(Tensor::from_slice(&stream.dropout_mask(numbers, p)));
        }
    };
    timed(|| (0..steps * epochs).for_each(draw_step)).0
}
