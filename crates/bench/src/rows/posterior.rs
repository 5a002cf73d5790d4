//! Posterior samples of one network or ensemble: stage `score` against PyTorch's loop of K full passes, with
//! the same masks.

use std::path::{Path, PathBuf};

use bal_artifact::{Manifest, Place, read_array};
use bal_model::{Compute, Network};
use bal_settings::Checked;
use bal_stream::{Draw, Purpose, member};
use ndarray::{Array1, Array2, Array3, Ix3};
use serde_json::{Value, json};

use crate::Result;
use crate::compare::close;
use crate::context::Context;
use crate::flop::Flop;
use crate::inputs::{write_inputs, write_npy};
use crate::process::{own, peer};
use crate::protocol::{Answer, Request};
use crate::results::{Entry, Fact, Floor, Rate, Row, spread};
use crate::rows::Task;

const DRAW: Draw = Draw::new(0, 0);
/// Allowed differences of probabilities.
const CLOSE_F32: f64 = 1e-4;
const CLOSE_BF16: f64 = 0.05;

/// What is predicted, and by what.
pub(crate) struct Case<'a> {
    /// In words.
    pub(crate) what: String,
    /// Files of its own below this name.
    pub(crate) name: &'a str,
    pub(crate) network: &'a Network,
    /// Weights of all members.
    pub(crate) weights: &'a Path,
    pub(crate) members: usize,
    pub(crate) data: &'a Path,
    pub(crate) ids: &'a [i64],
    /// Posterior samples of each member.
    pub(crate) samples: usize,
    /// Layouts in which PyTorch is measured.
    pub(crate) layouts: &'a [&'a str],
    pub(crate) repetitions: usize,
}

/// Adds both sides of a case in one precision to the row; `bal`'s log-probabilities [N, K, C].
pub(crate) fn measure(context: &Context, case: &Case, precision: &str, row: &mut Row) -> Result<Array3<f32>> {
    let folder = context.scratch("samples").join(case.name);
    let (n, k) = (case.ids.len(), case.members * case.samples);
    let (points, inputs) = (folder.join("points.npy"), folder.join("inputs.npy"));
    write_npy(&points, &Array1::from(case.ids.to_vec()))?;
    write_inputs(&inputs, case.data, case.ids)?;
    let masks = write_masks(case, &folder)?;

    let what = format!("{}, {precision}", case.what);
    let kind = if case.members > 1 { "ensemble_mc_dropout" } else { "mc_dropout" };
    let request = Request::new(context)
        .input("model", case.weights)
        .input("data", case.data)
        .input("pool", &points)
        .input("out", &folder.join(precision))
        .option("posterior", json!({ kind: { "samples": case.samples } }))
        .option("precision", precision);
    let answer = own(Task::Samples, &request)?;
    let own_log_probs = log_probs(&folder.join(precision).join("log_probs.npy"))?;
    let once = answer.values.get("masks").copied().unwrap_or(0.0);
    row.facts.push(Fact {
        what: format!("{what}: of it, once per round (masks)"),
        value: once,
        unit: "s".into(),
    });
    let work = ((n * k) as f64, "points·samples");
    row.entries.push(Entry::own(&what, answer).with_work(work.0, work.1));

    for layout in case.layouts {
        let request =
            peer_request(context, case, (&inputs, &masks), &folder, precision).option("layout", *layout);
        let Some(answer) = peer(context, "mc_dropout.py", &request)? else { continue };
        let (ours, theirs) =
            (own_log_probs.mapv(probability), log_probs(request.path("out"))?.mapv(probability));
        let compared = format!("{}: probabilities, {precision}, layout {layout}", case.name);
        let allowed = if precision == "bf16" { CLOSE_BF16 } else { CLOSE_F32 };
        row.checks.push(close(&compared, &ours, &theirs, allowed)?);
        if let Some(&value) = answer.values.get("tile") {
            let what = format!("{}, {precision}, layout {layout}: minibatch of the peer", case.name);
            row.facts.push(Fact { what, value, unit: "points".to_owned() });
        }
        row.entries.push(Entry::peer(&what, answer).with_work(work.0, work.1));
    }
    let operations = (n * case.members) as f64 * Flop::of(case.network).samples(case.samples);
    let counted = "product FLOP of one pass without dropout, and per sample of what cannot be shared";
    let rate = if precision == "bf16" { Rate::Bf16 } else { Rate::F32 };
    row.floors.push(Floor { case: what, what: format!("{precision} {counted}"), operations, rate });
    Ok(own_log_probs)
}

