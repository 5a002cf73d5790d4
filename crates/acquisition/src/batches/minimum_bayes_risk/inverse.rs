//! The inverse of a symmetric positive definite matrix, and solutions of its equations.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use faer::{
    Accum, Mat, MatMut, Par, Spec,
    dyn_stack::{MemBuffer, MemStack},
    linalg::{
        cholesky::llt::{
            factor::{LltError, LltRegularization, cholesky_in_place, cholesky_in_place_scratch},
            solve::{solve_in_place, solve_in_place_scratch},
        },
        matmul::triangular::{BlockStructure, matmul},
        triangular_inverse::invert_lower_triangular,
    },
    prelude::ReborrowMut as _,
};

use super::distances::mirror;
use crate::{Result, Watch};

/// On one thread: the threads of `faer` spin on barriers, which is slow beside other work.
const PAR: Par = Par::Seq;

/// How often the inversion is asked whether it is done, and whoever waits whether to stop.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The matrix is not positive definite, or not to working precision.
#[derive(Debug, PartialEq)]
pub(super) struct Singular {
    /// A row that depends on those before it.
    pub(super) place: usize,
}

/// What an invertible matrix gives.
pub(super) type OrSingular<T> = std::result::Result<T, Singular>;

/// The inverse of the symmetric `A_n_n`, exactly symmetric.
///
/// It is made on a thread of its own, since `faer` can not be stopped: if that is asked for, the thread is
/// left to itself, with the matrix.
///
/// # Errors
/// `Error::Stopped`.
pub(super) fn inverse(mut A_n_n: Vec<f64>, n: usize, watch: &dyn Watch) -> Result<OrSingular<Vec<f64>>> {
    beside(watch, move || invert(&mut A_n_n, n).map(|()| A_n_n))
}

/// The solutions X [n, m], column after column, of A X = B.
///
/// Made as [`inverse`] is, with a third of n³ multiplications and additions, and no second matrix.
///
/// # Errors
/// `Error::Stopped`.
pub(super) fn solve(
    mut A_n_n: Vec<f64>,
    mut B_m_n: Vec<f64>,
    n: usize,
    watch: &dyn Watch,
) -> Result<OrSingular<Vec<f64>>> {
    beside(watch, move || {
        let mut A = MatMut::from_column_major_slice_mut(&mut A_n_n, n, n);
        factor(A.rb_mut())?;
        let columns = B_m_n.len() / n.max(1);
        let B = MatMut::from_column_major_slice_mut(&mut B_m_n, n, columns);
        let mut memory = MemBuffer::new(solve_in_place_scratch::<f64>(n, columns, PAR));
        solve_in_place(A.as_ref(), B, PAR, MemStack::new(&mut memory));
        Ok(B_m_n)
    })
}

/// What `work` gives, made on a thread of its own.
fn beside<T: Send + 'static>(watch: &dyn Watch, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (done, is_done) = channel();
    let thread = std::thread::spawn(move || done.send(work()));
    loop {
        match is_done.recv_timeout(LOOK_EVERY) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => watch.check()?,
            Err(RecvTimeoutError::Disconnected) => match thread.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(_) => unreachable!("a thread that ends has sent its result"),
            },
        }
    }
}

/// Overwrites the lower triangle of A by its Cholesky factor L, A = L Lᵀ.
fn factor(A: MatMut<'_, f64>) -> OrSingular<()> {
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<f64>(A.nrows(), PAR, Spec::default()));
    let factored =
        cholesky_in_place(A, LltRegularization::default(), PAR, MemStack::new(&mut memory), Spec::default());
    match factored {
        Ok(_) => Ok(()),
        Err(LltError::NonPositivePivot { index }) => Err(Singular { place: index }),
    }
}

/// Overwrites the symmetric `A_n_n` by its inverse, exactly symmetric: A = L Lᵀ, A⁻¹ = L⁻ᵀ L⁻¹.
///
/// Beside it there is one more matrix of the same size in memory.
///
/// # Numerics
/// n³ multiplications and additions in blocks.
fn invert(A_n_n: &mut [f64], n: usize) -> OrSingular<()> {
    let mut A = MatMut::from_column_major_slice_mut(A_n_n, n, n); // symmetric: its columns are our rows
    factor(A.rb_mut())?;
    let mut inverse_of_L = Mat::<f64>::zeros(n, n);
    invert_lower_triangular(inverse_of_L.as_mut(), A.as_ref(), PAR);
    let inverse_of_L = inverse_of_L.as_ref();
    matmul(
        A,
        BlockStructure::TriangularUpper, // the lower triangle by rows
        Accum::Replace,
        inverse_of_L.transpose(),
        BlockStructure::TriangularUpper,
        inverse_of_L,
        BlockStructure::TriangularLower,
        1.0,
        PAR,
    );
    mirror(A_n_n, n);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unwatched;

    #[test]
    fn a_matrix_times_its_inverse() {
        for n in [1, 2, 5, 70, 150] {
            let A =
                |i: usize, j: usize| if i == j { 3.0 } else { 1.0 / (1.0 + i.abs_diff(j) as f64).powi(2) };
            let mut inverse: Vec<f64> = (0..n * n).map(|ij| A(ij / n, ij % n)).collect();
            invert(&mut inverse, n).unwrap();
            for i in 0..n {
                for j in 0..n {
                    let product: f64 = (0..n).map(|k| A(i, k) * inverse[k * n + j]).sum();
                    approx::assert_abs_diff_eq!(product, f64::from(u8::from(i == j)), epsilon = 1e-13);
                    assert_eq!(inverse[i * n + j].to_bits(), inverse[j * n + i].to_bits());
                }
            }
        }
    }

    #[test]
    fn a_solution_times_the_matrix() {
        for n in [1, 2, 5, 70, 150] {
            let A =
                |i: usize, j: usize| if i == j { 3.0 } else { 1.0 / (1.0 + i.abs_diff(j) as f64).powi(2) };
            let right: Vec<f64> = (0..2 * n).map(|at| (at as f64).sin()).collect();
            let matrix = (0..n * n).map(|ij| A(ij / n, ij % n)).collect();
            let solution = solve(matrix, right.clone(), n, &Unwatched).unwrap().unwrap();
            for (column, i) in (0..2).flat_map(|column| (0..n).map(move |i| (column, i))) {
                let product: f64 = (0..n).map(|j| A(i, j) * solution[column * n + j]).sum();
                approx::assert_abs_diff_eq!(product, right[column * n + i], epsilon = 1e-13);
            }
        }
        assert_eq!(solve(vec![], vec![], 0, &Unwatched), Ok(Ok(vec![])));
        assert_eq!(solve(vec![0.0], vec![1.0], 1, &Unwatched), Ok(Err(Singular { place: 0 })));
    }

    #[test]
    fn a_singular_matrix_is_refused() {
        assert_eq!(invert(&mut [1.0, -1.0, -1.0, 1.0], 2), Err(Singular { place: 1 }));
        assert_eq!(invert(&mut [0.0], 1), Err(Singular { place: 0 }));
    }
}
