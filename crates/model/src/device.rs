//! Where tensors live. One binary serves CPU and GPU: it links the CPU part of libtorch only.

use std::sync::OnceLock;

use tch::{Cuda, Device};

use crate::{Error, cuda};

/// Device and threads of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compute {
    /// `auto` (a GPU if one answers), `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    /// Threads of libtorch within an operation, or beside each other where samples are drawn on a CPU.
    pub threads: usize,
}

impl Compute {
    /// Sets the number of threads, keeps freed memory in the process and finds the device.
    ///
    /// # Errors
    /// [`Error::Device`] if the device is not there.
    pub fn start(&self) -> Result<Device, Error> {
        tch::set_num_threads(self.threads as i32);
        keep_freed_memory();
        resolve(&self.device)
    }
}

/// Has the allocator keep freed blocks for the next tensor: those below a gigabyte come from its heap, whose
/// free end goes back to the system only from a gigabyte on. By default every large block goes back, and the
/// system clears all pages of the next one: a fifth of the time of an evaluation of `gal_cnn` (measured on
/// two cores). Other threads have smaller heaps of their own, which cost 64 MB and no time where two threads
/// draw samples.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn keep_freed_memory() {
    const GIGABYTE: libc::c_int = 1 << 30;
    const LARGEST_BEFORE_GLIBC_2_35: libc::c_int = 32 << 20;
    #[expect(unsafe_code, reason = "numbers for the allocator, which answers 0 to those it does not take")]
    let set = |parameter, value| unsafe { libc::mallopt(parameter, value) } == 1;
    // The second without the first would switch off what the allocator does by itself.
    if [GIGABYTE, LARGEST_BEFORE_GLIBC_2_35].into_iter().any(|bytes| set(libc::M_MMAP_THRESHOLD, bytes)) {
        set(libc::M_TRIM_THRESHOLD, GIGABYTE);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn keep_freed_memory() {}

/// The device meant by `auto`, `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// [`Error::Device`] if the name is none of these or the device does not answer.
pub fn resolve(name: &str) -> Result<Device, Error> {
    let unavailable = |found: String| Error::Device { device: name.to_owned(), found };
    let index = match name {
        "cpu" => return Ok(Device::Cpu),
        "auto" => return Ok(if gpus() > 0 { Device::Cuda(0) } else { Device::Cpu }),
        "cuda" => Some(0),
        other => other.strip_prefix("cuda:").and_then(|index| index.parse::<usize>().ok()),
    };
    let index = index.ok_or_else(|| unavailable("expected `auto`, `cpu` or `cuda:N`".to_owned()))?;
    match gpus() {
        n if index < n => Ok(Device::Cuda(index)),
        n => Err(unavailable(format!("{n} CUDA devices answer"))),
    }
}

/// Every device that answers, as `--device` takes it.
pub fn devices() -> Vec<String> {
    std::iter::once("cpu".to_owned()).chain((0..gpus()).map(|index| format!("cuda:{index}"))).collect()
}

/// The name of a device as it stands in manifests.
pub fn device_name(device: Device) -> String {
    match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        _ => "cpu".to_owned(),
    }
}

/// Number of CUDA devices; loads the CUDA part of libtorch at the first call.
fn gpus() -> usize {
    static LOADED: OnceLock<bool> = OnceLock::new();
    let loaded = *LOADED.get_or_init(cuda::load);
    if loaded && Cuda::is_available() { usize::try_from(Cuda::device_count()).unwrap_or(0) } else { 0 }
}
