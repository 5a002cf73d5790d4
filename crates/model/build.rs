//! Gives binaries and tests an rpath to the folder that really holds libtorch (link arguments of a
//! dependency's build script do not reach them). Used by every crate that links libtorch.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=../model/build.rs");
    println!("cargo:rerun-if-env-changed=DEP_TCH_LIBTORCH_LIB");
    let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    // The build links against a folder of symlinks; the libraries find each other only in their own place.
    let library = Path::new(&folder).join("libtorch_cpu.so");
    let real = std::fs::canonicalize(&library).unwrap_or(library);
    if let Some(folder) = real.parent() {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}
