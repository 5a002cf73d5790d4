//! Scores of a pool that is in memory: one function at a time, as packages offer them, and all in one pass.

use bal_acquisition::{AcquisitionFunction, Predictions};
use bal_artifact::{MappedArray, read_array};
use ndarray::{Array1, Ix1, Ix3};

use crate::Result;
use crate::compare::close;
use crate::context::Context;
use crate::inputs::write_npy;
use crate::process::{own, peer};
use crate::protocol::{Answer, Request, timed};
use crate::results::{Entry, Floor, Rate, Row};
use crate::rows::{Task, on_threads};

/// Functions of a row and the packages that offer them.
const FUNCTIONS: [(&str, &[&str]); 8] = [
    ("max_entropy", &["numpy", "baal", "scikit-activeml"]),
    ("bald", &["numpy", "baal", "scikit-activeml"]),
    ("variation_ratios", &["numpy", "scikit-activeml"]),
    ("least_confidence", &["numpy", "baal", "scikit-activeml"]),
    ("mean_std", &["numpy"]),
    ("margin", &["numpy", "baal", "scikit-activeml"]),
    ("predictive_variance", &["numpy", "baal"]),
    ("expected_entropy", &["numpy"]),
];
/// Allowed difference of scores: the peers sum in f32.
const CLOSE: f64 = 1e-4;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let folder = context.scratch("scores");
    let (N, K, C) = MappedArray::<f32, Ix3>::open("predictions", &inputs.probs)?.view().dim();
    let numbers = (N * K * C) as f64;
    let mut row = Row::default();
    let own_request = |functions: &str, form: &str, path, out: &str| {
        let request = Request::new(context).input("predictions", path).input("out", &folder.join(out));
        request.option("functions", functions).option("form", form)
    };
    for (function, packages) in FUNCTIONS {
        let case = format!("{function} of [{N}, {K}, {C}]");
        let request = own_request(function, "probs", &inputs.probs, "bal.npy");
        let answer = own(Task::Scores, &request)?;
        let ours = read_array::<f64, Ix1>("scores", request.path("out"))?;
        row.entries.push(Entry::own(&case, answer));
        let has_logarithms = ["bald", "expected_entropy"].contains(&function);
        row.floors.push(if has_logarithms { read_and_log(&case, numbers) } else { read(&case, numbers) });
        for package in packages {
            let request = Request::new(context)
                .input("probs", &inputs.probs)
                .input("out", &folder.join(format!("{package}.npy")))
                .option("package", *package)
                .option("function", function);
            let request = Request { repetitions: context.repetitions.min(3), ..request };
            if let Some(answer) = peer(context, "scores.py", &request)? {
                let theirs = read_array::<f64, Ix1>("scores", request.path("out"))?;
                row.checks.push(close(&format!("{function}, {package}"), &ours, &theirs, CLOSE)?);
                row.entries.push(Entry::peer(&case, answer));
            }
        }
    }
    let all: Vec<&str> = FUNCTIONS.iter().map(|(function, _)| *function).collect();
    for (form, path, words) in [
        ("probs", &inputs.probs, "of probabilities"),
        ("log_probs", &inputs.log_probs, "of log-probabilities"),
    ] {
        let case = format!("all eight in one pass, {words} [{N}, {K}, {C}]");
        let answer = own(Task::Scores, &own_request(&all.join(","), form, path, "all.npy"))?;
        row.entries.push(Entry::own(&case, answer));
        row.floors.push(read_and_log(&case, numbers));
    }
    let ratios = row.ratios();
    let least = ratios.iter().map(|(_, ratio)| *ratio).fold(f64::INFINITY, f64::min);
    let bald: Vec<String> = ratios
        .iter()
        .filter(|(entry, _)| entry.case.starts_with("bald "))
        .map(|(entry, ratio)| {
            format!("{ratio:.1}× {}", entry.answer.version.split(' ').next().unwrap_or_default())
        })
        .collect();
    row.headline = if ratios.is_empty() {
        String::new()
    } else {
        format!("bald {}; all functions ≥ {least:.1}×", bald.join(", "))
    };
    row.remarks.push(
        "numpy and what is built on it use one thread for these operations, whatever is offered. Each package gets the predictions in \
         the axis order it wants; bringing them into it is not timed. bal also checks every row and sums in f64."
            .to_owned(),
    );
    Ok(row)
}

/// The floor of everything that looks at predictions.
/// Of scores that need no logarithm of every number.
fn read(case: &str, numbers: f64) -> Floor {
    let size = size_of::<f32>() as f64;
    Floor {
        case: case.to_owned(),
        what: "B read once".to_owned(),
        operations: size * numbers,
        rate: Rate::Read,
    }
}

fn read_and_log(case: &str, numbers: f64) -> Floor {
    let what = "numbers read once, one logarithm each".to_owned();
    Floor { case: case.to_owned(), what, operations: numbers, rate: Rate::ReadAndLog }
}

/// `bal`'s side.
pub(crate) fn side(request: &Request) -> Result<Answer> {
    let values_N_K_C = read_array::<f32, Ix3>("predictions", request.path("predictions"))?;
    let predictions = match request.word("form") {
        "log_probs" => Predictions::from_log_probs(values_N_K_C.view())?,
        _ => Predictions::from_probs(values_N_K_C.view())?,
    };
    let functions: Vec<AcquisitionFunction> = request
        .word("functions")
        .split(',')
        .map(|name| AcquisitionFunction::parse(name).expect("names of this file"))
        .collect();
    let mut first_N = Array1::default(0);
    let seconds = on_threads(request, || {
        request.measure(|_| {
            let (seconds, scores_N_F) = timed(|| predictions.score(&functions));
            first_N = scores_N_F?.column(0).to_owned();
            Ok(seconds)
        })
    })??;
    write_npy(request.path("out"), &first_N)?;
    Ok(Answer { seconds, ..Answer::default() })
}
