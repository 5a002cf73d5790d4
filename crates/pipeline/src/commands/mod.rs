//! The commands of `bal`.

mod cancel;
mod clean;
mod explain;
mod jobs;
mod list;
mod plan;
mod run;
mod status;
mod submit;
mod verify;
mod watch;
mod worker;

use bal_cli::Failure;

use crate::args::{Arguments, Command};

/// Does what the command line asks for.
pub(crate) fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Run(args) => run::run(&args, &global)?,
        Command::Plan(args) => plan::plan(&args, &global)?,
        Command::Status(args) => status::status(&args)?,
        Command::Cancel(args) => cancel::cancel(&args)?,
        Command::Verify(args) => verify::verify(&args)?,
        Command::List(args) => list::list(&args)?,
        Command::Clean(args) => clean::clean(&args)?,
        Command::Devices => bal_model::devices().iter().for_each(|device| bal_cli::say(device)),
        Command::Worker(args) => worker::worker(args)?,
        Command::Schema => bal_cli::say(crate::schema_json().trim_end()),
    }
    Ok(())
}
