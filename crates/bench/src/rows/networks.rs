//! MC-dropout predictions of other networks and of an ensemble, on made images.

use std::path::Path;

use bal_model::{Architecture, InputForm, Network};

use crate::Result;
use crate::context::Context;
use crate::inputs::{arguments, first_ids};
use crate::made::Made;
use crate::process;
use crate::results::Row;
use crate::rows::LAYOUTS;
use crate::rows::posterior::{Case, in_words, measure};

/// Members of the ensemble: its posterior samples are as many as those of a network alone.
const MEMBERS: usize = 5;

/// A network and how much of [`crate::context::Sizes::images`] it predicts: full passes take some seconds.
struct Kind {
    name: &'static str,
    network: Architecture,
    shape: [usize; 3],
    members: usize,
    part: usize,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "resnet18",
        network: Architecture::Resnet18 { imagenet_stem: true },
        shape: [3, 32, 32],
        members: 1,
        part: 20,
    },
    Kind { name: "cifar_cnn", network: Architecture::CifarCnn, shape: [3, 32, 32], members: 1, part: 10 },
    Kind {
        name: "batchbald_cnn",
        network: Architecture::BatchbaldCnn,
        shape: [1, 28, 28],
        members: 1,
        part: 2,
    },
    Kind { name: "ensemble", network: Architecture::GalCnn, shape: [1, 28, 28], members: MEMBERS, part: 2 },
];

pub(crate) fn row(context: &Context) -> Result<Row> {
    let mut row = Row::default();
    for kind in &KINDS {
        add(context, kind, &mut row)?;
    }
    row.headline = in_words(&row, |case| case.split(',').next().unwrap_or(case).to_owned());
    row.remarks.push(REMARK.to_owned());
    Ok(row)
}

const REMARK: &str = "A part of a pool; the time of both sides is linear in its points. Images are made: noise with a sign of the class in it. \
     Networks are trained for one epoch. In resnet18 nothing but the last layer is behind dropout. In cifar_cnn every convolution but the \
     first is, and single elements are dropped, which makes no convolution smaller: K passes cannot share more than the first one. \
     The ensemble is ensemble_mc_dropout of gal_cnn; PyTorch loops over members and masks.";

fn add(context: &Context, kind: &Kind, row: &mut Row) -> Result<()> {
    let n = (context.sizes.images / kind.part).max(20);
    let samples = context.sizes.samples / kind.members;
    let form = InputForm::numbers(&kind.shape);
    let network = Network::new(kind.network, &form, 10)?;
    let made = Made::new(context, kind.name, form, 10, n)?;
    let model = context.scratch("samples").join(format!("model-{}", kind.name));
    train(context, kind, &made, &model)?;
    let of = if kind.members > 1 { format!(" of each of {} networks", kind.members) } else { String::new() };
    let case = Case {
        what: format!("{}, {n} images, {samples} posterior samples{of}", kind.name),
        name: kind.name,
        network: &network,
        weights: &model.join(bal_artifact::file::MODEL),
        members: kind.members,
        data: &made.data,
        ids: &first_ids(&made.ids, n)?,
        samples,
        layouts: &LAYOUTS,
        repetitions: 2,
    };
    measure(context, &case, "f32", row).map(drop)
}

/// A network that has learnt something, for running means and the like.
fn train(context: &Context, kind: &Kind, made: &Made, out: &Path) -> Result<()> {
    let mut words = arguments(&["train", "--device", "cpu", "--epochs", "1", "--evaluate.samples", "1"]);
    words.extend(arguments(&["--network", kind.network.name(), "--members", &kind.members.to_string()]));
    if matches!(kind.network, Architecture::Resnet18 { imagenet_stem: true }) {
        words.extend(arguments(&["--network.resnet18.imagenet-stem"]));
    }
    words.extend(["--data".into(), made.data.clone().into(), "--label".into(), made.label.clone().into()]);
    words.extend(["--validation".into(), made.ids.clone().into(), "--out".into(), out.into()]);
    words.extend(arguments(&["--batch-size", "32", "--threads", &context.threads.to_string()]));
    process::stage(&words)
}
