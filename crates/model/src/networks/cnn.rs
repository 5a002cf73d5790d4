//! Small convolutional networks and the perceptron, one line a layer, as the tables in the papers.
//!
//! Dropout stands right before the layer that reads it. The papers have it earlier, but a mask m ≥ 0 of units
//! commutes with ReLU and flattening, and one of channels with max-pool too: the same function with fewer
//! units to mask. Only `cifar_cnn` drops single elements before it pools, and so does this one.

use super::layer::Layer::{ChannelDropout, Dropout, Flatten, Linear, Relu};
use super::layer::{Block, Conv, ConvBias, Layer};

fn conv(number: usize, channels: usize, kernel: usize) -> Block {
    let conv = Conv { channels, kernel, stride: 1, padding: 0, bias: ConvBias::Drawn };
    Layer::Conv(conv).named(format!("conv{number}"))
}

fn dense(number: usize, units: usize) -> Block {
    Linear { units }.named(format!("dense{number}"))
}

fn pool() -> Block {
    Layer::MaxPool { kernel: 2, stride: 2, padding: 0 }.into()
}

pub(super) fn gal_cnn(classes: usize) -> Vec<Block> {
    vec![
        conv(1, 32, 4),
        Relu.into(),
        conv(2, 32, 4),
        pool(),
        Relu.into(),
        Flatten.into(),
        Dropout(0.25).into(),
        dense(1, 128),
        Relu.into(),
        Dropout(0.5).into(),
        dense(2, classes),
    ]
}

pub(super) fn batchbald_cnn(classes: usize) -> Vec<Block> {
    vec![
        conv(1, 32, 5),
        pool(),
        Relu.into(),
        ChannelDropout(0.5).into(),
        conv(2, 64, 5),
        pool(),
        Relu.into(),
        ChannelDropout(0.5).into(),
        Flatten.into(),
        dense(1, 128),
        Relu.into(),
        Dropout(0.5).into(),
        dense(2, classes),
    ]
}

pub(super) fn emnist_cnn(classes: usize) -> Vec<Block> {
    vec![
        conv(1, 32, 3),
        pool(),
        Relu.into(),
        ChannelDropout(0.5).into(),
        conv(2, 64, 3),
        Relu.into(),
        ChannelDropout(0.5).into(),
        conv(3, 128, 3),
        pool(),
        Relu.into(),
        ChannelDropout(0.5).into(),
        Flatten.into(),
        dense(1, 512),
        Relu.into(),
        Dropout(0.5).into(),
        dense(2, classes),
    ]
}

pub(super) fn cifar_cnn(classes: usize) -> Vec<Block> {
    vec![
        conv(1, 32, 3),
        Relu.into(),
        Dropout(0.25).into(),
        conv(2, 32, 3),
        Relu.into(),
        Dropout(0.25).into(),
        pool(),
        conv(3, 64, 3),
        Relu.into(),
        Dropout(0.25).into(),
        conv(4, 64, 3),
        Relu.into(),
        Dropout(0.25).into(),
        pool(),
        Flatten.into(),
        Dropout(0.5).into(),
        dense(1, classes),
    ]
}

pub(super) fn mlp(classes: usize) -> Vec<Block> {
    vec![
        dense(1, 50),
        Relu.into(),
        Dropout(0.3).into(),
        dense(2, 50),
        Relu.into(),
        Dropout(0.3).into(),
        dense(3, classes),
    ]
}
