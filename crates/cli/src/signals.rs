//! Stopping at a safe point.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};

use crate::Interrupted;

static SIGNAL: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

fn signal() -> &'static Arc<AtomicUsize> {
    SIGNAL.get_or_init(Arc::default)
}

/// From now on SIGINT, SIGTERM and SIGUSR1 are remembered for [`check_interrupt`]; a second SIGINT or SIGTERM ends the process at once.
pub fn watch() {
    for number in [SIGINT, SIGTERM, SIGUSR1] {
        let seen = Arc::new(AtomicBool::new(false));
        // Registration fails only for signals that cannot be caught, and these three can.
        if number != SIGUSR1 {
            let _ = signal_hook::flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&seen));
        }
        let _ = signal_hook::flag::register(number, seen);
        let _ = signal_hook::flag::register_usize(number, Arc::clone(signal()), number as usize);
    }
}

/// Asks this process to stop at its next safe point, as a signal would.
pub fn request_stop(number: u8) {
    let _ = signal().compare_exchange(0, usize::from(number), Ordering::SeqCst, Ordering::SeqCst);
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
