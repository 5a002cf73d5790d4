//! The known data sets. Adding one is a file here, a line in [`ALL`], and a decoder if its format is new.

mod ag_news;
mod cifar;
mod emnist;
mod fashion_mnist;
mod idx;
mod kmnist;
mod mnist;
mod reuters;
mod spec;
mod svhn;
mod two_moons;

pub(crate) use spec::{Archive, Digests, Other, Place, RawFile, Spec};

/// Every data set.
const ALL: [&Spec; 19] = [
    &mnist::MNIST,
    &fashion_mnist::FASHION_MNIST,
    &kmnist::KMNIST,
    &kmnist::KMNIST_TEST,
    &emnist::BALANCED,
    &emnist::LETTERS,
    &emnist::DIGITS,
    &emnist::BYCLASS,
    &emnist::BYMERGE,
    &cifar::CIFAR10,
    &cifar::CIFAR100,
    &cifar::CIFAR100_COARSE,
    &svhn::SVHN,
    &svhn::SVHN_EXTRA,
    &ag_news::AG_NEWS,
    &ag_news::AG_NEWS_SUBSET,
    &reuters::REUTERS_R8,
    &two_moons::TWO_MOONS,
    &idx::IDX,
];

/// Their names.
pub(crate) const NAMES: [&str; ALL.len()] = {
    let mut names = [""; ALL.len()];
    let mut at = 0;
    while at < ALL.len() {
        names[at] = ALL[at].name;
        at += 1;
    }
    names
};

/// The data set of this name.
pub(crate) fn find(name: &str) -> Option<&'static Spec> {
    all().find(|spec| spec.name == name)
}

/// All of them, in the order in which they are listed.
pub(crate) fn all() -> impl Iterator<Item = &'static Spec> {
    ALL.into_iter()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_roles_are_distinct() {
        assert_eq!(NAMES.iter().collect::<BTreeSet<_>>().len(), NAMES.len());
        for spec in all() {
            let roles: BTreeSet<&str> = spec.files.iter().map(|file| file.role).collect();
            assert_eq!(roles.len(), spec.files.len(), "{}", spec.name);
        }
    }

    #[test]
    fn digests_are_whole_and_statistics_have_both_parts() {
        for spec in all() {
            let digests = spec.files.iter().filter_map(|file| file.sha256);
            assert!(digests.into_iter().all(|hex| hex.len() == 64), "{}", spec.name);
            if let Some(published) = spec.published {
                assert_eq!(published.mean.len(), published.std.len(), "{}", spec.name);
            }
        }
    }
}
