//! Hidden units that a dropout keeps, sample by sample.

use tch::{Device, Tensor};

use crate::parameters::to_vec;

/// Slots of a sample are a multiple of this: products have few sizes and fill registers.
pub(crate) const UNITS_AT_ONCE: usize = 8;

/// The units that each of K samples keeps. Every sample has H slots for them, enough for any of the samples.
#[derive(Debug)]
pub(crate) struct KeptUnits {
    /// Those of each sample, ascending.
    pub(crate) by_sample: Vec<Vec<usize>>,
    /// H.
    pub(crate) slots: usize,
    /// What a kept unit is multiplied by.
    scale: f32,
}

impl KeptUnits {
    /// Of masks [K, U], which hold 0 and one other number; nothing if no sample keeps any unit.
    pub(crate) fn of(masks: &Tensor) -> Option<Self> {
        let by_sample = places(masks, |mask| mask != 0.0);
        let most = by_sample.iter().map(Vec::len).max().filter(|&most| most > 0)?;
        let scale = masks.max().double_value(&[]) as f32;
        Some(Self { by_sample, slots: most.next_multiple_of(UNITS_AT_ONCE), scale })
    }

    /// The unit in each slot, [K·H]; unit 0 where a sample keeps fewer than H.
    pub(crate) fn unit_in_slot(&self, device: Device) -> Tensor {
        self.by_slot(device, 0, |_, unit| unit as i64)
    }

    /// What the unit in each slot is multiplied by, [K·H]; 0 where a sample keeps fewer than H.
    pub(crate) fn scale_in_slot(&self, device: Device) -> Tensor {
        self.by_slot(device, 0.0, |_, _| self.scale)
    }

    /// Which of all kept units, counted through the samples, is in each slot, [K·H]; else the first.
    pub(crate) fn rank_in_slot(&self, device: Device) -> Tensor {
        self.by_slot(device, 0, |rank, _| rank)
    }

    /// `of` the rank and the index of the unit in each slot, [K·H], and `nothing` where there is none.
    fn by_slot<T: tch::kind::Element + Copy>(
        &self,
        device: Device,
        nothing: T,
        of: impl Fn(i64, usize) -> T,
    ) -> Tensor {
        let mut by_slot = vec![nothing; self.by_sample.len() * self.slots];
        let mut rank = 0;
        for (kept, slots) in self.by_sample.iter().zip(by_slot.chunks_exact_mut(self.slots)) {
            for (&unit, slot) in kept.iter().zip(slots) {
                *slot = of(rank, unit);
                rank += 1;
            }
        }
        Tensor::from_slice(&by_slot).to_device(device)
    }
}

/// Where the masks [K, …] hold what is wanted, sample by sample.
pub(crate) fn places(masks: &Tensor, is_wanted: impl Fn(f32) -> bool) -> Vec<Vec<usize>> {
    let values = to_vec(masks);
    let of_mask = |mask: &[f32]| (0..mask.len()).filter(|&place| is_wanted(mask[place])).collect();
    values.chunks_exact(masks.size()[1] as usize).map(of_mask).collect()
}
