//! The networks by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layer::Block;
use super::{cnn, resnet, text, vgg};
use crate::{InputForm, Network};

/// A network by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Architecture {
    /// Two convolutions, 128 hidden units (Gal, Islam & Ghahramani 2017).
    GalCnn,
    /// Two convolutions with channel dropout, 128 hidden units (Kirsch, van Amersfoort & Gal 2019).
    BatchbaldCnn,
    /// Three convolutions with channel dropout, 512 hidden units (Kirsch, van Amersfoort & Gal 2019).
    EmnistCnn,
    /// Four convolutions, each with dropout (Rubashevskii et al. 2023).
    CifarCnn,
    /// 18 layers with shortcuts (He et al. 2016), dropout before the last.
    Resnet18 {
        /// Begins as for photographs, with a convolution of 7×7, stride 2, and a max-pool, instead of one of
        /// 3×3 for small images.
        #[serde(default)]
        imagenet_stem: bool,
    },
    /// The 13 convolutions of VGG-16 with batch normalisation (Simonyan & Zisserman 2015), their mean over
    /// positions, dropout, one linear layer; without the two hidden layers of 4096 units.
    Vgg16,
    /// Convolutions over 3, 4 and 5 words with embeddings of their own (Kim 2014).
    TextCnn,
    /// 2-50-50-2 perceptron for points in the plane.
    Mlp,
    /// No network: labels of two classes spread over a graph of raw inputs (Zhu, Ghahramani & Lafferty 2003).
    /// Nothing is fitted, and no weights are written.
    GaussianField,
}

impl Architecture {
    /// Every network that has layers.
    pub const ALL: [Self; 9] = [
        Self::GalCnn,
        Self::BatchbaldCnn,
        Self::EmnistCnn,
        Self::CifarCnn,
        Self::Resnet18 { imagenet_stem: false },
        Self::Resnet18 { imagenet_stem: true },
        Self::Vgg16,
        Self::TextCnn,
        Self::Mlp,
    ];

    /// Name in YAML and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::GalCnn => "gal_cnn",
            Self::BatchbaldCnn => "batchbald_cnn",
            Self::EmnistCnn => "emnist_cnn",
            Self::CifarCnn => "cifar_cnn",
            Self::Resnet18 { .. } => "resnet18",
            Self::Vgg16 => "vgg16",
            Self::TextCnn => "text_cnn",
            Self::Mlp => "mlp",
            Self::GaussianField => "gaussian_field",
        }
    }

    /// Whether it has layers, whose weights are fitted.
    pub fn has_layers(self) -> bool {
        self != Self::GaussianField
    }

    /// Whether its training looks at all points of a minibatch together.
    pub fn has_batch_norm(self) -> bool {
        matches!(self, Self::Resnet18 { .. } | Self::Vgg16)
    }

    /// Names of the networks that take inputs of this form.
    pub(crate) fn taking(form: &InputForm) -> Vec<&'static str> {
        let takes = |architecture: &Self| Network::compile(*architecture, form, 2).is_ok();
        let mut names: Vec<_> = Self::ALL.into_iter().filter(takes).map(Self::name).collect();
        names.dedup();
        names
    }

    /// What it is made of; nothing if it has no layers.
    pub(crate) fn blocks(self, classes: usize) -> Option<Vec<Block>> {
        Some(match self {
            Self::GalCnn => cnn::gal_cnn(classes),
            Self::BatchbaldCnn => cnn::batchbald_cnn(classes),
            Self::EmnistCnn => cnn::emnist_cnn(classes),
            Self::CifarCnn => cnn::cifar_cnn(classes),
            Self::Resnet18 { imagenet_stem } => resnet::resnet18(imagenet_stem, classes),
            Self::Vgg16 => vgg::vgg16(classes),
            Self::TextCnn => text::text_cnn(classes),
            Self::Mlp => cnn::mlp(classes),
            Self::GaussianField => return None,
        })
    }
}
