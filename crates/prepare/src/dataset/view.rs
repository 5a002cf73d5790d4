//! Views of a data set: some of its classes, some of its points, copies of them, noise.
//!
//! The inputs stay where they are: the view shares their file with the data set beside it. Its labels say
//! which points belong to it.

use std::fmt::Write as _;
use std::path::Path;

use bal_artifact::{
    Clock, DatasetDetails, DatasetKind, Draft, Element, Inputs, Manifest, MappedArray, OUTSIDE, Place, View,
    file, read_labels, to_json,
};
use bal_settings::{Checked, Invalid};
use bal_stream::Purpose;
use ndarray::{Array1, Axis, Dimension, Ix2, Ix4, RemoveAxis};

use super::{Config, STAGE, run, turn};
use crate::Error;

impl Config {
    /// Whether it is another data set, seen in another way.
    pub fn is_view(&self) -> bool {
        *self != self.stored()
    }

    /// The data set whose inputs are seen.
    pub(super) fn stored(&self) -> Self {
        Self { labels_start_at: self.labels_start_at, ..Self::named(&self.dataset) }
    }

    /// A name that says it all, which is also the name of its folder in a pipeline:
    /// `mnist-classes-3-8-repeat-3-noise-0.1`.
    pub fn name(&self) -> String {
        let Self { dataset, classes, distinct, repeat, noise, .. } = self;
        let mut name = dataset.clone();
        if !classes.is_empty() {
            name += "-classes";
            name.extend(classes.iter().map(|class| format!("-{class}")));
        }
        name += &distinct.map_or_else(String::new, |points| format!("-distinct-{points}"));
        if *repeat > 1 {
            let _ = write!(name, "-repeat-{repeat}");
        }
        if *noise > 0.0 {
            let _ = write!(name, "-noise-{noise}");
        }
        name
    }
}

/// Prepares a view in the folder `out`, unless it lies there already, of the data set in the folder of its
/// name beside it, which is prepared first.
pub(super) fn prepare(config: &Checked<Config>, source: Option<&str>, out: &Path) -> Result<(), Error> {
    prepare_of(config, out, |stored, base| run(stored, source, base))
}

/// The same of a data set that `prepare_stored` prepares in a folder.
pub(super) fn prepare_of(
    config: &Checked<Config>,
    out: &Path,
    prepare_stored: impl Fn(&Checked<Config>, &Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let base = out.parent().unwrap_or(Path::new("")).join(&config.dataset);
    if out.file_name() == base.file_name() {
        let found = format!("`{}`, the place of the data set itself", out.display());
        return Err(Invalid::new("out", "a folder of another name, for what is seen of it", &found).into());
    }
    prepare_stored(&Checked::new(config.stored())?, &base)?;
    let _turn = turn::wait("data set", out)?;
    if is_current(config, &base, out)? {
        tracing::info!("`{}` in `{}` is up to date", config.name(), out.display());
        return Ok(());
    }
    make(config, &base, out)
}

/// Whether `out` has what would be made of the data set that lies in `base` now.
fn is_current(config: &Config, base: &Path, out: &Path) -> Result<bool, Error> {
    let Some(manifest) = Manifest::find(out, "dataset")? else { return Ok(false) };
    let (now, then) = (DatasetDetails::read(base)?.digest(), manifest.inputs.get("dataset"));
    let stored = Manifest::read(base, "dataset")?.outputs;
    let same_inputs = manifest.outputs.get(file::TRAIN_INPUTS) == stored.get(file::TRAIN_INPUTS);
    let same_labels = manifest.inputs.get("train_labels").map(|record| &record.sha256)
        == stored.get(file::TRAIN_LABELS).map(|record| &record.sha256);
    Ok(manifest.stage_version == STAGE.version
        && manifest.config == to_json(config)
        && then.is_some_and(|then| then.sha256 == now)
        && same_inputs
        && same_labels)
}

fn make(config: &Config, base: &Path, out: &Path) -> Result<(), Error> {
    let place = Place::new(out.to_path_buf(), None, 0, 0);
    let mut draft = Draft::begin(STAGE, &place, &[base], Clock::start("cpu", 1))?;
    draft.inputs = Inputs::new(out);
    let details = draft.inputs.add_dataset(base)?;
    draft.inputs.add("train_labels", &base.join(file::TRAIN_LABELS))?;
    let stored = Manifest::read(base, "dataset")?;
    let record = |name: &'static str| {
        let missing = || bal_artifact::Error::Missing { what: "file of the data set", path: base.join(name) };
        stored.outputs.get(name).cloned().ok_or_else(missing)
    };
    draft.output.share(base, &record(file::TRAIN_INPUTS)?)?;
    if details.kind == DatasetKind::Texts {
        draft.output.share(base, &record(file::VOCABULARY)?)?;
    }
    let seen = Seen { config, details: &details, base };
    let labels = seen.labels()?;
    let points = labels.iter().filter(|&&label| label != OUTSIDE).count();
    draft.output.array("train_labels", &Array1::from(labels))?;
    if config.classes.is_empty() {
        draft.output.share(base, &record(file::TEST_INPUTS)?)?;
        draft.output.share(base, &record(file::TEST_LABELS)?)?;
    } else {
        seen.write_test_half(&mut draft)?;
    }
    draft.details = to_json(&seen.describe());
    draft.publish(config)?;
    tracing::info!("`{}` prepared in `{}`: {points} training points", config.name(), out.display());
    Ok(())
}

