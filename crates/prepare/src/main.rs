//! `bal-prepare`: data sets and splits.

fn main() -> std::process::ExitCode {
    bal_prepare::main_from(std::env::args_os())
}
