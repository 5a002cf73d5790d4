//! VGG-16 with batch normalisation (Simonyan & Zisserman 2015, arXiv 1409.1556, table 1 D), the weights of
//! its convolutions named as torchvision names them.
//!
//! The classifier is one linear layer on the mean over positions, behind dropout. torchvision's has 134
//! million weights, made for 1,000 classes of photographs, and is left out.

use super::layer::Layer::{BatchNorm, Dropout, Linear, MaxPool, MeanOverPositions, Relu};
use super::layer::{Block, Conv, ConvBias, Layer};

/// Output channels of the convolutions, pool by pool.
const CHANNELS: [&[usize]; 5] = [&[64; 2], &[128; 2], &[256; 3], &[512; 3], &[512; 3]];

pub(super) fn vgg16(classes: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for channels in CHANNELS {
        for &channels in channels {
            // Their numbers count every layer, also those without weights.
            let name = |offset: usize| format!("features.{}", blocks.len() + offset);
            let conv = Conv { channels, kernel: 3, stride: 1, padding: 1, bias: ConvBias::Zero };
            let layers = [Layer::Conv(conv).named(name(0)), BatchNorm.named(name(1)), Relu.into()];
            blocks.extend(layers);
        }
        blocks.push(MaxPool { kernel: 2, stride: 2, padding: 0 }.into());
    }
    blocks.extend([
        MeanOverPositions.into(),
        Dropout(0.5).into(),
        Linear { units: classes }.named("classifier"),
    ]);
    blocks
}
