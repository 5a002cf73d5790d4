//! The plan as a Makefile.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::steps::Step;
use crate::words::shell_word;

/// The whole Makefile of an experiment's steps.
pub(crate) fn makefile(name: &str, steps: &[Step]) -> String {
    let mut text = format!("# {name} as a Makefile, written by `bal plan --format make`.\n");
    text += "BAL ?= bal\nDEVICE ?= auto\nTHREADS ?= 1\n\n.DELETE_ON_ERROR:\n.PHONY: all\n";
    let last = steps.last().map(|step| target(&step.output)).unwrap_or_default();
    let _ = write!(text, "all: {last}\n\n");
    for step in steps {
        rule(&mut text, step);
    }
    text
}

fn rule(text: &mut String, step: &Step) {
    let targets = |paths: &[PathBuf]| paths.iter().map(|path| target(path)).collect::<Vec<_>>().join(" ");
    let _ = write!(text, "{}: {}", target(&step.output), targets(&step.inputs));
    if !step.after.is_empty() {
        let _ = write!(text, "| {}", targets(&step.after));
    }
    text.push('\n');
    let words: Vec<String> = step.command.iter().map(|word| quote(word)).collect();
    let command = format!("$(BAL) {}{}", words.join(" "), variables(step));
    if step.prints {
        // Under its name only once it is whole.
        let path = |path: &Path| quote(&path.display().to_string());
        let temporary = path(&step.output.with_added_extension("tmp"));
        let (folder, output) = (path(step.output.parent().unwrap_or(Path::new("."))), path(&step.output));
        let _ =
            write!(text, "\t@mkdir -p {folder}\n\t{command} > {temporary}\n\t@mv {temporary} {output}\n\n");
    } else {
        let _ = write!(text, "\t{command}\n\n");
    }
}

/// What is asked of the machine: ` --device $(DEVICE) --threads $(THREADS)`.
fn variables(step: &Step) -> String {
    let variable = |flag: &&str| format!(" {flag} $({})", flag.trim_start_matches('-').to_uppercase());
    step.takes.iter().map(variable).collect()
}

/// A word of a recipe: for the shell, and `$` for make.
fn quote(word: &str) -> String {
    shell_word(&word.replace('$', "$$"))
}

/// A file name as target or prerequisite.
fn target(path: &Path) -> String {
    let escape = |c: char| match c {
        '$' => "$$".to_owned(),
        ' ' | '#' | ':' | '%' => format!("\\{c}"),
        c => c.to_string(),
    };
    path.display().to_string().chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_make_and_shell() {
        for (word, quoted) in [
            ("a/b-1.npy", "a/b-1.npy"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$x", "'$$x'"),
            ("", "''"),
        ] {
            assert_eq!(quote(word), quoted);
        }
        assert_eq!(target(Path::new("a b/$c")), r"a\ b/$$c");
    }
}
