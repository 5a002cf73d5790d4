//! Single members of a zip archive, without unpacking the others.
//!
//! Only what data sets come in: stored or deflated members of an archive below 4 GiB in one part. Members are
//! asked for by their whole name, and none is ever written to disk.

use std::io::{Read as _, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::members::ReadSeek;
use super::raw::{Raw, Trouble};

/// Largest end record: 22 bytes and a comment of 65,535.
const END: u64 = 22 + 0xffff;
/// Most members and bytes of names that are looked through.
const MOST_DIRECTORY: u64 = 64 << 20;

/// A member, as the central directory says.
#[derive(Debug)]
struct Entry {
    name: Vec<u8>,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    at: u64,
}

/// An archive whose directory was read.
pub(super) struct Zip<'a> {
    reader: &'a mut dyn ReadSeek,
    place: String,
    entries: Vec<Entry>,
}

impl<'a> Zip<'a> {
    /// Reads the directory of an archive, which is found from its end.
    pub(super) fn open(reader: &'a mut dyn ReadSeek, place: &str) -> Result<Self, Trouble> {
        let damaged = |got: String| Trouble::corrupt(place, "a zip archive", got);
        let length = reader.seek(SeekFrom::End(0)).map_err(Trouble::unavailable)?;
        let start = length.saturating_sub(END);
        let tail = read_at(reader, start, length - start).map_err(Trouble::unavailable)?;
        let signature = |at: &usize| tail[*at..].starts_with(b"PK\x05\x06");
        let end = (0..tail.len().saturating_sub(21)).rev().find(signature);
        let end = end.ok_or_else(|| damaged("no end record".to_owned()))?;
        let (size, offset) = (u32_at(&tail, end + 12), u32_at(&tail, end + 16));
        let before = start + end as u64;
        if u64::from(size) + u64::from(offset) > before || u64::from(size) > MOST_DIRECTORY {
            return Err(damaged(format!(
                "a directory of {size} bytes at byte {offset}, before byte {before}"
            )));
        }
        let directory = read_at(reader, offset.into(), size.into()).map_err(|e| damaged(e.to_string()))?;
        let entries =
            entries(&directory).ok_or_else(|| damaged(format!("a damaged directory at byte {offset}")))?;
        Ok(Self { reader, place: place.to_owned(), entries })
    }

    /// The member of this whole name, if there is one: at most `most` bytes, and as many as the archive says.
    pub(super) fn member(&mut self, name: &str, most: u64) -> Result<Option<Raw>, Trouble> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name.as_bytes()) else {
            return Ok(None);
        };
        let place = format!("{}:{name}", self.place);
        let damaged = |expected: &str, got: String| Trouble::corrupt(&place, expected, got);
        if entry.size > most {
            return Err(damaged(&format!("at most {most} bytes"), entry.size.to_string()));
        }
        let head = read_at(self.reader, entry.at, 30).map_err(|e| damaged("a member", e.to_string()))?;
        if !head.starts_with(b"PK\x03\x04") {
            return Err(damaged("a member", format!("other bytes at byte {}", entry.at)));
        }
        let data = entry.at + 30 + u64::from(u16_at(&head, 26)) + u64::from(u16_at(&head, 28));
        self.reader.seek(SeekFrom::Start(data)).map_err(Trouble::unavailable)?;
        let packed = (&mut *self.reader).take(entry.packed);
        let mut bytes = Vec::new();
        // One byte more shows a size that is not true.
        let outcome = match entry.method {
            0 => packed.take(entry.size + 1).read_to_end(&mut bytes),
            8 => DeflateDecoder::new(packed).take(entry.size + 1).read_to_end(&mut bytes),
            other => return Err(damaged("method 0 (stored) or 8 (deflated)", format!("method {other}"))),
        };
        outcome.map_err(|error| damaged("deflated data", error.to_string()))?;
        if bytes.len() as u64 != entry.size {
            let got =
                if bytes.len() as u64 > entry.size { "more".to_owned() } else { bytes.len().to_string() };
            return Err(damaged(&format!("{} bytes, as the archive says", entry.size), got));
        }
        let mut crc = Crc::new();
        crc.update(&bytes);
        if crc.sum() != entry.crc {
            return Err(damaged(&format!("CRC {:08x}", entry.crc), format!("{:08x}", crc.sum())));
        }
        Ok(Some(Raw::new(place, bytes)))
    }
}

/// The members of a directory; `None` if it is damaged.
fn entries(mut directory: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !directory.is_empty() {
        if directory.len() < 46 || !directory.starts_with(b"PK\x01\x02") {
            return None;
        }
        let lengths = [28, 30, 32].map(|at| usize::from(u16_at(directory, at)));
        let name = directory.get(46..46 + lengths[0])?.to_vec();
        entries.push(Entry {
            name,
            method: u16_at(directory, 10),
            crc: u32_at(directory, 16),
            packed: u32_at(directory, 20).into(),
            size: u32_at(directory, 24).into(),
            at: u32_at(directory, 42).into(),
        });
        directory = directory.get(46 + lengths.iter().sum::<usize>()..)?;
    }
    Some(entries)
}

fn read_at(reader: &mut dyn ReadSeek, at: u64, length: u64) -> std::io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
