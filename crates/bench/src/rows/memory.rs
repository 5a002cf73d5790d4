//! Peak memory of each stage, each in a process of its own.

use std::path::Path;

use bal_artifact::{DatasetDetails, Manifest, Staging, file, read_array};
use ndarray::{Array1, ArrayView, Axis, Dimension, Ix1, Ix4, RemoveAxis, concatenate};

use crate::Result;
use crate::context::Context;
use crate::inputs::{Inputs, arguments, prepare_split, score_pool, train_network, write_npy};
use crate::process;
use crate::results::{Fact, Row};

pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let folder = context.scratch("memory");
    let mut row = Row::default();
    let mut tell = |what: &str, folder: &Path, stage: &str| -> Result<f64> {
        let run = Manifest::read(folder, stage)?.run;
        let value = run.peak_memory_bytes as f64 / 1e6;
        row.facts.push(Fact { what: format!("{what}, {:.1} s", run.seconds), value, unit: "MB".to_owned() });
        Ok(value)
    };
    let out = folder.join("split");
    prepare_split(context, &out)?;
    tell("prepare split", &out, "split")?;

    let out = folder.join("train");
    train_network(context, &inputs, &out)?;
    let labels = read_array::<i64, Ix1>("ids", &inputs.label.join(file::LABELLED))?.len();
    tell(&format!("train, {labels} labels"), &out, "train")?;

    let pool = read_array::<i64, Ix1>("ids", &inputs.pool)?.len();
    let samples = context.sizes.samples;
    let kept = folder.join("kept");
    score_pool(context, &inputs, &kept, &["--write-log-probs", "--acquisition", "bald"])?;
    tell(&format!("score, {pool} points, {samples} samples, predictions kept"), &kept, "score")?;

    tracing::info!("scoring a pool of {} copies of the training set", context.sizes.repeats);
    let big = repeated(context, &folder.join("big"))?;
    let out = folder.join("score");
    let large = Context { data: big.0, ..context.clone() };
    score_pool(
        &large,
        &Inputs { pool: big.1, ..inputs.clone() },
        &out,
        &["--acquisition", "bald,variation_ratios"],
    )?;
    let peak =
        tell(&format!("score, {} points, {samples} samples, predictions not kept", big.2), &out, "score")?;

    for (method, batch) in [
        ("top_k", context.sizes.batch),
        ("k_bald", context.sizes.large_batch),
        ("batch_bald", context.sizes.batch),
    ] {
        let out = folder.join(method);
        select(context, &inputs, method, batch, &out)?;
        tell(&format!("select {method}, {pool} points, batch {batch}"), &out, "select")?;
    }
    row.headline = format!("score of {} points: {peak:.0} MB", big.2);
    row.remarks.push(
        "High-water mark of resident memory as the manifests have it. It counts pages of files that are only viewed (`select` maps the \
         predictions), which the system takes back when memory is short."
            .to_owned(),
    );
    Ok(row)
}

fn select(context: &Context, inputs: &Inputs, method: &str, batch: usize, out: &Path) -> Result<()> {
    let mut words = arguments(&["select", "--method", method, "--batch", &batch.to_string()]);
    if method == "top_k" {
        let scores = inputs.log_probs.with_file_name("scores.parquet");
        words.extend(["--scores".into(), scores.into(), "--column".into(), "bald".into()]);
    } else {
        words.extend(["--log-probs".into(), inputs.log_probs.clone().into()]);
    }
    words.extend(["--threads".into(), context.threads.to_string().into(), "--out".into(), out.into()]);
    process::stage(&words)
}

/// A data set of several copies of the training set; its folder, the ids of all its points and their number.
fn repeated(context: &Context, folder: &Path) -> Result<(std::path::PathBuf, std::path::PathBuf, usize)> {
    let (data, ids) = (folder.join("data"), folder.join("pool.npy"));
    let read = |name: &'static str| context.data.join(format!("{name}.npy"));
    let inputs = read_array::<u8, Ix4>("train_inputs", &read("train_inputs"))?;
    let labels = read_array::<i64, Ix1>("train_labels", &read("train_labels"))?;
    let n = context.sizes.repeats * labels.len();
    if !data.join("dataset.json").is_file() {
        let mut staging = Staging::new(&data, "dataset", &[])?;
        staging.array("train_inputs", &copies(inputs.view(), context.sizes.repeats))?;
        staging.array("train_labels", &copies(labels.view(), context.sizes.repeats))?;
        staging.array("test_inputs", &inputs)?;
        staging.array("test_labels", &labels)?;
        let details = DatasetDetails::read(&context.data)?;
        let mut manifest = Manifest::new(
            "dataset",
            1,
            serde_json::json!({ "copies_of": details.name }),
            bal_artifact::Inputs::new(&data),
        );
        manifest.details = serde_json::to_value(details).expect("strings, numbers and lists are always JSON");
        staging.publish(manifest)?;
    }
    write_npy(&ids, &Array1::from_iter(0..n as i64))?;
    Ok((data, ids, n))
}

fn copies<T: Clone, D: Dimension + RemoveAxis>(
    array: ArrayView<'_, T, D>,
    times: usize,
) -> ndarray::Array<T, D> {
    let views = vec![array; times];
    concatenate(Axis(0), &views).expect("copies have the same shape")
}
