//! The protocol of a resolved pipeline in a few sentences. What cannot be understood is merely not said:
//! `pipeline` owns the format.

use std::collections::BTreeSet;

use maud::{Markup, html};
use serde_json::Value;

use crate::words::{count, grouped, list};

/// A resolved pipeline, and which of its keys its cells set otherwise.
pub(crate) struct Protocol<'a> {
    values: &'a Value,
    varied: BTreeSet<String>,
}

impl<'a> Protocol<'a> {
    pub(crate) fn of(values: &'a Value) -> Self {
        let keys = |map: Option<&Value>| -> Vec<String> {
            map.and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        let cells: Vec<&Value> = match values.get("cells") {
            Some(Value::Object(cells)) => cells.values().collect(),
            Some(Value::Array(cells)) => cells.iter().collect(),
            _ => Vec::new(),
        };
        let of_cells = cells.into_iter().flat_map(|cell| keys(Some(cell)));
        let varied = keys(values.get("sweep")).into_iter().chain(of_cells);
        Self { values, varied: varied.filter(|key| key != "seed" && key != "label").collect() }
    }

    pub(crate) fn sentences(&self) -> Markup {
        let parts =
            [self.data(), self.training(), self.evaluation(), self.acquisition(), Some(self.differences())];
        html! { bdi { (list(parts.into_iter().flatten().map(|part| part + "."), " ")) } }
    }

    /// The value of a key that is the same in all cells.
    fn get(&self, key: &str) -> Option<&'a Value> {
        let set_otherwise = |other: &String| {
            other == key || other.starts_with(&format!("{key}.")) || key.starts_with(&format!("{other}."))
        };
        if self.varied.iter().any(set_otherwise) {
            return None;
        }
        key.split('.').try_fold(self.values, |value, part| value.get(part)).filter(|value| !value.is_null())
    }

    fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(words)
    }

    fn number(&self, key: &str) -> Option<usize> {
        self.get(key)?.as_u64().map(|number| number as usize)
    }

    fn data(&self) -> Option<String> {
        let initial = match (self.number("prepare.initial_per_class"), self.number("prepare.initial")) {
            (Some(each), _) => Some(format!("{} of each class at the start", count(each, "label"))),
            (_, Some(all)) => Some(format!("{} at the start", count(all, "label"))),
            _ => None,
        };
        let validation = match self.number("prepare.validation") {
            Some(0) => Some("no validation set".to_owned()),
            Some(points) => Some(format!("a validation set of {}", grouped(points))),
            None => None,
        };
        let thinned = self.text("prepare.keep_fraction").filter(|text| !text.is_empty());
        let parts = [
            self.text("prepare.dataset"),
            initial,
            validation,
            self.number("prepare.pool_size").map(|size| format!("a pool of {}", grouped(size))),
            thinned.map(|text| format!("of the pool only this part was kept: {text}")),
        ];
        sentence("Data", parts)
    }

    fn training(&self) -> Option<String> {
        let members = self.number("train.members").filter(|&members| members > 1);
        let parts = [
            self.text("train.network").map(|name| match members {
                Some(members) => format!("{members} members of {name}, each round from scratch"),
                None => format!("{name}, each round from scratch"),
            }),
            self.number("train.epochs").map(|epochs| count(epochs, "epoch")),
            self.number("train.draws_per_epoch")
                .map(|draws| format!("an epoch being {} draws", grouped(draws))),
            self.number("train.batch_size").map(|size| format!("minibatches of {size}")),
            self.text("train.optimizer"),
            self.text("train.weight_decay").map(|text| format!("weight decay {text}")),
            self.text("train.early_stopping").map(|text| format!("early stopping ({text})")),
            self.text("train.augmentation").map(|text| format!("augmentation ({text})")),
            self.text("train.class_weights")
                .filter(|text| text != "none")
                .map(|text| format!("class weights {text}")),
            self.text("train.precision").filter(|text| text != "f32").map(|text| format!("in {text}")),
        ];
        sentence("Training", parts)
    }

    fn evaluation(&self) -> Option<String> {
        self.values.get("train")?;
        let samples = self.number("train.evaluate.samples");
        let kind = self.text("train.evaluate.posterior").or_else(|| self.text("score.posterior"));
        let kind = kind.map(|kind| kind.split(':').next().unwrap_or_default().to_owned());
        let parts = [
            Some("test accuracy of the mean prediction on the whole test set".to_owned()),
            kind,
            samples.map(|samples| count(samples, "sample")),
        ];
        sentence("Evaluation", parts)
    }

    fn acquisition(&self) -> Option<String> {
        let parts = [
            self.number("rounds").map(|rounds| count(rounds, "acquisition")),
            self.number("select.batch").map(|batch| format!("of {} each", count(batch, "point"))),
            self.text("score.acquisition").map(|name| format!("scores by {name}")),
            self.text("select.method").map(|name| format!("picked by {name}")),
            self.text("score.posterior").map(|text| format!("posterior samples by {text}")),
            self.number("score.pool_subset")
                .map(|size| format!("each round on {} random points of the pool", grouped(size))),
        ];
        sentence("Acquisition", parts)
    }

    fn differences(&self) -> String {
        let seeds = self.values.pointer("/sweep/seed").and_then(Value::as_array).map_or(1, Vec::len);
        let seeds = format!("{} each", count(seeds, "seed"));
        if self.varied.is_empty() {
            return format!("One method, {seeds}");
        }
        format!("The methods differ in {}; {seeds}", list(&self.varied, ", "))
    }
}

/// `Training: a, b, c`.
fn sentence<const N: usize>(start: &str, parts: [Option<String>; N]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("{start}: {}", list(parts, ", ")))
}

/// A value as words: `adam: learning_rate 0.001`.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => list(values.iter().map(words), " or "),
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| match value {
                Value::Object(inner) if inner.is_empty() => key.clone(),
                Value::Object(_) => format!("{key}: {}", words(value)),
                _ => format!("{key} {}", words(value)),
            };
            list(map.iter().map(pair), ", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pipeline_is_told_in_sentences_and_what_varies_is_not_stated_as_one_value() {
        let values = json!({
            "prepare": {"dataset": "mnist", "initial_per_class": 2, "validation": 100},
            "train": {"network": "gal_cnn", "epochs": 50, "optimizer": {"adam": {"learning_rate": 0.001}},
                      "weight_decay": {"validated": [0.01]}, "evaluate": {"samples": 20}},
            "score": {"posterior": {"mc_dropout": {"samples": 100}}, "acquisition": "bald", "pool_subset": 2000},
            "select": {"method": "top_k", "batch": 10},
            "rounds": 100,
            "sweep": {"seed": [0, 1, 2], "score.acquisition": ["random", "bald"]},
        });
        let text = Protocol::of(&values).sentences().into_string();
        for part in [
            "Data: mnist, 2 labels of each class at the start, a validation set of 100.",
            "Training: gal_cnn, each round from scratch, 50 epochs, adam: learning_rate 0.001, weight decay validated 0.01.",
            "Evaluation: test accuracy of the mean prediction on the whole test set, mc_dropout, 20 samples.",
            "100 acquisitions, of 10 points each, picked by top_k",
            "each round on 2,000 random points of the pool.",
            "The methods differ in score.acquisition; 3 seeds each.",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("scores by"), "{text}");
        assert!(Protocol::of(&Value::Null).sentences().into_string().contains("One method, 1 seed each."));
    }
}
