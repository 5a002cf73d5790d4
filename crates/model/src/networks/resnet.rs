//! ResNet-18 (He et al. 2016, arXiv 1512.03385, table 1), its weights named as torchvision names them.

use super::layer::Layer::{BatchNorm, Dropout, Linear, MaxPool, MeanOverPositions, Relu};
use super::layer::{Block, Conv, ConvBias, Layer};

fn conv(name: impl Into<String>, channels: usize, kernel: usize, stride: usize) -> Block {
    Layer::Conv(Conv { channels, kernel, stride, padding: kernel / 2, bias: ConvBias::None }).named(name)
}

pub(super) fn resnet18(imagenet_stem: bool, classes: usize) -> Vec<Block> {
    let (kernel, stride) = if imagenet_stem { (7, 2) } else { (3, 1) };
    let mut blocks = vec![conv("conv1", 64, kernel, stride), BatchNorm.named("bn1"), Relu.into()];
    if imagenet_stem {
        blocks.push(MaxPool { kernel: 3, stride: 2, padding: 1 }.into());
    }
    for (stage, channels) in [64, 128, 256, 512].into_iter().enumerate() {
        let stride = if stage == 0 { 1 } else { 2 };
        blocks.extend(basic_block(&format!("layer{}.0", stage + 1), channels, stride));
        blocks.extend(basic_block(&format!("layer{}.1", stage + 1), channels, 1));
    }
    blocks.extend([MeanOverPositions.into(), Dropout(0.5).into(), Linear { units: classes }.named("fc")]);
    blocks
}

/// Two convolutions and a shortcut, which becomes a convolution of 1×1 where the first one strides.
fn basic_block(name: &str, channels: usize, stride: usize) -> [Block; 2] {
    let of = |part: &str| format!("{name}.{part}");
    let body = vec![
        conv(of("conv1"), channels, 3, stride),
        BatchNorm.named(of("bn1")),
        Relu.into(),
        conv(of("conv2"), channels, 3, 1),
        BatchNorm.named(of("bn2")),
    ];
    let shortcut = if stride == 1 {
        Vec::new()
    } else {
        vec![conv(of("downsample.0"), channels, 1, stride), BatchNorm.named(of("downsample.1"))]
    };
    [Block::Residual { body, shortcut }, Relu.into()]
}
