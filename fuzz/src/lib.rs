//! What the targets share: memory bounded by the size of the input, and a file to put the input in.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that are allocated now.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// More than this ends the process, which libFuzzer reports as a crash.
static MOST: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Counts what is asked for, used or not: libFuzzer's own limits see only pages that were touched, and without a
/// sanitizer no single allocation.
struct Counting;

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(memory, layout) }
    }
}

fn take(size: usize) {
    let held = HELD.fetch_add(size, Relaxed).saturating_add(size);
    if held > MOST.load(Relaxed) {
        MOST.store(usize::MAX, Relaxed);
        eprintln!("asked for {size} bytes more, {held} in all: more than the size of the input allows");
        std::process::abort();
    }
}

/// Does `work` with at most `bytes` of memory.
pub fn within(bytes: usize, work: impl FnOnce()) {
    MOST.store(HELD.load(Relaxed).saturating_add(bytes), Relaxed);
    work();
    MOST.store(usize::MAX, Relaxed);
}

/// A file with this content, the same one in every call.
pub fn file(content: &[u8]) -> &'static Path {
    static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        folder.join(format!("bal-fuzz-{}.npy", std::process::id()))
    });
    std::fs::write(&*FILE, content).expect("a temporary file can be written");
    &FILE
}
