//! Networks, posterior samples and checkpoints on libtorch.

mod cuda;
mod data;
mod device;
mod error;
mod folded;
mod forward;
mod group;
mod hidden;
mod kept_units;
mod masks;
mod network;
mod parameters;
mod partial_maps;
mod posterior;
mod precision;
mod side_by_side;

pub use bal_stream::Draw;
pub use data::Half;
pub use device::{Compute, device_name, devices, resolve};
pub use error::Error;
pub use group::GroupParameters;
pub use masks::Masks;
pub use network::{Layer, Network, NetworkName, ParameterShape};
pub use parameters::{BIASES, Parameters, WEIGHTS, to_vec};
pub use posterior::Posterior;
pub use precision::Precision;
