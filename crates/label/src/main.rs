//! `bal-label`.

fn main() -> std::process::ExitCode {
    bal_label::main_from(std::env::args_os())
}
