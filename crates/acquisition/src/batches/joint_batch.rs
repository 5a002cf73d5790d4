//! What the joint batch methods return.

/// Where `joint_mi` is this share of log K, further picks are mostly noise.
pub const SATURATION: f64 = 0.95;

/// A query batch that was chosen as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct JointBatch {
    /// The picks in the order they were made.
    pub picks: Vec<JointPick>,
    /// log K in nats: no batch can say more about which of K posterior samples is the right one.
    pub log_K: f64,
}

/// One pick of a joint method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointPick {
    /// Row of the point in the predictions that were given, from 0.
    pub row: usize,
    /// What the pick was worth at the moment it was made, in nats.
    pub gain: f64,
    /// Estimated information between the labels of the batch up to this pick and the parameters, in nats.
    pub joint_mi: f64,
}

impl JointBatch {
    pub(crate) fn new(K: usize) -> Self {
        Self { picks: Vec::new(), log_K: (K as f64).ln() }
    }

    /// Adds a pick that raises `joint_mi` by `information`.
    pub(crate) fn push(&mut self, row: usize, gain: f64, information: f64) {
        self.picks.push(JointPick { row, gain, joint_mi: self.joint_mi() + information });
    }

    /// Estimated information of the whole batch; 0 without picks.
    pub fn joint_mi(&self) -> f64 {
        self.picks.last().map_or(0.0, |pick| pick.joint_mi)
    }

    /// Position of the first pick at which `joint_mi` exceeds [`SATURATION`] · log K. From there on the K
    /// posterior samples can hardly tell points apart, and more of them are needed.
    pub fn saturated_at(&self) -> Option<usize> {
        self.picks.iter().position(|pick| pick.joint_mi > SATURATION * self.log_K)
    }
}
