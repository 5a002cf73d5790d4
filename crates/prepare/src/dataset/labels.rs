//! Labels of a user's own files: how they are counted, and whether they can be learned.

use ndarray::Array1;

use crate::Error;

/// The labels of one half and the file they come from.
pub(super) struct Half<'a> {
    pub(super) file: &'a str,
    pub(super) labels: &'a mut Array1<i64>,
}

/// Has the labels of both halves count from 0.
///
/// `start` is the first label, as the user says. Without it, labels of which none is 0 are refused: with
/// 1…26 as they stand, a network would get a class 0 that has no point.
pub(super) fn count_from_zero(halves: [Half; 2], start: Option<u8>) -> Result<(), Error> {
    let bounds = |half: &Half| {
        half.labels.iter().fold((i64::MAX, 0), |(low, high), &label| (low.min(label), high.max(label)))
    };
    let [train, test] = [bounds(&halves[0]), bounds(&halves[1])];
    if train.0 == train.1 {
        return Err(Error::OneClass { file: halves[0].file.to_owned(), label: train.0 });
    }
    let (lowest, highest) = (train.0.min(test.0), train.1.max(test.1));
    let with_lowest = if train.0 == lowest { &halves[0] } else { &halves[1] };
    let file = with_lowest.file.to_owned();
    let start = match start.map(i64::from) {
        None if lowest > 0 => return Err(Error::LabelsStart { file, lowest, highest }),
        Some(start) if lowest < start => return Err(Error::LabelBelowStart { file, lowest, start }),
        start => start.unwrap_or(0),
    };
    for half in halves {
        *half.labels -= start;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(train: &[i64], test: &[i64], start: Option<u8>) -> Result<(Vec<i64>, Vec<i64>), Error> {
        let (mut train, mut test) = (Array1::from(train.to_vec()), Array1::from(test.to_vec()));
        let halves = [Half { file: "train", labels: &mut train }, Half { file: "test", labels: &mut test }];
        count_from_zero(halves, start)?;
        Ok((train.to_vec(), test.to_vec()))
    }

    #[test]
    fn labels_from_zero_stay() {
        assert_eq!(counted(&[0, 2], &[1], None).unwrap(), (vec![0, 2], vec![1]));
        // A 0 in one half is enough.
        assert_eq!(counted(&[1, 2], &[0], None).unwrap(), (vec![1, 2], vec![0]));
    }

    #[test]
    fn labels_from_one_are_refused_unless_they_are_meant() {
        let error = counted(&[3, 26], &[1], None).unwrap_err();
        assert!(matches!(error, Error::LabelsStart { file, lowest: 1, highest: 26 } if file == "test"));
        assert_eq!(counted(&[3, 26], &[1], Some(1)).unwrap(), (vec![2, 25], vec![0]));
        assert_eq!(counted(&[3, 26], &[1], Some(0)).unwrap(), (vec![3, 26], vec![1]));
    }
}
