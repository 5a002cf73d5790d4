//! MC-dropout predictions: stage `score` against PyTorch's loop of K full passes, with the same masks.

use std::path::{Path, PathBuf};

use bal_acquisition::{AcquisitionFunction, Predictions};
use bal_artifact::{Manifest, Place, read_array};
use bal_model::{Architecture, Compute, InputForm, Network};
use bal_settings::Checked;
use bal_stream::{Draw, Purpose, member};
use ndarray::{Array1, Array2, Array3, Ix3};
use serde_json::{Value, json};

use crate::Result;
use crate::compare::{close, rank_correlation};
use crate::context::Context;
use crate::flop::Flop;
use crate::inputs::{first_ids, images, write_npy};
use crate::process::{own, peer};
use crate::protocol::{Answer, Request};
use crate::results::{Entry, Fact, Floor, Rate, Row, spread};
use crate::rows::{LAYOUTS, Task};

const DRAW: Draw = Draw::new(0, 0);
/// Allowed differences of probabilities.
const CLOSE_F32: f64 = 1e-4;
const CLOSE_BF16: f64 = 0.05;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let (n, k) = (context.sizes.images, context.sizes.samples);
    let folder = context.scratch("samples");
    let ids = first_ids(&inputs.pool, n)?;
    let (points, pixels) = (folder.join("points.npy"), folder.join("images.npy"));
    write_npy(&points, &Array1::from(ids.clone()))?;
    write_npy(&pixels, &images(&context.data, &ids)?)?;
    let network = Network::new(Architecture::GalCnn, &InputForm::numbers(&[1, 28, 28]), 10)?;
    let masks = write_masks(&network, k, &folder)?;

    let mut row = Row::default();
    let mut f32_scores = Vec::new();
    for (precision, allowed) in [("f32", CLOSE_F32), ("bf16", CLOSE_BF16)] {
        let case = format!("{n} images, {k} posterior samples, {precision}");
        let request = Request::new(context)
            .input("model", &inputs.weights)
            .input("data", &context.data)
            .input("pool", &points)
            .input("out", &folder.join(precision))
            .option("samples", k)
            .option("precision", precision);
        let answer = own(Task::Samples, &request)?;
        let own_log_probs = log_probs(&folder.join(precision).join("log_probs.npy"))?;
        let scores = bald(&own_log_probs)?;
        if precision == "f32" {
            f32_scores.clone_from(&scores);
        } else {
            let value = rank_correlation(&f32_scores, &scores);
            let what = format!("rank correlation of bald in {precision} with f32");
            row.facts.push(Fact { what, value, unit: String::new() });
        }
        let once = answer.values.get("masks").copied().unwrap_or(0.0);
        row.facts.push(Fact {
            what: format!("{precision}: of it, once per round (masks)"),
            value: once,
            unit: "s".to_owned(),
        });
        let work = ((n * k) as f64, "images·samples");
        row.entries.push(Entry::own(&case, answer).with_work(work.0, work.1));
        for layout in LAYOUTS {
            let request = Request::new(context)
                .input("images", &pixels)
                .input("weights", &inputs.weights)
                .input("mask_features", &masks[0])
                .input("mask_hidden", &masks[1])
                .input("out", &folder.join(format!("peer-{precision}.npy")))
                .option("layout", layout)
                .option("precision", precision);
            let request = Request { repetitions: context.repetitions.min(3), warm_up: false, ..request };
            let Some(answer) = peer(context, "mc_dropout.py", &request)? else { continue };
            let (ours, theirs) =
                (own_log_probs.mapv(probability), log_probs(request.path("out"))?.mapv(probability));
            let what = format!("probabilities, {precision}, layout {layout}");
            row.checks.push(close(&what, &ours, &theirs, allowed)?);
            if let Some(&value) = answer.values.get("tile") {
                let what = format!("{precision}, layout {layout}: minibatch of the peer");
                row.facts.push(Fact { what, value, unit: "images".to_owned() });
            }
            row.entries.push(Entry::peer(&case, answer).with_work(work.0, work.1));
        }
        row.floors.push(Floor {
            case,
            what: format!(
                "{precision} product FLOP of one pass without dropout, and per sample of what it drops"
            ),
            operations: n as f64 * Flop::of(&network).samples(k),
            rate: if precision == "bf16" { Rate::Bf16 } else { Rate::F32 },
        });
    }
    // The usual loop comes first, then the same with channels innermost in memory.
    let ratios: Vec<String> = row
        .ratios()
        .chunks_exact(LAYOUTS.len())
        .map(|pair| {
            format!(
                "{}: {:.1}× (channels innermost {:.1}×)",
                last_word(&pair[0].0.case),
                pair[0].1,
                pair[1].1
            )
        })
        .collect();
    row.headline = ratios.join(", ");
    row.remarks.push(
        "bal's time is that of drawing and folding the masks and of the loop over tiles, as the stage's manifest has it. The peer is \
         given the masks, and of five minibatches that which is fastest on this machine; it runs as it is usually written, and with channels innermost in \
         memory, as bal does. That bal's samples equal a loop over full \
         passes with the same masks is also a test of crates/model."
            .to_owned(),
    );
    Ok(row)
}

