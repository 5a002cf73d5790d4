//! The CUDA half of libtorch, opened at run time: it must be that of the CPU half that runs already.

use std::path::{Path, PathBuf};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

/// The half itself, and what it needs of libtorch: the linker would look for that on `LD_LIBRARY_PATH` first.
const LIBRARIES: [&str; 2] = ["libc10_cuda.so", CUDA];
const CUDA: &str = "libtorch_cuda.so";

/// Opens `libtorch_cuda.so` beside the libtorch in use; it registers itself. Says whether there is one.
pub(crate) fn load() -> bool {
    let maps = fs_err::read_to_string("/proc/self/maps").unwrap_or_default();
    let Some(folder) = folder_of("libtorch_cpu.so", &maps) else { return false };
    if !folder.join(CUDA).is_file() {
        let paths = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let mut others = std::env::split_paths(&paths).map(|path| path.join(CUDA));
        if let Some(other) = others.find(|file| file.is_file()) {
            tracing::warn!(
                "`{}` is not used: it belongs to another libtorch than the one in use, `{}`, which has no CUDA half \
                 (to use that one, set LIBTORCH to it and build `bal` again)",
                other.display(),
                folder.display()
            );
        }
        return false;
    }
    LIBRARIES.iter().map(|name| folder.join(name)).filter(|file| file.is_file()).all(|file| open(&file))
}

fn open(file: &Path) -> bool {
    #[expect(
        unsafe_code,
        reason = "loading a library runs its initialisers; this is libtorch's own second half"
    )]
    let library = unsafe { Library::open(Some(file), RTLD_NOW | RTLD_GLOBAL) };
    let kept = library.map(std::mem::forget); // open for the life of the process
    kept.inspect_err(|error| tracing::warn!("no GPU is used: failed to load `{}`: {error}", file.display()))
        .is_ok()
}

/// The folder of a library that this process has loaded, by the last column of `/proc/self/maps`.
fn folder_of(library: &str, maps: &str) -> Option<PathBuf> {
    let paths = maps.lines().filter_map(|line| Some(Path::new(&line[line.find('/')?..])));
    paths.filter(|path| path.ends_with(library)).find_map(Path::parent).map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_loaded_library_is_found() {
        let maps = "55d0-55d1 r--p 00000000 08:01 123    /usr/bin/bal\n\
                    7f00-7f01 rw-p 00000000 00:00 0 \n\
                    7f01-7f02 r--p 00000000 08:01 124    /opt/with space/lib/libtorch_cpu.so\n\
                    7f02-7f03 r-xp 00001000 08:01 124    /opt/with space/lib/libtorch_cpu.so\n";
        assert_eq!(folder_of("libtorch_cpu.so", maps), Some(PathBuf::from("/opt/with space/lib")));
        assert_eq!(folder_of("libc10.so", maps), None);
    }

    #[test]
    fn this_process_has_loaded_libtorch() {
        tch::set_num_threads(1);
        let maps = fs_err::read_to_string("/proc/self/maps").unwrap();
        let folder = folder_of("libtorch_cpu.so", &maps).unwrap();
        assert!(folder.join("libc10.so").is_file(), "{}", folder.display());
    }
}
