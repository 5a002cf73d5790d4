//! Errors as the user sees them: text, causes, exit code, hint.

use std::fmt::Write as _;

use bal_error::{Explain, exit};

/// Any explained error, on its way to `main`.
#[derive(Debug)]
pub struct Failure(Box<dyn Explain + Send + Sync>);

impl<E: Explain + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// Exit code of the process.
    pub fn exit_code(&self) -> u8 {
        self.0.exit_code()
    }

    /// `error: …`, `caused by: …`, and after a blank line `hint: …`.
    pub fn render(&self) -> String {
        let mut text = format!("error: {}\n", self.0);
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let _ = writeln!(text, "caused by: {error}");
            cause = error.source();
        }
        if let Some(hint) = self.0.hint() {
            let _ = write!(text, "\nhint: {hint}\n");
        }
        text
    }
}

/// A signal asked the process to stop, and it did so at a safe point.
#[derive(Debug, thiserror::Error)]
#[error("interrupted by signal {0}")]
pub struct Interrupted(pub u8);

impl Explain for Interrupted {
    fn exit_code(&self) -> u8 {
        exit::SIGNAL + self.0
    }

    fn hint(&self) -> Option<String> {
        Some("nothing half-written was left; give the same command again to go on".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error with a cause and without a hint.
    #[derive(Debug, thiserror::Error)]
    #[error("failed to write")]
    struct Lost(#[source] std::io::Error);

    impl Explain for Lost {
        fn exit_code(&self) -> u8 {
            exit::UNEXPECTED
        }
    }

    #[test]
    fn renders_text_causes_and_hint() {
        let failure = Failure::from(Interrupted(2));
        assert_eq!(failure.exit_code(), 130);
        let start = "error: interrupted by signal 2\n\nhint: nothing half-written was left";
        assert!(failure.render().starts_with(start), "{}", failure.render());
        let failure = Failure::from(Lost(std::io::Error::other("disk on fire")));
        assert_eq!(failure.render(), "error: failed to write\ncaused by: disk on fire\n");
    }
}
