//! The networks: what each is made of.

mod architecture;
mod cnn;
mod layer;
mod resnet;
mod text;
mod vgg;

pub use architecture::Architecture;
pub(crate) use layer::Block;
pub use layer::{Conv, ConvBias, Layer};
