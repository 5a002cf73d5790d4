//! One training round: stage `train` against the same network and loop in PyTorch.

use bal_artifact::tables::Metrics;
use bal_artifact::{Manifest, Place, file};
use bal_model::{Architecture, Compute, InputForm, Network};
use bal_settings::Checked;
use ndarray::Array1;
use serde_json::json;

use crate::context::Context;
use crate::flop::Flop;
use crate::inputs::{first_ids, images, label_points, labels, write_npy};
use crate::process::{own, peer};
use crate::protocol::{Answer, Request};
use crate::results::{Entry, Floor, Rate, Row};
use crate::rows::{LAYOUTS, Task};
use crate::{Error, Result};

const BATCH_SIZE: usize = 128;
const LEARNING_RATE: f64 = 1e-3;
/// Factor within which the mean final losses must agree: weights, order and masks are drawn differently.
const SIMILAR: f64 = 2.0;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let (n, epochs) = (context.sizes.training_labels, context.sizes.epochs);
    let folder = context.scratch("training");
    let ids = first_ids(&inputs.pool, n)?;
    let (labelled, pixels, targets) =
        (folder.join("ids.npy"), folder.join("images.npy"), folder.join("labels.npy"));
    write_npy(&labelled, &Array1::from(ids.clone()))?;
    write_npy(&pixels, &images(&context.data, &ids)?)?;
    let label = folder.join("label");
    label_points(context, &labelled, &labelled, &label)?;
    write_npy(&targets, &labels(&context.data, &ids)?)?;

    let case = format!("{n} labels, {epochs} epochs, minibatches of {BATCH_SIZE}");
    let work = ((n * epochs) as f64, "images");
    let request = Request::new(context)
        .input("data", &context.data)
        .input("labelled", &labelled)
        .input("label", &label)
        .input("out", &folder.join("train"))
        .option("epochs", epochs);
    let answer = own(Task::Training, &request)?;
    let own_loss = answer.values.get("final_loss").copied().unwrap_or(f64::INFINITY);
    let mut row = Row::default();
    row.entries.push(Entry::own(&case, answer).with_work(work.0, work.1));

    for layout in LAYOUTS {
        let request = Request::new(context)
            .input("images", &pixels)
            .input("labels", &targets)
            .option("layout", layout)
            .option("epochs", epochs)
            .option("batch_size", BATCH_SIZE)
            .option("learning_rate", LEARNING_RATE)
            .option("classes", 10);
        let Some(answer) = peer(context, "training.py", &request)? else { continue };
        let loss = answer.values.get("final_loss").copied().unwrap_or(f64::NAN);
        let found =
            format!("mean loss of the last epoch {own_loss:.4}, PyTorch with layout {layout} {loss:.4}");
        if !(loss / SIMILAR..=loss * SIMILAR).contains(&own_loss) {
            let expected = format!("within a factor of {SIMILAR}");
            return Err(Error::Differ { what: "final training losses".to_owned(), expected, found });
        }
        row.checks.push(format!("{found}, allowed a factor of {SIMILAR}"));
        row.entries.push(Entry::peer(&case, answer).with_work(work.0, work.1));
    }
    let flop = Flop::of(&Network::new(Architecture::GalCnn, &InputForm::numbers(&[1, 28, 28]), 10)?);
    let (what, operations) = ("f32 FLOP, forward and backward".to_owned(), work.0 * flop.training());
    row.floors.push(Floor { case, what, operations, rate: Rate::F32 });
    let ratios: Vec<String> = row.ratios().iter().map(|(_, ratio)| format!("{ratio:.2}×")).collect();
    row.headline = ratios.join(", with channels innermost ");
    row.remarks.push(
        "bal's time is the part `fit` of the stage's manifest. It draws all masks on the host from named streams, so that runs can be \
         repeated to the last bit. Each repetition has another seed on either side."
            .to_owned(),
    );
    Ok(row)
}

/// `bal`'s side: the stage itself, whose manifest tells how long the fit took.
pub(crate) fn side(request: &Request) -> Result<Answer> {
    let config = json!({
        "network": "gal_cnn",
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
            place: Place::new(out.clone(), None, repetition as u64, 0),
        };
        bal_train::run(&config, &[run], &compute)?;
        let metrics = Metrics::read(&out.join(file::METRICS))?;
        losses.push(metrics.train_loss.unwrap_or(f64::INFINITY));
        Ok(Manifest::read(&out, "train")?.run.timings.get("fit").copied().unwrap_or(f64::NAN))
    })?;
    let last = &losses[losses.len() - seconds.len()..];
    let values = [("final_loss".to_owned(), last.iter().sum::<f64>() / last.len() as f64)].into();
    Ok(Answer { seconds, values, ..Answer::default() })
}
