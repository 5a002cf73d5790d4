//! `bal-score`.

fn main() -> std::process::ExitCode {
    bal_score::main_from(std::env::args_os())
}