fn peer_request(
    context: &Context,
    case: &Case,
    (inputs, masks): (&Path, &[PathBuf]),
    folder: &Path,
    precision: &str,
) -> Request {
    let mut request = Request::new(context)
        .input("images", inputs)
        .input("weights", case.weights)
        .input("out", &folder.join(format!("peer-{precision}.npy")))
        .option("network", case.network.architecture.name())
        .option("imagenet_stem", true)
        .option("words", case.network.form.words.unwrap_or(0))
        .option("classes", case.network.classes)
        .option("members", case.members)
        .option("precision", precision);
    for (number, path) in masks.iter().enumerate() {
        request = request.input(&format!("mask_{}", number + 1), path);
    }
    Request { repetitions: context.repetitions.min(case.repetitions), warm_up: false, ..request }
}

fn probability(log_prob: f32) -> f64 {
    f64::from(log_prob).exp()
}

fn log_probs(path: &Path) -> Result<Array3<f32>> {
    Ok(read_array::<f32, Ix3>("predictions", path)?)
}

/// The masks that the stage draws, dropout by dropout, [K, …]: member by member.
fn write_masks(case: &Case, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for step in 0..case.network.steps.len() {
        let Some((p, shape)) = case.network.dropout(step) else { continue };
        let units = shape.iter().product();
        let samples = (0..case.members).flat_map(|network| (0..case.samples).map(move |k| (network, k)));
        let masks: Vec<f32> = samples
            .flat_map(|(network, k)| {
                let draw = DRAW.of_network(network);
                draw.stream(Purpose::McDropout, member(k, step)).dropout_mask(units, p)
            })
            .collect();
        let path = folder.join(format!("mask-{step}.npy"));
        let masks = Array2::from_shape_vec((case.members * case.samples, units), masks);
        write_npy(&path, &masks.expect("one mask per sample"))?;
        paths.push(path);
    }
    Ok(paths)
}

/// `bal`'s side: the stage itself.
pub(crate) fn side(request: &Request) -> Result<Answer> {
    let config = json!({
        "posterior": request.options.get("posterior").unwrap_or(&Value::Null),
        "acquisition": "random",
        "precision": request.word("precision"),
        "write_log_probs": true,
    });
    let config: bal_score::Config = serde_json::from_value(config).expect("a section as pipelines have it");
    let config = Checked::new(config).expect("its values are in their ranges");
    let run = bal_score::Files {
        model: Some(request.path("model").to_path_buf()),
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

/// How many times longer PyTorch takes in each case, in words.
pub(crate) fn in_words(row: &Row, name: impl Fn(&str) -> String) -> String {
    let ratios = row.ratios();
    let of_case = |entry: &Entry| {
        let of_it = ratios.iter().filter(|(other, _)| other.case == entry.case);
        let of_it: Vec<String> = of_it.map(|(_, ratio)| format!("{ratio:.1}×")).collect();
        let innermost =
            of_it.get(1).map(|ratio| format!(" (channels innermost {ratio})")).unwrap_or_default();
        format!("{}: {}{innermost}", name(&entry.case), of_it.first().map_or("alone", String::as_str))
    };
    let all: Vec<String> = row.entries.iter().filter(|entry| entry.own).map(of_case).collect();
    all.join(", ")
}
