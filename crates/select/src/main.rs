//! `bal-select`.

fn main() -> std::process::ExitCode {
    bal_select::main_from(std::env::args_os())
}
