//! Files, types and shapes of others that are no damage: what they are, and how to make of them what is
//! needed.

use std::path::Path;

use crate::Error;

/// Characters of a foreign text that an error shows at most.
const SHOWN: usize = 80;

/// What a file is that is given for a `.npy` array, and what makes one of it.
pub(crate) fn instead_of_array(path: &Path, bytes: &[u8]) -> Option<(String, String)> {
    let file = path.display();
    let save = |array: &str| format!("take one array out of it: `np.save(\"….npy\", {array})` in NumPy");
    Some(match bytes {
        [b'P', b'K', 3, 4, ..] => {
            let first = first_in_zip(bytes);
            match first.strip_suffix(".npy") {
                Some(name) => (
                    format!("a .npz archive, whose first array is {}", quoted(name)),
                    save(&format!("np.load(\"{file}\")[{name:?}]")),
                ),
                None => (
                    format!("a zip archive, whose first file is {}", quoted(&first)),
                    save(&format!("torch.load(\"{file}\").float().numpy()")),
                ),
            }
        }
        [b'P', b'A', b'R', b'1', ..] => (
            "a parquet table".to_owned(),
            save(&format!("pandas.read_parquet(\"{file}\")[\"…\"].to_numpy()")),
        ),
        [0x89, b'H', b'D', b'F', ..] => {
            ("an HDF5 file".to_owned(), save(&format!("h5py.File(\"{file}\")[\"…\"][:]")))
        }
        [0x1f, 0x8b, ..] => {
            ("a file compressed by gzip".to_owned(), format!("unpack it: `gunzip < {file} > ….npy`"))
        }
        _ if is_text(bytes) => ("text".to_owned(), save(&format!("np.loadtxt(\"{file}\", delimiter=\",\")"))),
        _ => return None,
    })
}

/// What a file is that is given for a parquet table, and what makes one of it.
pub(crate) fn instead_of_table(path: &Path, bytes: &[u8]) -> Option<(String, String)> {
    let file = path.display();
    let save = |table: &str| format!("save it as a table: `{table}.to_parquet(\"….parquet\")` in pandas");
    Some(match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => (
            "a .npy array".to_owned(),
            save(&format!("pandas.DataFrame({{\"index\": …, \"scores\": np.load(\"{file}\")}})")),
        ),
        [b'P', b'K', 3, 4, ..] => (
            format!("a zip archive, whose first file is {}", quoted(&first_in_zip(bytes))),
            "take the table out of it and save it as parquet".to_owned(),
        ),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => {
            ("an Arrow file".to_owned(), save(&format!("pandas.read_feather(\"{file}\")")))
        }
        [0x1f, 0x8b, ..] => {
            ("a file compressed by gzip".to_owned(), format!("unpack it: `gunzip < {file} > ….parquet`"))
        }
        _ if is_text(bytes) => ("text".to_owned(), save(&format!("pandas.read_csv(\"{file}\")"))),
        _ => return None,
    })
}

/// The error for a sound array of another type.
pub(crate) fn another_type(path: &Path, expected: String, descr: &str) -> Error {
    let (path, found) = (path.to_path_buf(), format!("type {}", quoted(descr)));
    let remedy = match descr.trim_start_matches(['<', '>', '=', '|']) {
        // What ml_dtypes, and so JAX, leaves of its types in a file.
        "V2" => format!(
            "bfloat16 is saved as bytes without a type: convert it before, `np.save(…, array.astype(\"float32\"))`, or now, \
             `(np.load(\"{}\").view(\"<u2\").astype(\"<u4\") << 16).view(\"<f4\")`",
            path.display()
        ),
        "V1" => "numbers of 8 bits are saved as bytes without a type: convert them before, \
                 `np.save(…, array.astype(\"float32\"))`"
            .to_owned(),
        "O" => "these are Python objects, often rows of different lengths: save numbers, \
                `np.save(…, np.asarray(array, \"float32\"))`"
            .to_owned(),
        _ => return Error::Mismatch { path, expected, found },
    };
    Error::Foreign { path, expected, found, remedy }
}

/// The error for a sound array of another rank.
pub(crate) fn another_rank(path: &Path, expected: String, shape: &[usize], rank: usize) -> Error {
    let (path, found) = (path.to_path_buf(), format!("rank {}, shape {shape:?}", shape.len()));
    if (shape.len(), rank) != (2, 3) {
        return Error::Mismatch { path, expected, found };
    }
    let remedy =
        "give [points, classes] of a single posterior sample the axis of samples: `array[:, None, :]`";
    Error::Foreign { path, expected, found, remedy: remedy.to_owned() }
}

/// Name of the first file in a zip archive.
fn first_in_zip(bytes: &[u8]) -> String {
    let length =
        bytes.get(26..28).map_or(0, |length| usize::from(u16::from_le_bytes([length[0], length[1]])));
    let name = bytes.get(30..).and_then(|rest| rest.get(..length)).unwrap_or_default();
    String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()).collect()
}

/// Whether a file begins with a line of print, as tables in text do.
fn is_text(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let is_print = |byte: &u8| (b' '..=b'~').contains(byte) || matches!(byte, b'\t' | b'\r' | 0x80..);
    line.len() > 1
        && line.len() < bytes.len()
        && line.iter().all(is_print)
        && std::str::from_utf8(line).is_ok()
}

/// The beginning of a foreign text, without control characters, which a terminal would obey.
pub(crate) fn quoted(text: &str) -> String {
    let text = text.trim_end();
    let shown =
        text.chars().take(SHOWN).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
    let rest = if text.chars().count() > SHOWN { "…" } else { "" };
    format!("'{}{rest}'", shown.collect::<String>())
}
