//! Whether a program stops soon after it is asked to.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How a program ended that was sent a signal.
#[derive(Debug)]
pub struct Stopped {
    /// Its exit code, if it was not killed.
    pub code: Option<i32>,
    /// How long that took.
    pub after: Duration,
    /// What it said on stderr from the line on that was waited for.
    pub said: String,
}

/// Starts a program, waits for a line on stderr with `at_work` in it and a little longer, and sends it this
/// signal.
pub fn stop(command: &mut Command, at_work: &str, signal: &str) -> Stopped {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("stderr is a pipe"));
    let mut said = String::new();
    while !said.contains(at_work) {
        said.clear();
        let length = stderr.read_line(&mut said).expect("stderr is text");
        assert!(length > 0, "the program ended and did not say `{at_work}`");
    }
    std::thread::sleep(Duration::from_millis(400));
    let start = Instant::now();
    let kill = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status();
    assert!(kill.is_ok_and(|status| status.success()), "`{signal}` could not be sent");
    let status = child.wait().expect("the program ends");
    let after = start.elapsed();
    stderr.read_to_string(&mut said).expect("stderr is text");
    Stopped { code: status.code(), after, said }
}
