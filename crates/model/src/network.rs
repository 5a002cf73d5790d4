//! A network for inputs of one form: its blocks as a flat list of steps, computed one after the other.

use crate::networks::{Block, Conv, Layer};
use crate::parameters::{ParameterSpec, specs};
use crate::{Architecture, Error, InputForm};

/// A network for inputs of one form and a number of classes.
#[derive(Clone, Debug)]
pub struct Network {
    /// Which one.
    pub architecture: Architecture,
    /// What it is given.
    pub form: InputForm,
    /// Number of classes C.
    pub classes: usize,
    /// Its steps in order; the last one gives the logits.
    pub steps: Vec<Step>,
}

/// One step: reads values, gives one. Value 0 is the network's input, value i + 1 what step i gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it does.
    pub operation: Operation,
    /// The values that it reads.
    pub reads: Vec<usize>,
    /// Shape of one point in the first value that it reads.
    pub input_shape: Vec<usize>,
    /// Shape of one point in the value that it gives.
    pub shape: Vec<usize>,
    /// Its weights and what belongs to them: none for most layers.
    pub parameters: Vec<ParameterSpec>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    /// A layer, on one value.
    Layer(Layer),
    /// The sum of two values.
    Add,
    /// Vectors, one after the other.
    Concatenate,
}

impl Network {
    /// Builds a network and checks that its layers fit the inputs.
    ///
    /// # Errors
    /// [`Error::InputShape`] naming the layer that does not fit.
    pub fn new(architecture: Architecture, form: &InputForm, classes: usize) -> Result<Self, Error> {
        Self::compile(architecture, form, classes).map_err(|reason| Error::InputShape {
            network: architecture.name(),
            form: form.clone(),
            reason,
            taking: Architecture::taking(form),
        })
    }

    pub(crate) fn compile(
        architecture: Architecture,
        form: &InputForm,
        classes: usize,
    ) -> Result<Self, String> {
        let blocks = architecture.blocks(classes).ok_or("it has no layers")?;
        Self::of_blocks(architecture, &blocks, form, classes)
    }

    /// The steps of these blocks; or which of them does not fit.
    pub(crate) fn of_blocks(
        architecture: Architecture,
        blocks: &[Block],
        form: &InputForm,
        classes: usize,
    ) -> Result<Self, String> {
        let mut compiler = Compiler { form, steps: Vec::new() };
        compiler.chain(blocks, 0)?;
        Ok(Self { architecture, form: form.clone(), classes, steps: compiler.steps })
    }

    /// All weights, biases and running means, in the order of the steps.
    pub fn parameters(&self) -> impl Iterator<Item = &ParameterSpec> {
        self.steps.iter().flat_map(|step| &step.parameters)
    }

    /// Index of the first dropout: everything before it is the deterministic trunk.
    pub fn trunk_len(&self) -> usize {
        let first = (0..self.steps.len()).find(|&index| self.dropout(index).is_some());
        first.unwrap_or(self.steps.len())
    }

    /// Rate p of the dropout at step `index` and the shape of one mask; nothing for other steps.
    pub fn dropout(&self, index: usize) -> Option<(f64, Vec<usize>)> {
        let Step { operation: Operation::Layer(layer), shape, .. } = &self.steps[index] else { return None };
        match *layer {
            Layer::Dropout(p) => Some((p, shape.clone())),
            Layer::ChannelDropout(p) => Some((p, vec![shape[0], 1, 1])),
            _ => None,
        }
    }

    /// The layers from `first` on, if each reads nothing but what the one before it gives.
    pub(crate) fn chain_from(&self, first: usize) -> Option<Vec<Layer>> {
        let layer = |(index, step): (usize, &Step)| match step.operation {
            Operation::Layer(layer) if step.reads == [index] => Some(layer),
            _ => None,
        };
        self.steps.iter().enumerate().skip(first).map(layer).collect()
    }

    /// Index of the last linear layer.
    pub(crate) fn last_linear(&self) -> usize {
        let is_linear = |step: &Step| matches!(step.operation, Operation::Layer(Layer::Linear { .. }));
        self.steps.iter().rposition(is_linear).expect("every network ends in a linear layer")
    }

