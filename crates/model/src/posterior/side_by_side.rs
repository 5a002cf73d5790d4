//! Threads that share tiles, and not the operations within a tile.

use std::panic::resume_unwind;
use std::thread;

use tch::Tensor;

/// `work` on all points [n, …], in their order. Threads share the tiles: each takes neighbouring ones and
/// computes them alone, so that no bit of a tile depends on the number of threads.
///
/// Two threads in every operation would wait for each other at the end of each: 2,000 images with 100
/// samples of `gal_cnn` in bf16 then take 0.40 s and not 0.25 s on two cores.
pub(crate) fn side_by_side(
    points: &Tensor,
    tile: usize,
    threads: usize,
    work: impl Fn(&Tensor) -> Tensor + Sync,
) -> Tensor {
    if threads == 1 {
        return work(points);
    }
    let tiles = (points.size()[0] as usize).div_ceil(tile);
    let points_per_thread = tiles.div_ceil(threads).max(1) * tile;
    let work = &work;
    let of_threads: Vec<Tensor> = thread::scope(|scope| {
        let start = |points: Tensor| {
            scope.spawn(move || {
                // In operations of this thread only. A thread's first operation gives it the number that was
                // last set anywhere; asking is one.
                let _ = tch::get_num_threads();
                tch::set_num_threads(1);
                work(&points)
            })
        };
        let threads: Vec<_> = points.split(points_per_thread as i64, 0).into_iter().map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    Tensor::cat(&of_threads, 0)
}
