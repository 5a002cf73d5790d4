//! How much memory a program takes for itself.

use std::process::{Command, Stdio};
use std::time::Duration;

/// Time between two looks at a program.
const BETWEEN: Duration = Duration::from_millis(2);

/// Runs a program to its end and gives the most private memory that it was seen to have, in bytes: pages
/// that belong to no file, so those of a mapped file do not count. Nothing where the system does not tell
/// (anywhere but on Linux).
///
/// # Panics
/// If the program fails.
pub fn peak_private_memory(command: &mut Command) -> Option<u64> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let mut peak = None;
    let status = loop {
        peak = peak.max(private_memory(child.id()));
        match child.try_wait().expect("the program is a child of this one") {
            Some(status) => break status,
            None => std::thread::sleep(BETWEEN),
        }
    };
    assert!(status.success(), "{command:?} ended with {status}");
    peak
}

fn private_memory(process: u32) -> Option<u64> {
    let status = fs_err::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(1024 * kib.split_whitespace().next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_this_process_is_told_on_linux() {
        let filled = std::hint::black_box(vec![1u8; 32 << 20]);
        let told = private_memory(std::process::id());
        assert_eq!(told.is_some(), cfg!(target_os = "linux"));
        assert!(told.is_none_or(|bytes| bytes > filled.len() as u64));
    }
}
