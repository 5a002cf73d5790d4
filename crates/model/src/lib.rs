//! Networks, posterior samples and checkpoints on libtorch.

mod cuda;
mod device;
mod error;
mod examples;
mod forward;
mod group;
mod network;
mod parameters;
mod posterior;
mod precision;

pub use bal_stream::Draw;
pub use device::{Compute, device_name, devices, resolve};
pub use error::Error;
pub use examples::Examples;
pub use group::GroupParameters;
pub use network::{Layer, Network, NetworkName, ParameterShape};
pub use parameters::{BIASES, Parameters, WEIGHTS, to_vec};
pub use posterior::{Masks, Sampler};
pub use precision::Precision;
