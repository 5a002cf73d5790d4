//! What is known of a data set beforehand.

use std::collections::BTreeMap;

use bal_artifact::DatasetKind;

use crate::Error;
use crate::dataset::fetch::{Raw, Trouble};
use crate::dataset::{Config, Decoded};

/// Digests of raw files by role.
pub(crate) type Digests = BTreeMap<String, String>;

/// A data set: its raw files, where they are to be had, and what becomes of them.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// What one input is.
    pub(crate) kind: DatasetKind,
    /// Training and test points of the official files; `None` if the files decide.
    pub(crate) points: Option<(usize, usize)>,
    /// Class names; empty if the labels decide.
    pub(crate) classes: &'static [&'static str],
    /// Subfolders that may hold its files; the first names its download cache. Sets of one family share it.
    pub(crate) folders: &'static [&'static str],
    /// Raw files, in the order in which the decoder takes them; none if the data set is generated.
    pub(crate) files: &'static [RawFile],
    /// Official archive of all of them.
    pub(crate) archive: Option<Archive>,
    /// Where they are looked for, best first.
    pub(crate) places: &'static [Place],
    /// From raw files to arrays.
    pub(crate) decode: Decode,
    /// Licence as its authors give it.
    pub(crate) licence: &'static str,
    /// Authors and official place.
    pub(crate) origin: &'static str,
    pub(crate) published: Option<Published>,
    /// Whether all of it was prepared from the real files at least once; tests on made files are not that.
    pub(crate) seen: bool,
}

/// From the raw files of a data set, in their order, to its arrays.
pub(crate) type Decode = fn(&Spec, &Config, Vec<Raw>) -> Result<Decoded, Error>;

/// One raw file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawFile {
    /// Key in the manifest.
    pub(crate) role: &'static str,
    /// Official name without `.gz` or `.xz`.
    pub(crate) name: &'static str,
    /// Hex SHA-256 of the decompressed bytes: distributors compress differently, the content is the same.
    pub(crate) sha256: Option<&'static str>,
    /// Hex MD5 of the official file as it is fetched, where no more is known: a download is held to it.
    pub(crate) packed_md5: Option<&'static str>,
    /// Size after decompression, or a bound where no digest is known; nothing beyond it is read.
    pub(crate) most: u64,
}

impl RawFile {
    /// A file whose content is known.
    pub(super) const fn known(
        role: &'static str,
        name: &'static str,
        bytes: u64,
        sha256: &'static str,
    ) -> Self {
        Self { role, name, sha256: Some(sha256), packed_md5: None, most: bytes }
    }

    /// A file of which no digest is known, of at most `most` bytes.
    pub(super) const fn unknown(role: &'static str, name: &'static str, most: u64) -> Self {
        Self { role, name, sha256: None, packed_md5: None, most }
    }

    /// The same file, whose official compressed form has this MD5.
    pub(super) const fn packed(self, md5: &'static str) -> Self {
        Self { packed_md5: Some(md5), ..self }
    }
}

/// An archive with all raw files: `.zip` or `.tar.gz`, as its first bytes say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Archive {
    /// Its file name.
    pub(crate) name: &'static str,
    /// What stands before the names of the files in it.
    pub(crate) folder: &'static str,
    /// Nothing larger is fetched.
    pub(crate) most: u64,
    /// Hex MD5 of the official archive, where the files in it have no known digests: holds a download to it.
    pub(crate) md5: Option<&'static str>,
}

/// A place that may hold the raw files.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// An official folder on the web, with the archive if there is one, or else the files.
    Web(&'static str),
    /// `name@version` of a package for Node of about so many bytes; what stands before the names of the files
    /// in it; what else than the raw files it holds.
    Npm { package: &'static str, bytes: u64, folder: &'static str, other: Option<Other> },
    /// Debian package and the folder of the files in it.
    Debian { name: &'static str, folder: &'static str },
    /// `name==version` of a package for Python that is one wheel.
    Pip { package: &'static str, bytes: u64, folder: &'static str },
}

/// The content of the raw files in another form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Other {
    pub(crate) files: &'static [RawFile],
    /// Makes the raw files out of these.
    pub(crate) convert: fn(Vec<Raw>) -> Result<Vec<Raw>, Trouble>,
}

/// Published mean and population standard deviation of the training inputs, per channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) mean: &'static [f64],
    pub(crate) std: &'static [f64],
    /// Largest difference: what the published digits leave open.
    pub(crate) within: f64,
}

impl Spec {
    /// Whether it is a published one, and not files of the user.
    pub(crate) fn is_known(&self) -> bool {
        !self.classes.is_empty()
    }

    /// Digests of the raw files by role; `None` if they are not all known beforehand.
    pub(crate) fn digests(&self) -> Option<Digests> {
        let digest = |file: &RawFile| Some((file.role.to_owned(), file.sha256?.to_owned()));
        self.files.iter().map(digest).collect()
    }

    /// The known class names, or the numbers from the first label in the files up to the largest.
    pub(crate) fn class_names<'a>(&self, labels: impl Iterator<Item = &'a i64>, first: u8) -> Vec<String> {
        if self.classes.is_empty() {
            let name = |class: i64| (class + i64::from(first)).to_string();
            (0..=labels.copied().max().unwrap_or(0)).map(name).collect()
        } else {
            self.classes.iter().map(|&class| class.to_owned()).collect()
        }
    }

    /// Compares the statistics of the training inputs with the published ones. Where nobody has seen the real
    /// files, a difference is told and no error: the published numbers may be the wrong ones.
    pub(crate) fn check_statistics(&self, mean: &[f64], std: &[f64]) -> Result<(), Error> {
        let Some(published) = self.published else { return Ok(()) };
        let both = [("mean", published.mean, mean), ("standard deviation", published.std, std)];
        for (statistic, expected, found) in both {
            for (channel, (&expected, &found)) in expected.iter().zip(found).enumerate() {
                if (expected - found).abs() <= published.within {
                    continue;
                }
                let error = Error::Statistics { name: self.name, statistic, channel, expected, found };
                if self.seen {
                    return Err(error);
                }
                tracing::warn!("{error}");
            }
        }
        Ok(())
    }
}
