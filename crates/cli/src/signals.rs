//! Stopping at a safe point.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};

use crate::Interrupted;

static SIGNAL: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

fn signal() -> &'static Arc<AtomicUsize> {
    SIGNAL.get_or_init(Arc::default)
}

/// From now on SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are remembered for [`check_interrupt`].
///
/// A second SIGINT or SIGTERM ends the process at once: somebody is in a hurry. The others may come twice
/// for one reason: a terminal that goes hangs up by its shell and by the kernel, a batch system repeats its
/// warning.
pub fn watch() {
    for number in [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2] {
        // `nohup` has it ignored: the run is to outlive its terminal.
        if number == SIGHUP && is_ignored(number) {
            continue;
        }
        let seen = Arc::new(AtomicBool::new(false));
        // Registration fails only for signals that cannot be caught, and these can.
        if [SIGINT, SIGTERM].contains(&number) {
            let _ = signal_hook::flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&seen));
        }
        let _ = signal_hook::flag::register(number, seen);
        let _ = signal_hook::flag::register_usize(number, Arc::clone(signal()), number as usize);
    }
}

/// Whether whoever started this process had a signal ignored.
fn is_ignored(number: i32) -> bool {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1)
}

/// Asks this process to stop at its next safe point, as a signal would.
pub fn request_stop(number: u8) {
    let _ = signal().compare_exchange(0, usize::from(number), Ordering::SeqCst, Ordering::SeqCst);
}

/// Ends this process now, wherever it is, as a kill would: nothing is tidied up.
pub fn leave_at_once(number: u8) -> ! {
    signal_hook::low_level::exit(128 + i32::from(number))
}

/// A safe point: an error if a stop was asked for.
///
/// # Errors
/// [`Interrupted`] with the signal's number.
pub fn check_interrupt() -> Result<(), Interrupted> {
    match signal().load(Ordering::SeqCst) {
        0 => Ok(()),
        number => Err(Interrupted(u8::try_from(number).unwrap_or(0))),
    }
}
