//! Names that become folders.

use bal_settings::Problem;

/// Characters of a name at most: a folder's name has one of the pipeline and one of a profile, and file
/// systems allow 255.
const MAX_NAME: usize = 100;

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
}
