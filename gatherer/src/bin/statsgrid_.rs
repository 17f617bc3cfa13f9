//! The munin plugin. It has no runtime and no bus: munin starts it for each graph, every five minutes.
//!
//! What it thinks is in the library's `munin`; here are arguments, environment, clock, standard output and exit code.
//! A failure is one line on standard error, a non-zero exit, and nothing on standard output.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use statsgrid_gatherer::munin::{Call, Environment, answer, answer_without, explain};
use statsgrid_wire::{Clock, SystemClock};

/// What munin-node-configure looks for in a plugin's file, line by line. `used` keeps it in the program.
#[used]
static MARKERS: [u8; 51] = *b"\n#%# family=auto\n#%# capabilities=autoconf suggest\n";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a standard error the exit code has to do.
            let _ = writeln!(io::stderr(), "{}", explain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let program = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let now_ms = SystemClock::start().now().wall_ms;
    let text = match Environment::new(env::vars_os()) {
        Ok(environment) => {
            answer(&Call { program: &program, arguments: &arguments, environment: &environment, now_ms })?
        }
        Err(error) => answer_without(&arguments, error)?,
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| format!("cannot print: {error}"))?;
    Ok(())
}
