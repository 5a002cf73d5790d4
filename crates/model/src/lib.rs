//! Networks, posterior samples and checkpoints on libtorch.

mod checkpoint;
mod cuda;
mod device;
mod error;
mod examples;
mod form;
mod forward;
mod network;
mod networks;
mod parameters;
mod posterior;
mod precision;

pub use bal_stream::Draw;
pub use device::{Compute, device_name, devices, resolve};
pub use error::Error;
pub use examples::Examples;
pub use form::InputForm;
pub use forward::{Dropout, Mode};
pub use network::{Network, Operation, Step};
pub use networks::{Architecture, Conv, ConvBias, Layer};
pub use parameters::{ParameterSpec, Parameters, Role, to_vec};
pub use posterior::{MAX_SAMPLES, Posterior, PosteriorKind, Sampler};
pub use precision::Precision;