/// What is seen of a data set.
struct Seen<'a> {
    config: &'a Config,
    details: &'a DatasetDetails,
    base: &'a Path,
}

impl Seen<'_> {
    /// The label of a stored point in the view.
    fn label(&self, label: i64) -> i64 {
        let classes = &self.config.classes;
        match usize::try_from(label) {
            Ok(class) if !classes.is_empty() => {
                classes.iter().position(|&chosen| chosen == class).map_or(OUTSIDE, |place| place as i64)
            }
            _ => label,
        }
    }

    /// Labels of all copies of the training points, one copy after the other.
    fn labels(&self) -> Result<Vec<i64>, Error> {
        let Config { classes, distinct, repeat, .. } = self.config;
        if let Some(class) = classes.iter().find(|&&class| class >= self.details.classes.len()) {
            let expected = format!("classes below {}", self.details.classes.len());
            return Err(Invalid::new("classes", &expected, &class.to_string()).into());
        }
        let stored = read_labels(self.base, file::TRAIN_LABELS, self.details.classes.len())?;
        let mut labels: Vec<i64> = stored.into_iter().map(|label| self.label(label)).collect();
        if let Some(points) = *distinct {
            let mut ids: Vec<usize> = (0..labels.len()).filter(|&id| labels[id] != OUTSIDE).collect();
            if points > ids.len() {
                let expected = format!("at most {}, the points that there are", ids.len());
                return Err(Invalid::new("distinct", &expected, &points.to_string()).into());
            }
            self.view().draw().stream(Purpose::ViewDistinct, 0).shuffle(&mut ids);
            for &id in &ids[points..] {
                labels[id] = OUTSIDE;
            }
        }
        Ok(labels.repeat(*repeat))
    }

    /// The test points of the chosen classes.
    fn write_test_half(&self, draft: &mut Draft) -> Result<(), Error> {
        let stored = read_labels(self.base, file::TEST_LABELS, self.details.classes.len())?;
        let labels: Vec<i64> = stored.into_iter().map(|label| self.label(label)).collect();
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] != OUTSIDE).collect();
        match self.details.kind {
            DatasetKind::Images => self.write_test_inputs::<u8, Ix4>(draft, &rows)?,
            DatasetKind::Points => self.write_test_inputs::<f32, Ix2>(draft, &rows)?,
            DatasetKind::Texts => self.write_test_inputs::<i64, Ix2>(draft, &rows)?,
        }
        let labels: Array1<i64> = rows.iter().map(|&row| labels[row]).collect();
        Ok(draft.output.array("test_labels", &labels)?)
    }

    fn write_test_inputs<T: Element, D: Dimension + RemoveAxis>(
        &self,
        draft: &mut Draft,
        rows: &[usize],
    ) -> Result<(), Error> {
        let inputs = MappedArray::<T, D>::open("test_inputs", &self.base.join(file::TEST_INPUTS))?;
        Ok(draft.output.array("test_inputs", &inputs.view().select(Axis(0), rows))?)
    }

    fn view(&self) -> View {
        let Config { dataset, repeat, noise, .. } = self.config;
        View { repeat: *repeat, noise: *noise, of: dataset.clone() }
    }

    /// Mean and standard deviation stay those of the whole data set.
    fn describe(&self) -> DatasetDetails {
        let (view, name_of) = (self.view(), |&class: &usize| self.details.classes[class].clone());
        let chosen: Vec<String> = self.config.classes.iter().map(name_of).collect();
        DatasetDetails {
            name: self.config.name(),
            classes: if chosen.is_empty() { self.details.classes.clone() } else { chosen },
            view: (view.repeat > 1 || view.noise > 0.0).then_some(view),
            ..self.details.clone()
        }
    }
}
