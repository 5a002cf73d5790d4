//! A text file that carries a digest of itself, and so tells that it is ours and whole.

use crate::digest;

/// Beginning of the first line; the digest of everything behind that line follows.
const SEAL: &str = "# Resolved by `bal`, not to be edited; sha256 of what follows: ";

/// What [`seal_of`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// Ours, as it was written.
    Whole,
    /// Ours, but something was changed behind the seal, or the seal itself.
    Broken,
    /// Somebody else's, or one of an earlier version.
    None,
}

/// `text` behind a line with its digest.
pub fn sealed(text: &str) -> String {
    format!("{SEAL}{}\n{text}", digest::sha256_of(text.as_bytes()))
}

/// Whether a text is sealed, and whether it is what was sealed.
pub fn seal_of(text: &str) -> Seal {
    let Some((digest, rest)) = text.strip_prefix(SEAL).and_then(|text| text.split_once('\n')) else {
        return Seal::None;
    };
    if digest::sha256_of(rest.as_bytes()) == digest { Seal::Whole } else { Seal::Broken }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_breaks_the_seal() {
        let text = sealed("name: tiny\n");
        assert_eq!(seal_of(&text), Seal::Whole);
        assert_eq!(seal_of("name: tiny\n"), Seal::None);
        for changed in [text.replace("tiny", "tinx"), format!("{text}#\n"), text.replacen(": ", ": 0", 1)] {
            assert_ne!(seal_of(&changed), Seal::Whole, "{changed}");
        }
    }
}
