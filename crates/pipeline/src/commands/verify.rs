//! `bal verify`: re-hashes every artifact below a folder.

use bal_artifact::{Finding, verify as verify_folder};
use bal_cli::{check_interrupt, say};

use crate::Error;
use crate::args::VerifyArgs;
use crate::words::count;

pub(super) fn verify(args: &VerifyArgs) -> Result<(), Error> {
    let seen = verify_folder(&args.folder, &mut |folder| tracing::debug!("`{}`", folder.display()))?;
    check_interrupt()?;
    for finding in &seen.findings {
        say(&describe(finding));
    }
    for leftover in &seen.leftovers {
        say(&format!(
            "left over: `{}`, by a process that is gone; the next run removes it",
            leftover.display()
        ));
    }
    let (artifacts, files) = (count(seen.artifacts, "artifact"), count(seen.files, "file"));
    say(&format!(
        "{artifacts}, {files} hashed, {} pruned, {}",
        seen.pruned,
        count(seen.findings.len(), "finding")
    ));
    match seen.findings.len() {
        0 => Ok(()),
        findings => Err(Error::Damaged { folder: args.folder.clone(), findings }),
    }
}

fn describe(finding: &Finding) -> String {
    match finding {
        Finding::Missing(path) => format!("missing: `{}`", path.display()),
        Finding::Changed { path, expected, found } => {
            format!("changed: `{}`, expected sha256 {expected}, found {found}", path.display())
        }
        Finding::Orphaned(path) => format!("orphaned: `{}`", path.display()),
        Finding::NoManifest(folder) => {
            format!("no manifest: `{}` holds files of an artifact and no `.json` of it", folder.display())
        }
        Finding::Unreadable(reason) => format!("unreadable: {reason}"),
    }
}
