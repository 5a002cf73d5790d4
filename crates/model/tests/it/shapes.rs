//! Sizes as published, and inputs that a network does not take.

use bal_error::Explain as _;
use bal_model::{Architecture, InputForm, Layer, Network, Operation};

use crate::dropouts;

fn weights(network: &Network) -> Vec<(&str, &[usize])> {
    let specs = network.parameters().filter(|spec| spec.key.ends_with(".weight"));
    specs.map(|spec| (spec.key.trim_end_matches(".weight"), spec.shape.as_slice())).collect()
}

#[test]
fn gal_cnn_has_the_published_sizes() {
    let network = Network::new(Architecture::GalCnn, &InputForm::numbers(&[1, 28, 28]), 10).unwrap();
    let flatten = |step: &&bal_model::Step| step.operation == Operation::Layer(Layer::Flatten);
    assert_eq!(network.steps.iter().find(flatten).unwrap().shape, [3872]);
    let expected: [(&str, &[usize]); 4] = [
        ("conv1", &[32, 1, 4, 4]),
        ("conv2", &[32, 32, 4, 4]),
        ("dense1", &[128, 3872]),
        ("dense2", &[10, 128]),
    ];
    assert_eq!(weights(&network), expected);
    assert_eq!(network.trunk_len(), 6);
    assert_eq!(network.feature_units(), 128);
}

#[test]
fn batchbald_cnn_has_the_published_sizes() {
    let network = Network::new(Architecture::BatchbaldCnn, &InputForm::numbers(&[1, 28, 28]), 10).unwrap();
    let shapes: Vec<_> = weights(&network).into_iter().map(|(_, shape)| shape).collect();
    let expected: [&[usize]; 4] = [&[32, 1, 5, 5], &[64, 32, 5, 5], &[128, 1024], &[10, 128]];
    assert_eq!(shapes, expected);
    let masks: Vec<_> = dropouts(&network).into_iter().filter_map(|index| network.dropout(index)).collect();
    assert_eq!(masks, [(0.5, vec![32, 1, 1]), (0.5, vec![64, 1, 1]), (0.5, vec![128])]);
}

/// What is said of a network that is given such inputs.
fn refusal(architecture: Architecture, form: &InputForm) -> Option<[String; 2]> {
    let error = Network::new(architecture, form, 10).err()?;
    Some([error.to_string(), error.hint().unwrap()])
}

#[test]
fn inputs_of_another_kind_are_refused_with_the_layer_and_the_networks_that_take_them() {
    let images = "gal_cnn, batchbald_cnn, emnist_cnn, cifar_cnn, resnet18, vgg16";
    for (form, taking) in [
        (InputForm::numbers(&[3, 32, 32]), images),
        (InputForm::numbers(&[2]), "mlp"),
        (InputForm::texts(12, 50), "text_cnn"),
        (InputForm::numbers(&[3, 8, 8]), "gal_cnn, resnet18"),
        (InputForm::numbers(&[1, 6, 6]), "resnet18"),
    ] {
        for architecture in Architecture::ALL {
            let name = architecture.name();
            let refusal = refusal(architecture, &form);
            assert_eq!(refusal.is_none(), taking.split(", ").any(|taking| taking == name), "{name}, {form}");
            let Some([text, hint]) = refusal else { continue };
            assert!(text.starts_with(&format!("network `{name}` cannot take {form}: layer ")), "{text}");
            assert_eq!(hint, format!("choose one that takes such inputs: {taking}"));
        }
    }
}

#[test]
fn the_first_layer_that_does_not_fit_is_named() {
    let said = |architecture, form: &InputForm| refusal(architecture, form).unwrap()[0].clone();
    let text = said(Architecture::Mlp, &InputForm::numbers(&[1, 28, 28]));
    assert!(text.ends_with("layer 1 (`dense1`, linear) would get [1, 28, 28]"), "{text}");
    let text = said(Architecture::Mlp, &InputForm::texts(12, 50));
    assert!(text.contains("texts of 12 words out of 50: layer 1 (`dense1`,"), "{text}");
    assert!(text.ends_with("would get [12] words"), "{text}");
    let text = said(Architecture::TextCnn, &InputForm::numbers(&[12]));
    assert!(text.ends_with("layer 1 (`embedding`, embedding of words) would get [12]"), "{text}");
    let text = said(Architecture::TextCnn, &InputForm::texts(4, 50));
    assert!(text.contains("(`conv5`,") && text.ends_with("would get [128, 4]"), "{text}");
    let text = said(Architecture::Vgg16, &InputForm::numbers(&[3, 16, 31]));
    assert!(text.contains("(max-pool over 2×2 places)") && text.ends_with("would get [512, 1, 1]"), "{text}");
    let text = said(Architecture::GalCnn, &InputForm::numbers(&[1, 6, 6]));
    assert!(text.contains("would get [32, 3, 3]"), "{text}");
}

#[test]
fn inputs_that_no_network_takes_are_said_to_be_such() {
    for form in [InputForm::numbers(&[2, 5]), InputForm::texts(3, 50)] {
        for architecture in Architecture::ALL {
            assert_eq!(refusal(architecture, &form).unwrap()[1], "no network takes such inputs", "{form}");
        }
    }
}
