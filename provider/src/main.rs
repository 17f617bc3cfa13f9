//! `stats-provider`: reads the command line, starts the log and the runtime, and turns what happened into an exit code.

mod cli;
mod commands;
mod manual;

use statsgrid_wire::daemon::Exit;

fn main() -> Exit {
    let cli: cli::Cli = manual::manual().parse();
    cli.log.start();
    // Two threads: one may be held by a guest for a tick while the other serves the bus.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(commands::run(cli.command));
            // A read of a granted file on a disk that hangs is not waited for.
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
            result
        }
        Err(error) => Err(commands::Failure::from(anyhow::Error::new(error).context("the runtime cannot be started"))),
    };
    match result {
        Ok(()) => Exit::Success,
        Err(failure) => {
            eprintln!("stats-provider: {:#}", failure.error);
            failure.exit
        }
    }
}
