//! Values that the types of a pipeline allow but no run can use.

use bal_cli::Explain;

use crate::Error;
use crate::config::{Pipeline, Place, Problem};
use crate::selection;

/// Characters of a name at most: a folder's name has one of the pipeline and one of a profile, and file systems allow 255.
const MAX_NAME: usize = 100;

/// Checks the pipeline of one cell. `place` says where a key was written.
///
/// Also writes the acquisition functions as the command line does, and names the column that is picked by where
/// several are scored, and has `score` write what the batch method reads: so that a pipeline and commands given by hand leave the same manifests.
pub(crate) fn check(pipeline: &mut Pipeline, place: &dyn Fn(&str) -> Place) -> Result<(), Error> {
    let refuse = |key: &str, problem: Problem| Error::invalid(place(key), problem);
    let explained =
        |key: &str, error: &dyn Explain| refuse(key, Problem { text: error.to_string(), hint: error.hint() });
    if pipeline.rounds == 0 {
        return Err(refuse("rounds", Problem::new("expected at least 1, found 0")));
    }
    check_name(&pipeline.name).map_err(|problem| refuse("name", problem))?;
    pipeline.prepare.split().check().map_err(|error| match &error {
        bal_prepare::Error::Setting { key, .. } => explained(&format!("prepare.{key}"), &error),
        _ => explained("prepare", &error),
    })?;
    pipeline.train.check().map_err(|error| match &error {
        bal_train::Error::Config { key, .. } => explained(&format!("train.{key}"), &error),
        _ => explained("train", &error),
    })?;
    let functions = pipeline.score.check().map_err(|error| match &error {
        bal_score::Error::Config { key, .. } => explained(&format!("score.{key}"), &error),
        _ => explained("score.acquisition", &error),
    })?;
    let names: Vec<&str> = functions.iter().map(|function| function.name()).collect();
    pipeline.score.acquisition = names.join(",");
    let method = pipeline.select.resolve().map_err(|error| match &error {
        bal_select::Error::Config { key, .. } => explained(&format!("select.{key}"), &error),
        _ => explained("select.method", &error),
    })?;
    if method.needs_scores() {
        check_column(&mut pipeline.select.column, &names)
            .map_err(|problem| refuse("select.column", problem))?;
    }
    pipeline.score.write_log_probs |= selection::needs_predictions(method);
    pipeline.score.write_features |= method.needs_features();
    pipeline.report.check().map_err(|error| explained("report.labels_to_accuracy", &error))
}

/// The column must be scored; where several are and none is named, it is the first one.
fn check_column(column: &mut String, scored: &[&str]) -> Result<(), Problem> {
    match scored {
        [first, _, ..] if column.is_empty() => (*first).clone_into(column),
        _ if column.is_empty() || scored.contains(&column.as_str()) => {}
        _ => {
            let text = format!("`{column}` is not scored; scored are {}", scored.join(", "));
            return Err(Problem::new(text).with_nearest(column, scored.iter().copied()));
        }
    }
    Ok(())
}

/// The name of a pipeline or profile becomes a folder.
pub(crate) fn check_name(name: &str) -> Result<(), Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let good = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(allowed);
    if !good {
        Err(Problem::new(format!("expected letters, digits, `.`, `_` and `-`, found `{name}`")))
    } else if name.len() > MAX_NAME {
        let found = name.len();
        Err(Problem::new(format!("expected a name of at most {MAX_NAME} characters, found {found}")))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_folders() {
        assert!(check_name("fig1-b").is_ok());
        for bad in ["", "../x", ".x", "a/b", "a b", &"x".repeat(101)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_first_of_several_functions_is_picked_by() {
        let mut column = String::new();
        check_column(&mut column, &["bald", "random"]).unwrap();
        assert_eq!(column, "bald");
        let mut column = String::new();
        check_column(&mut column, &["bald"]).unwrap();
        assert_eq!(column, "", "`select` takes the only one by itself");
        let error = check_column(&mut "blad".to_owned(), &["bald"]).unwrap_err();
        assert_eq!(error.hint.unwrap(), "did you mean `bald`?");
    }
}