    /// Number D of features: of what the last linear layer gets to see.
    pub fn feature_units(&self) -> usize {
        self.steps[self.last_linear()].input_shape.iter().product()
    }

    /// Multiplications of step `index` for one input; 0 for those without products.
    pub fn multiplications_of(&self, index: usize) -> f64 {
        let Step { operation: Operation::Layer(layer), parameters, shape, .. } = &self.steps[index] else {
            return 0.0;
        };
        let positions: usize = match layer {
            Layer::Conv(_) | Layer::TimeConv { .. } | Layer::Linear { .. } => shape[1..].iter().product(),
            _ => 0,
        };
        (parameters.first().map_or(0, |weight| weight.shape.iter().product::<usize>()) * positions) as f64
    }

    /// Multiplications of one pass over one input: of the steps before the first dropout, and of the others.
    pub fn multiplications(&self) -> [f64; 2] {
        let sum = |steps: std::ops::Range<usize>| steps.map(|index| self.multiplications_of(index)).sum();
        [sum(0..self.trunk_len()), sum(self.trunk_len()..self.steps.len())]
    }

    /// Numbers in the largest value of one point.
    pub(crate) fn largest_value(&self) -> usize {
        self.steps.iter().map(|step| step.shape.iter().product()).max().unwrap_or(1)
    }
}

struct Compiler<'a> {
    form: &'a InputForm,
    steps: Vec<Step>,
}

impl Compiler<'_> {
    /// Appends blocks that follow each other, the first reading `value`; the value that the last one gives.
    fn chain(&mut self, blocks: &[Block], value: usize) -> Result<usize, String> {
        blocks.iter().try_fold(value, |value, block| match block {
            Block::Layer(name, layer) => self.layer(name, *layer, value),
            Block::Residual { body, shortcut } => {
                let (body, shortcut) = (self.chain(body, value)?, self.chain(shortcut, value)?);
                let shape = self.shape(body).to_vec();
                Ok(self.push(Operation::Add, vec![body, shortcut], shape, Vec::new()))
            }
            Block::Branches(branches) => {
                let ends = branches.iter().map(|branch| self.chain(branch, value));
                let ends = ends.collect::<Result<Vec<usize>, String>>()?;
                let units = ends.iter().map(|&end| self.shape(end)[0]).sum();
                Ok(self.push(Operation::Concatenate, ends, vec![units], Vec::new()))
            }
        })
    }

    fn layer(&mut self, name: &str, layer: Layer, value: usize) -> Result<usize, String> {
        let input = self.shape(value);
        // Words are numbers only to an embedding, and nothing else is a word to it.
        let words = self.form.words.filter(|_| value == 0);
        let shape =
            layer.output_shape(input).filter(|_| matches!(layer, Layer::Embedding { .. }) == words.is_some());
        let Some(shape) = shape else {
            let named = if name.is_empty() { String::new() } else { format!("`{name}`, ") };
            let of = if words.is_some() { " words" } else { "" };
            return Err(format!("layer {} ({named}{layer}) would get {input:?}{of}", self.steps.len() + 1));
        };
        let parameters = specs(name, layer, input, self.form.words);
        Ok(self.push(Operation::Layer(layer), vec![value], shape, parameters))
    }

    fn push(
        &mut self,
        operation: Operation,
        reads: Vec<usize>,
        shape: Vec<usize>,
        parameters: Vec<ParameterSpec>,
    ) -> usize {
        let input_shape = self.shape(reads[0]).to_vec();
        self.steps.push(Step { operation, reads, input_shape, shape, parameters });
        self.steps.len()
    }

    fn shape(&self, value: usize) -> &[usize] {
        match value {
            0 => &self.form.shape,
            value => &self.steps[value - 1].shape,
        }
    }
}

/// A convolution whose kernel goes over every place once, without padding.
pub(crate) fn is_valid(conv: Conv) -> bool {
    conv.stride == 1 && conv.padding == 0
}