fn last_word(case: &str) -> &str {
    case.rsplit(' ').next().unwrap_or(case)
}

fn probability(log_prob: f32) -> f64 {
    f64::from(log_prob).exp()
}

fn log_probs(path: &Path) -> Result<Array3<f32>> {
    Ok(read_array::<f32, Ix3>("predictions", path)?)
}

fn bald(log_probs: &Array3<f32>) -> Result<Vec<f64>> {
    let scores = Predictions::from_log_probs(log_probs.view())?.score(&[AcquisitionFunction::Bald])?;
    Ok(scores.into_raw_vec_and_offset().0)
}

/// The stage's section of a pipeline.
fn config(samples: usize, precision: &str) -> Value {
    json!({
        "posterior": { "mc_dropout": { "samples": samples } },
        "acquisition": "random",
        "precision": precision,
        "write_log_probs": true,
    })
}

/// The masks that the stage draws, layer by layer, [K, …].
fn write_masks(network: &Network, samples: usize, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for layer in 0..network.steps.len() {
        let Some((p, shape)) = network.dropout(layer) else { continue };
        let units = shape.iter().product();
        let masks: Vec<f32> = (0..samples)
            .flat_map(|k| DRAW.stream(Purpose::McDropout, member(k, layer)).dropout_mask(units, p))
            .collect();
        let path = folder.join(format!("mask-{layer}.npy"));
        let masks = Array2::from_shape_vec((samples, units), masks).expect("one mask per sample");
        write_npy(&path, &masks)?;
        paths.push(path);
    }
    Ok(paths)
}

/// `bal`'s side: the stage itself.
pub(crate) fn side(request: &Request) -> Result<Answer> {
    let config = config(request.count("samples"), request.word("precision"));
    let config: bal_score::Config = serde_json::from_value(config).expect("a section as pipelines have it");
    let config = Checked::new(config).expect("its values are in their ranges");
    let run = bal_score::Files {
        model: request.path("model").to_path_buf(),
        data: request.path("data").to_path_buf(),
        pool: request.path("pool").to_path_buf(),
        exclude: None,
        place: Place::new(request.path("out").to_path_buf(), None, DRAW.seed, DRAW.round),
    };
    let compute = Compute { device: "cpu".to_owned(), threads: request.threads };
    let mut masks = Vec::new();
    let seconds = request.measure(|_| {
        bal_score::run(&config, &run, &compute)?;
        let timings = Manifest::read(&run.place.out, "score")?.run.timings;
        let lap = |name: &str| timings.get(name).copied().unwrap_or(0.0);
        masks.push(lap("masks"));
        Ok(lap("masks") + lap("sample"))
    })?;
    let values = [("masks".to_owned(), spread(&masks[masks.len() - seconds.len()..]).0)].into();
    Ok(Answer { seconds, values, ..Answer::default() })
}
