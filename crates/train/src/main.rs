//! `bal-train`.

fn main() -> std::process::ExitCode {
    bal_train::main_from(std::env::args_os())
}
