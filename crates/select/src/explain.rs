//! `--explain`: why each point was picked, as a table for people.

use crate::batch::Batch;

/// A line per pick, and a warning where the posterior samples are exhausted.
pub(crate) fn explain(batch: &Batch) -> Vec<String> {
    let joint = batch.joint_mi.as_ref();
    let mut header = format!("{:>4}  {:>9}  {:>13}  {:>10}", "rank", "id", "rank by score", "gain");
    if joint.is_some() {
        header += "    joint_mi    of log K";
    }
    let mut lines = vec![header];
    for (rank, (id, gain)) in batch.ids.iter().zip(&batch.gains).enumerate() {
        let by_score = batch.score_ranks.get(rank).map_or_else(|| "–".to_owned(), ToString::to_string);
        let mut line = format!("{rank:>4}  {id:>9}  {by_score:>13}  {gain:>10.6}");
        if let Some(joint) = joint {
            let share = 100.0 * joint.joint_mi[rank] / joint.log_k;
            line = format!("{line}  {:>10.6}  {share:>8.1} %", joint.joint_mi[rank]);
        }
        lines.push(line);
    }
    if let Some(joint) = joint {
        lines.push(format!(
            "log K = {:.6} nats: no batch can tell more about which of the K samples is right",
            joint.log_k
        ));
    }
    lines
}

/// What to say when the batch's information comes close to log K.
pub(crate) fn saturation_warning(batch: &Batch) -> Option<String> {
    let joint = batch.joint_mi.as_ref()?;
    let at = joint.saturated_at?;
    let without_gain = batch.gains.iter().rev().take_while(|&&gain| gain == 0.0).count();
    let and_gains = match without_gain {
        0 => String::new(),
        n => format!("; the last {n} gained nothing"),
    };
    Some(format!(
        "from pick {at} on the batch's information exceeds 95 % of log K = {:.3} nats, and picks are mostly noise{and_gains}: \
         raise the number of posterior samples",
        joint.log_k
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::JointInformation;

    #[test]
    fn picks_without_gain_are_counted() {
        let batch = |gains: &[f64], saturated_at| Batch {
            gains: gains.to_vec(),
            joint_mi: Some(JointInformation { joint_mi: Vec::new(), log_k: 2.0_f64.ln(), saturated_at }),
            ..Batch::default()
        };
        assert_eq!(saturation_warning(&batch(&[0.2, 0.1], None)), None);
        let warning = saturation_warning(&batch(&[0.66, 0.01], Some(1))).unwrap();
        assert!(
            warning.contains("from pick 1 on")
                && warning.contains("0.693 nats, and picks are mostly noise: raise"),
            "{warning}"
        );
        let warning = saturation_warning(&batch(&[0.66, 0.03, 0.0, 0.0], Some(1))).unwrap();
        assert!(warning.contains("mostly noise; the last 2 gained nothing: raise"), "{warning}");
    }
}
