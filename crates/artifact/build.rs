//! Release builds carry the git commit into every manifest; dev builds do not, or each commit would rebuild everything.

use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let mut commit = "unknown".to_owned();
    if std::env::var("PROFILE").as_deref() == Ok("release")
        && let Some(head) = git(&["rev-parse", "--short=12", "HEAD"])
    {
        for name in ["HEAD", "logs/HEAD"] {
            if let Some(path) = git(&["rev-parse", "--path-format=absolute", "--git-path", name]) {
                println!("cargo:rerun-if-changed={path}");
            }
        }
        commit = head;
    }
    println!("cargo:rustc-env=BAL_COMMIT={commit}");
}
