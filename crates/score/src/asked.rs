//! What can be asked for with any predictions: acquisition functions by name, and the target points of `epig`.

use std::str::FromStr;

use bal_acquisition::AcquisitionFunction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Points whose predictions `epig` wants to improve, drawn afresh in each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Targets {
    /// This many of the points that are scored, at most all of them.
    Pool(usize),
    /// This many test inputs, at most all of them; their labels are not looked at.
    Test(usize),
}

impl Targets {
    /// How many.
    pub fn points(self) -> usize {
        let (Self::Pool(points) | Self::Test(points)) = self;
        points
    }
}

impl FromStr for Targets {
    type Err = String;

    /// `pool:100` or `test:100`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |number: &str| number.parse().ok().filter(|&n: &usize| n > 0);
        match text.split_once(':').map(|(kind, n)| (kind, number(n))) {
            Some(("pool", Some(n))) => Ok(Self::Pool(n)),
            Some(("test", Some(n))) => Ok(Self::Test(n)),
            _ => Err("expected `pool:N` or `test:N` with N at least 1, e.g. `pool:100`".to_owned()),
        }
    }
}

/// The functions named in a comma-separated list.
///
/// # Errors
/// [`Error::UnknownFunction`]; [`Error::Config`] for none, or one named twice.
pub fn functions(list: &str) -> Result<Vec<AcquisitionFunction>, Error> {
    let mut functions = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let function = AcquisitionFunction::parse(name)?;
        if functions.contains(&function) {
            return Err(Error::config("acquisition", "every function once", format!("`{function}` twice")));
        }
        functions.push(function);
    }
    if functions.is_empty() {
        return Err(Error::config("acquisition", "at least one function", "none"));
    }
    Ok(functions)
}
