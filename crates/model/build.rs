//! Gives binaries and tests the path of the folder that really holds libtorch (link arguments of a
//! dependency's build script do not reach them). Used by every crate that links libtorch.
//!
//! The path is a `DT_RPATH`, which goes before `LD_LIBRARY_PATH`: another libtorch that a module or a
//! virtual environment puts there has other symbols, and the program would not start. Where the folder of
//! the build is missing, `LD_LIBRARY_PATH` serves. Linkers write the weaker `DT_RUNPATH` unless they are
//! told not to.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=../model/build.rs");
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    // The build links against a folder of symlinks; the libraries find each other only in their own place.
    let library = Path::new(&folder).join("libtorch_cpu.so");
    let real = std::fs::canonicalize(&library).unwrap_or(library);
    if let Some(folder) = real.parent() {
        println!("cargo:rustc-link-arg=-Wl,--disable-new-dtags,-rpath,{}", folder.display());
    }
}
