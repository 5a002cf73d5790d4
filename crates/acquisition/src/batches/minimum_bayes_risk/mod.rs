//! `minimum_bayes_risk`: the query after which a Gaussian random field is expected to err least.

mod distances;
mod field;
mod graph;
mod inverse;

use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

pub use field::{GaussianField, Harmonic};

use super::top_k::check_batch;
use crate::{Pick, Result, Watch, numerics::argmax};

/// Memory that the matrices of a field may take, in bytes.
pub const FIELD_MEMORY: usize = 4 << 30;

/// Points, labelled ones included, whose field fits into that.
pub const MOST_FIELD_POINTS: usize = graph::most_points(FIELD_MEMORY);

impl GaussianField {
    /// The batch of b queries with the smallest expected risk, chosen one after the other:
    /// `argmin_k (1 − f_k) R(f^{+(k,0)}) + f_k R(f^{+(k,1)})`.
    ///
    /// * R(f) = Σ_i min(f_i, 1 − f_i) over the unlabelled i.
    /// * `f^{+(k,y)} = f + (y − f_k) G_{·k} / G_kk`, G = Δ_uu⁻¹: the field with the label y at point k.
    ///
    /// Inside a batch no label is known. A pick is conditioned on its expected label f_k, which leaves the
    /// field as it is and takes the pick out of the unlabelled points: `G ← G − G_{·k} G_{k·} / G_kk`. The
    /// gain of a pick is its expected risk: **smaller is better** and comes first.
    ///
    /// # Shapes
    /// Out: b distinct rows of the features, none labelled.
    ///
    /// # Numerics
    /// O(n²) per pick for n unlabelled points. Of points with identical features only the first is looked
    /// at: the others have the same risk. Other ties go to the earlier row. The number of threads changes no
    /// bit.
    ///
    /// # Errors
    /// `Error::BatchTooLarge` if b exceeds the number of unlabelled points; `Error::Stopped`.
    ///
    /// # References
    /// Zhu, Lafferty & Ghahramani, *Combining Active Learning and Semi-Supervised Learning Using Gaussian
    /// Fields and Harmonic Functions*, ICML 2003 workshop, sections 2 and 3; Gal, Islam & Ghahramani 2017,
    /// arXiv 1703.02910, §5.3.
    pub fn minimum_bayes_risk(mut self, b: usize, watch: &dyn Watch) -> Result<Vec<Pick>> {
        let mut open: Vec<usize> = (0..self.harmonic.unlabelled.len()).collect();
        check_batch(b, open.len())?;
        let mut picks = Vec::with_capacity(b);
        for _ in 0..b {
            let (k, gain) = self.smallest_expected_risk(&open, watch)?;
            picks.push(Pick { row: self.harmonic.unlabelled[k], gain });
            watch.picked();
            open.retain(|&i| i != k);
            self.condition_on_expected_label(k);
        }
        Ok(picks)
    }

    /// The point with the smallest expected risk among `open`, and that risk.
    fn smallest_expected_risk(&self, open: &[usize], watch: &dyn Watch) -> Result<(usize, f64)> {
        let mut twin_seen_u = vec![false; self.harmonic.unlabelled.len()];
        let first_of_twins =
            |&k: &usize| !std::mem::replace(&mut twin_seen_u[self.harmonic.first_twin_u[k]], true);
        let candidates: Vec<usize> = open.iter().copied().filter(first_of_twins).collect();
        let risk = |&k: &usize| watch.check().map(|()| self.expected_risk(k, open));
        let risks: Vec<f64> = candidates.par_iter().map(risk).collect::<Result<_>>()?;
        let best = argmax(risks.iter().map(|risk| -risk));
        Ok((candidates[best], risks[best]))
    }

    /// (1 − f_k) R(f^{+(k,0)}) + f_k R(f^{+(k,1)}), the risk of the points in `open`.
    fn expected_risk(&self, k: usize, open: &[usize]) -> f64 {
        let (f_u, f_k) = (&self.f_u, self.f_u[k]);
        let G_k_u = &self.inverse_u_u[k * f_u.len()..][..f_u.len()];
        let (mut risk_0, mut risk_1) = (0.0, 0.0);
        for &i in open {
            let pull = G_k_u[i] / G_k_u[k];
            risk_0 += doubt(f_u[i] - f_k * pull);
            risk_1 += doubt(f_u[i] + (1.0 - f_k) * pull);
        }
        (1.0 - f_k) * risk_0 + f_k * risk_1
    }

    /// G ← G − G_{·k} G_{k·} / G_kk, which is 0 in row and column k.
    fn condition_on_expected_label(&mut self, k: usize) {
        let n = self.f_u.len();
        let root = self.inverse_u_u[k * n + k].sqrt();
        // divided by the root first, so that element (i, j) and element (j, i) stay the same number
        let scaled_u: Vec<f64> = self.inverse_u_u[k * n..][..n].iter().map(|G_ki| G_ki / root).collect();
        self.inverse_u_u.par_chunks_mut(n).zip_eq(&scaled_u).for_each(|(G_i_u, scaled_i)| {
            for (G_ij, scaled_j) in G_i_u.iter_mut().zip(&scaled_u) {
                *G_ij -= scaled_i * scaled_j;
            }
        });
    }
}

/// min(f, 1 − f): the probability that the more probable label is wrong.
fn doubt(f: f64) -> f64 {
    f.min(1.0 - f)
}
