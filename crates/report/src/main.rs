//! `bal-report`: see `bal-report --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bal_report::main_from(std::env::args_os())
}
