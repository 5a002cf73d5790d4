//! The commands of `bal`.

mod plan;
mod run;
mod worker;

use bal_cli::Failure;

use crate::args::{Arguments, Command};

/// Does what the command line asks for.
pub(crate) fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Run(args) => run::run(&args, &global)?,
        Command::Plan(args) => plan::plan(&args, &global)?,
        Command::Worker(args) => worker::worker(args)?,
        Command::Schema => bal_cli::say(crate::schema_json().trim_end()),
    }
    Ok(())
}
