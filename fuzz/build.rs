//! An rpath to libtorch, which `bal-pipeline` links; see `crates/model/build.rs`.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    let library = Path::new(&folder).join("libtorch_cpu.so");
    let real = std::fs::canonicalize(&library).unwrap_or(library);
    if let Some(folder) = real.parent() {
        println!("cargo:rustc-link-arg=-Wl,--disable-new-dtags,-rpath,{}", folder.display());
    }
}
