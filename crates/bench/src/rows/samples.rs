//! MC-dropout predictions of `gal_cnn` on MNIST, in both precisions.

use bal_acquisition::{AcquisitionFunction, Predictions};
use bal_model::{Architecture, InputForm, Network};
use ndarray::Array3;

use crate::Result;
use crate::compare::rank_correlation;
use crate::context::Context;
use crate::inputs::first_ids;
use crate::results::{Fact, Row};
use crate::rows::LAYOUTS;
use crate::rows::posterior::{Case, in_words, measure};

pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let (n, k) = (context.sizes.images, context.sizes.samples);
    let network = Network::new(Architecture::GalCnn, &InputForm::numbers(&[1, 28, 28]), 10)?;
    let case = Case {
        what: format!("{n} images, {k} posterior samples"),
        name: "gal_cnn",
        network: &network,
        weights: &inputs.weights,
        members: 1,
        data: &context.data,
        ids: &first_ids(&inputs.pool, n)?,
        samples: k,
        layouts: &LAYOUTS,
        repetitions: 3,
    };
    let mut row = Row::default();
    let f32_scores = bald(&measure(context, &case, "f32", &mut row)?)?;
    let bf16_scores = bald(&measure(context, &case, "bf16", &mut row)?)?;
    row.facts.push(Fact {
        what: "rank correlation of bald in bf16 with f32".to_owned(),
        value: rank_correlation(&f32_scores, &bf16_scores),
        unit: String::new(),
    });
    row.headline = in_words(&row, |case| case.rsplit(' ').next().unwrap_or(case).to_owned());
    row.remarks.push(REMARK.to_owned());
    Ok(row)
}

const REMARK: &str = "bal's time is that of drawing and folding the masks and of the loop over tiles, as the stage's manifest has it. The peer is \
     given the masks, and of five minibatches that which is fastest on this machine; it runs as it is usually written, and with channels \
     innermost in memory, as bal does. That bal's samples equal a loop over full passes with the same masks is also a test of crates/model.";

fn bald(log_probs: &Array3<f32>) -> Result<Vec<f64>> {
    let scores = Predictions::from_log_probs(log_probs.view())?.score(&[AcquisitionFunction::Bald])?;
    Ok(scores.into_raw_vec_and_offset().0)
}
