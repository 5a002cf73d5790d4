//! The draws of a split. Each decision has its own stream: changing one leaves the others' draws alone.

use std::collections::BTreeMap;

use bal_artifact::OUTSIDE;
use bal_settings::Checked;
use bal_stream::{Draw, Purpose};

use super::{Config, Initial, Parts};
use crate::Error;

/// Which points are already spoken for.
struct Taken(Vec<bool>);

impl Taken {
    fn take(&mut self, ids: &[usize]) {
        for &id in ids {
            self.0[id] = true;
        }
    }

    fn free(&self, id: usize) -> bool {
        !self.0[id]
    }
}

/// Draws initial set, validation set and pool, in this order: ids of training points, each in one part.
/// Points that the data set leaves out are in none.
pub(super) fn split(
    config: &Checked<Config>,
    labels: &[i64],
    classes: &[String],
    seed: u64,
) -> Result<Parts<Vec<i64>>, Error> {
    let mut taken = Taken(labels.iter().map(|&label| label == OUTSIDE).collect());
    let points = labels.iter().filter(|&&label| label != OUTSIDE).count();
    let known = |id: &usize| labels[*id] >= 0;

    let initial = match *config.resolved() {
        Initial::PerClass(each) => balanced(each, labels, classes, seed)?,
        Initial::Total(total) => {
            let candidates = shuffled(labels.len(), seed, Purpose::SplitInitial, 0).into_iter().filter(known);
            first("initial", None, total, candidates.collect())?
        }
    };
    taken.take(&initial);

    let candidates = shuffled(labels.len(), seed, Purpose::SplitValidation, 0).into_iter().filter(known);
    let validation =
        first("validation", None, config.validation, candidates.filter(|&id| taken.free(id)).collect())?;
    taken.take(&validation);

    taken.take(&removed(config, labels, classes, seed, &taken)?);
    let order = shuffled(labels.len(), seed, Purpose::SplitPool, 0);
    let rest: Vec<usize> = order.into_iter().filter(|&id| taken.free(id)).collect();
    let pool = first("pool_size", None, config.pool_size.unwrap_or(rest.len()), rest)?;
    if pool.is_empty() {
        let (initial, validation) = (initial.len(), validation.len());
        return Err(Error::NoPool { points, initial, validation });
    }

    Ok(Parts { initial, validation, pool }.map(|ids| ids.iter().map(|&id| id as i64).collect()))
}

/// `each` points of every class, class by class.
fn balanced(each: usize, labels: &[i64], classes: &[String], seed: u64) -> Result<Vec<usize>, Error> {
    let mut initial = Vec::new();
    for (class, name) in classes.iter().enumerate() {
        let order = shuffled(labels.len(), seed, Purpose::SplitInitial, class as u64);
        let members = order.into_iter().filter(|&id| labels[id] == class as i64).collect();
        initial.extend(first("initial_per_class", Some(name), each, members)?);
    }
    Ok(initial)
}

/// Points of the classes in `keep_fraction` that leave the pool: of n free members, all but round(f n).
fn removed(
    config: &Checked<Config>,
    labels: &[i64],
    classes: &[String],
    seed: u64,
    taken: &Taken,
) -> Result<Vec<usize>, Error> {
    let mut removed = Vec::new();
    for (class, fraction) in fractions(config, classes)? {
        let order = shuffled(labels.len(), seed, Purpose::SplitKeepFraction, class as u64);
        let members = order.into_iter().filter(|&id| labels[id] == class as i64 && taken.free(id));
        let members: Vec<usize> = members.collect();
        let keep = (fraction * members.len() as f64).round() as usize;
        removed.extend(&members[keep..]);
    }
    Ok(removed)
}

/// `keep_fraction` by class index.
fn fractions(config: &Checked<Config>, classes: &[String]) -> Result<BTreeMap<usize, f64>, Error> {
    let mut fractions = BTreeMap::new();
    for (class, &fraction) in &config.keep_fraction {
        let by_name = classes.iter().position(|name| name == class);
        let index = by_name.or_else(|| class.parse().ok().filter(|&index| index < classes.len()));
        let unknown = || Error::UnknownClass { class: class.clone(), classes: classes.to_vec() };
        let index = index.ok_or_else(unknown)?;
        if fractions.insert(index, fraction).is_some() {
            return Err(Error::ClassTwice { class: classes[index].clone() });
        }
    }
    Ok(fractions)
}

/// All ids in the random order of one decision. Shuffling everything first and choosing afterwards keeps the
/// draws of one decision independent of what the others took.
fn shuffled(points: usize, seed: u64, purpose: Purpose, member: u64) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..points).collect();
    Draw::new(seed, 0).stream(purpose, member).shuffle(&mut ids);
    ids
}

/// The first `asked` of these ids, which are of one class where the key is about each.
fn first(
    key: &'static str,
    class: Option<&String>,
    asked: usize,
    mut ids: Vec<usize>,
) -> Result<Vec<usize>, Error> {
    if asked > ids.len() {
        return Err(Error::TooMany { key, class: class.cloned(), asked, available: ids.len() });
    }
    ids.truncate(asked);
    Ok(ids)
}
