//! Networks, posterior samples and checkpoints on libtorch.

mod data;
mod device;
mod error;
mod forward;
mod network;
mod parameters;
mod posterior;

pub use data::Half;
pub use device::{Compute, device_name, devices, resolve};
pub use error::Error;
pub use network::{Layer, Network, NetworkName, ParameterShape};
pub use parameters::{BIASES, Parameters, WEIGHTS, to_vec};
pub use posterior::{Masks, Posterior};
