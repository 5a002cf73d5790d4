//! Which libtorch `bal` runs with: that of its build, whatever else lies about.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const BAL: &str = env!("CARGO_BIN_EXE_bal");

/// The folder of libtorch that the binary names in its dynamic section.
fn rpath() -> String {
    // readelf comes with the binutils that every C++ compiler brings.
    let output = Command::new("readelf").args(["-d", BAL]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.contains("(RPATH)")).expect("an rpath, which no RUNPATH is");
    line.split_once('[').unwrap().1.split_once(']').unwrap().0.to_owned()
}

/// A folder with shared libraries of these names that hold nothing.
fn empty_libraries(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let mut compiler = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".to_owned()));
        compiler.arg("-shared").arg("-o").arg(folder.path().join(name)).args(["-x", "c", "/dev/null"]);
        assert!(compiler.status().unwrap().success());
    }
    folder
}

fn bal(program: &Path, libraries: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).env("LD_LIBRARY_PATH", libraries).env_remove("RUST_LOG").output().unwrap()
}

#[test]
fn another_libtorch_on_the_library_path_is_not_used() {
    let others = empty_libraries(&["libtorch_cpu.so", "libc10.so", "libtorch.so"]);
    let output = bal(BAL.as_ref(), others.path(), &["--version"]);
    assert!(output.status.success(), "{output:?}");

    let folder = tempfile::tempdir().unwrap();
    let (probs, scores) = (folder.path().join("probs.npy"), folder.path().join("scores"));
    bal_artifact::write_file(&probs, &npy()).unwrap();
    let arguments = [
        "score",
        "--probs",
        probs.to_str().unwrap(),
        "--acquisition",
        "bald",
        "--out",
        scores.to_str().unwrap(),
    ];
    let output = bal(BAL.as_ref(), others.path(), &arguments);
    assert!(output.status.success(), "{output:?}");
    assert!(scores.join("scores.parquet").is_file());
}

/// Two points, two samples, two classes, as NumPy saves them.
fn npy() -> Vec<u8> {
    let header = format!("{:<117}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 2), }");
    let probs = [0.5f32, 0.5, 0.25, 0.75, 1.0, 0.0, 0.0, 1.0];
    let data = probs.iter().flat_map(|p| p.to_le_bytes());
    b"\x93NUMPY\x01\x00\x76\x00".iter().copied().chain(header.bytes()).chain(data).collect()
}

/// The program, as if it had been built where there is no libtorch any more.
fn moved(rpath: &str, folder: &Path) -> PathBuf {
    let program = folder.join("bal");
    fs_err::copy(BAL, &program).unwrap();
    let mut bytes = fs_err::read(&program).unwrap();
    let at = bytes.windows(rpath.len()).position(|window| window == rpath.as_bytes()).unwrap();
    bytes[at..at + rpath.len()].copy_from_slice(format!("/{:x<1$}", "nowhere", rpath.len() - 1).as_bytes());
    fs_err::write(&program, bytes).unwrap();
    program
}

#[test]
fn without_the_folder_of_the_build_the_library_path_serves() {
    let rpath = rpath();
    let folder = tempfile::tempdir().unwrap();
    let program = moved(&rpath, folder.path());
    let output = bal(&program, Path::new(""), &["--version"]);
    assert_eq!(output.status.code(), Some(127), "it cannot start without libtorch: {output:?}");
    let output = bal(&program, rpath.as_ref(), &["--version"]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_cuda_half_of_another_libtorch_is_named_and_not_opened() {
    if Path::new(&rpath()).join("libtorch_cuda.so").is_file() {
        // Then that one is used, and others are not looked for.
        return;
    }
    let others = empty_libraries(&["libtorch_cuda.so"]);
    let output = bal(BAL.as_ref(), others.path(), &["devices"]);
    let text = String::from_utf8_lossy(&output.stderr);
    let expected = format!(
        "`{}` is not used: it belongs to another libtorch",
        others.path().join("libtorch_cuda.so").display()
    );
    assert!(output.status.success() && text.contains(&expected), "{text}");
    assert_eq!(output.stdout, b"cpu\n");
}
