//! One binary for CPU and GPU: it must not need the CUDA half of libtorch.

use std::process::Command;

#[test]
fn the_binary_needs_only_the_cpu_half_of_libtorch() {
    let binary = assert_cmd::cargo::cargo_bin("bal-train");
    // readelf comes with the binutils that every C++ compiler brings.
    let output = Command::new("readelf").arg("-d").arg(&binary).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let between = |line: &str| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned());
    let needed: Vec<String> =
        text.lines().filter(|line| line.contains("(NEEDED)")).filter_map(between).collect();
    assert!(needed.iter().any(|name| name == "libtorch_cpu.so"), "{needed:?}");
    let cuda = |name: &&String| name.contains("cuda") || *name == "libtorch.so";
    assert_eq!(needed.iter().find(cuda), None, "{needed:?}");

    let rpath: Vec<String> = text.lines().filter(|line| line.contains("PATH)")).filter_map(between).collect();
    let found = |folder: &str| std::path::Path::new(folder).join("libtorch_cpu.so").is_file();
    assert!(rpath.iter().any(|path| path.split(':').any(found)), "no rpath to libtorch: {rpath:?}");
    assert!(
        !text.contains("(RUNPATH)"),
        "another libtorch on LD_LIBRARY_PATH would win over that of the build"
    );
}
