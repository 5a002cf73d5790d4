//! Numbers in which the large products are computed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Kind;

/// Numbers in which the large products are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32-bit floats.
    #[default]
    F32,
    /// bfloat16: the range of f32 with 8 bits of precision. Faster where the processor has products of it.
    Bf16,
}

impl Precision {
    /// The kind of tensor.
    pub fn kind(self) -> Kind {
        match self {
            Self::F32 => Kind::Float,
            Self::Bf16 => Kind::BFloat16,
        }
    }
}
