//! `bal`.

fn main() -> std::process::ExitCode {
    bal_pipeline::main_from(std::env::args_os())
}
