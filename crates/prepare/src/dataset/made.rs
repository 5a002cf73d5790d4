//! Data sets of made files in the official formats, for tests of whole pipelines.

use std::path::Path;

use bal_artifact::Clock;
use bal_settings::Checked;

use super::catalogue::{self, RawFile, Spec};
use super::{Config, begin, fetch, make, view};
use crate::Error;

/// As [`run`](super::run), of files in the folder `source` that have names and format of the official ones,
/// and other bytes: neither digests nor published statistics are held against them.
///
/// What comes out lies under the name of the data set, and a pipeline takes it as one that was prepared by
/// hand. No program calls this: files of a user are held to their digests.
///
/// # Errors
/// As [`run`](super::run).
#[doc(hidden)]
pub fn prepare_made(config: &Checked<Config>, source: &Path, out: &Path) -> Result<(), Error> {
    if config.is_view() {
        return view::prepare_of(config, out, |stored, base| prepare_made(stored, source, base));
    }
    let spec = catalogue::find(&config.dataset).expect("a checked name is in the catalogue");
    let unknown = |file: &RawFile| RawFile { sha256: None, packed_md5: None, ..*file };
    // A specification is made of constants. This one lives as long as the test.
    let files = spec.files.iter().map(unknown).collect::<Vec<_>>().leak();
    let made = Spec { files, published: None, ..*spec };
    let source = source.to_str();
    let draft = begin(source, Clock::start("cpu", 1), out)?;
    make(&made, config, fetch::fetch(&made, source)?, draft, out)
}
