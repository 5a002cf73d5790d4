//! Release builds carry the git commit into every manifest. Whoever commits often sets `BAL_COMMIT`, to any
//! text: then a commit rebuilds nothing.

use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=BAL_COMMIT");
    let given = std::env::var("BAL_COMMIT").ok();
    let mut commit = given.clone().unwrap_or_else(|| "unknown".to_owned());
    if given.is_none()
        && std::env::var("PROFILE").as_deref() == Ok("release")
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
