//! Kim's convolutional network for sentences (2014, arXiv 1408.5882).
//!
//! Its embeddings have 128 numbers and are learnt from nothing; his have 300 and come from another corpus.

use super::layer::Block;
use super::layer::Layer::{Dropout, Embedding, Linear, MaxOverTime, Relu, TimeConv};

pub(super) fn text_cnn(classes: usize) -> Vec<Block> {
    let branch = |kernel: usize| -> Vec<Block> {
        let conv = TimeConv { channels: 100, kernel }.named(format!("conv{kernel}"));
        vec![conv, Relu.into(), MaxOverTime.into()]
    };
    vec![
        Embedding { units: 128 }.named("embedding"),
        Block::Branches([3, 4, 5].map(branch).into()),
        Dropout(0.5).into(),
        Linear { units: classes }.named("dense1"),
    ]
}
