//! `stats-gatherer`: reads the command line, starts the log, and turns what happened into an exit code.

mod cli;
mod commands;
mod manual;

use statsgrid_wire::daemon::Exit;

fn main() -> Exit {
    let cli: cli::Cli = manual::manual().parse();
    cli.log.start();
    match commands::run(cli.command) {
        Ok(exit) => exit,
        Err(failure) => {
            eprintln!("stats-gatherer: {:#}", failure.error);
            failure.exit
        }
    }
}
