//! Batch methods on pools of 60,000 points; ids end in N×K×C.
//!
//! `trained` predictions are as spread as those of a network trained on a hundred labels: most points are nearly certain,
//! some are not, and samples disagree in ways that many points share. `dirichlet` ones are independent: no point tells
//! anything about another and all are worth about the same, so nothing can be left out. Of those there are fewer.

#![expect(non_snake_case, reason = "array names carry their axes: `log_probs_N_K_C`")]

use std::{hint::black_box, num::NonZeroUsize, time::Duration};

use bal_acquisition::{
    AcquisitionFunction, Predictions, Targets, batch_bald, k_bald, large_batch_bald, power_large_batch_bald,
};
use bal_stream::Stream;
use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::{Array2, Array3, s};

const K: usize = 100;
const C: usize = 10;
const NUM_SAMPLES: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Numbers of mean 0 and variance 1, nearly normal.
fn normal(purpose: &str, n: usize) -> Vec<f64> {
    let uniform = Stream::new(0, purpose, 0, 0).uniform(4 * n);
    uniform.chunks_exact(4).map(|four| (four.iter().sum::<f64>() - 2.0) * 3.0_f64.sqrt()).collect()
}

/// Logits are linear in features of the points, with weights that have a part of their own in every sample; the true class
/// is ahead by a margin that differs from point to point.
fn trained(N: usize) -> Array3<f32> {
    let D = 16;
    let features_N_D = Array2::from_shape_vec((N, D), normal("bench_features", N * D)).expect("N·D numbers");
    let weights_D_KC =
        Array2::from_shape_vec((D, K * C), normal("bench_weights", D * K * C)).expect("D·K·C numbers");
    let margin_N = Stream::new(0, "bench_margins", 0, 0).uniform(N);
    let logits_N_KC = features_N_D.dot(&weights_D_KC);
    log_softmax(Array3::from_shape_fn((N, K, C), |(n, k, c)| {
        let ahead = if c == n % C { 12.0 * margin_N[n] } else { 0.0 };
        0.35 * logits_N_KC[[n, k * C + c]] + ahead
    }))
}

fn dirichlet(N: usize) -> Array3<f32> {
    let uniform = Stream::new(0, "bench_dirichlet", 0, 0).uniform(N * K * C);
    let logits = uniform.into_iter().map(|u| (-(1.0 - u).ln()).ln()).collect();
    log_softmax(Array3::from_shape_vec((N, K, C), logits).expect("N·K·C numbers"))
}

fn log_softmax(mut logits_N_K_C: Array3<f64>) -> Array3<f32> {
    for mut row_C in logits_N_K_C.rows_mut() {
        let log_sum = row_C.iter().map(|logit| logit.exp()).sum::<f64>().ln();
        row_C -= log_sum;
    }
    logits_N_K_C.mapv(|log_prob| log_prob as f32)
}

fn pool(c: &mut Criterion, kind: &str, log_probs_N_K_C: &Array3<f32>, fewer: usize) {
    let predictions = Predictions::from_log_probs(log_probs_N_K_C.view()).expect("a pool");
    let few_n_K_C = log_probs_N_K_C.slice(s![..fewer, .., ..]);
    let few = Predictions::from_log_probs(few_n_K_C).expect("a smaller pool");
    let N = log_probs_N_K_C.dim().0;
    let mut group = c.benchmark_group(kind);
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    group.bench_function(format!("bald/{N}x{K}x{C}"), |b| {
        b.iter(|| black_box(predictions.score(&[AcquisitionFunction::Bald])));
    });
    group.bench_function(format!("k_bald/b=100/{N}x{K}x{C}"), |b| {
        b.iter(|| black_box(k_bald(&predictions, 100, 2)));
    });
    group.bench_function(format!("large_batch_bald/b=100/{N}x{K}x{C}"), |b| {
        b.iter(|| black_box(large_batch_bald(&predictions, 100)));
    });
    group.bench_function(format!("power_large_batch_bald/b=100/{N}x{K}x{C}"), |b| {
        b.iter(|| black_box(power_large_batch_bald(&predictions, 100, 5.0, 0, 0)));
    });
    group.bench_function(format!("batch_bald/b=10,M=10000/{fewer}x{K}x{C}"), |b| {
        b.iter(|| black_box(batch_bald(&few, 10, NUM_SAMPLES, 0, 0)));
    });
    group.finish();
}

fn trained_pool(c: &mut Criterion) {
    pool(c, "trained", &trained(60_000), 60_000);
}

fn dirichlet_pool(c: &mut Criterion) {
    pool(c, "dirichlet", &dirichlet(60_000), 1_000);
}

/// 500 targets.
fn targets(c: &mut Criterion) {
    let log_probs_N_K_C = trained(1_000);
    let predictions = Predictions::from_log_probs(log_probs_N_K_C.view()).expect("a pool");
    let targets = Predictions::from_log_probs(log_probs_N_K_C.slice(s![..500, .., ..])).expect("targets");
    let targets = Targets::new(&targets).expect("predictions that sum to 1");
    let mut group = c.benchmark_group("targets");
    group.sample_size(10);
    group.bench_function(format!("epig/M=500/1000x{K}x{C}"), |b| {
        b.iter(|| black_box(targets.epig(&predictions)));
    });
    group.finish();
}

criterion_group!(benches, trained_pool, dirichlet_pool, targets);
criterion_main!(benches);
