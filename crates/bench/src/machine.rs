//! What a measurement was made on.

use serde::{Deserialize, Serialize};

/// A machine as RESULTS.md describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Model of the processor.
    pub(crate) processor: String,
    /// Logical cores.
    pub(crate) cores: usize,
    /// Memory in GiB.
    pub(crate) memory_gib: u64,
    /// Those instruction sets that the fast paths ask for.
    pub(crate) instructions: Vec<String>,
    /// Kernel release.
    pub(crate) kernel: String,
}

/// Instruction sets worth telling.
const INSTRUCTIONS: [&str; 5] = ["avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile"];

impl Machine {
    /// This one.
    pub(crate) fn look() -> Self {
        let processor = read("/proc/cpuinfo");
        let field = |name: &str| {
            let line =
                processor.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
            line.and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default()
        };
        let flags = field("flags");
        let has = |instruction: &&str| flags.split_whitespace().any(|flag| flag == *instruction);
        let memory = read("/proc/meminfo");
        let kib = memory
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok());
        Self {
            processor: field("model name"),
            cores: cores(),
            memory_gib: kib.unwrap_or(0) / (1 << 20),
            instructions: INSTRUCTIONS
                .iter()
                .filter(|instruction| has(instruction))
                .map(ToString::to_string)
                .collect(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

/// Logical cores that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Mean number of running processes in the last minute: tells whether others were using the machine.
pub(crate) fn load() -> f64 {
    read("/proc/loadavg").split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

fn read(path: &str) -> String {
    fs_err::read_to_string(path).unwrap_or_default()
}
