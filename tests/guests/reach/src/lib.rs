//! A guest that reaches out, as its configuration says: `reach = "file"` reads `path`, `times` times; `connect` and `get`
//! call `host` by TCP and by HTTP; `world` counts what it sees of environment, arguments and standard input; `secret`
//! measures what it was told under that key; `random` asks for so many bytes of it, `times`.
//!
//! What it got is in its stats, and what it was refused last its error.
#![forbid(unsafe_code)]

mod http;

use std::io::Read;
use std::net::TcpStream;

use statsgrid_producer::{Config, Description, Error, Producer, Stats};

struct Reach {
    config: Config,
}

statsgrid_producer::export!(Reach);

impl Producer for Reach {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&["reach", "path", "times", "host", "secret"])?;
        Ok(Self { config: config.clone() })
    }

    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION"))
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        match self.config.require("reach")? {
            "file" => read(self.config.require("path")?, self.config.parse("times")?.unwrap_or(1)),
            "connect" => connect(self.config.require("host")?),
            "get" => http::get(self.config.require("host")?, "/"),
            "world" => Ok(world()),
            "random" => Ok(random(self.config.parse("times")?.unwrap_or(1))),
            "secret" => Ok(Stats::new().with("bytes", size(self.config.require("secret")?.len()))),
            other => Err(Error::new(format!("reach = {other:?} is none of this guest's ways"))),
        }
    }
}

fn read(path: &str, times: u32) -> Result<Stats, Error> {
    let mut read = std::fs::read(path);
    let mut failures = u32::from(read.is_err());
    for _ in 1..times {
        read = std::fs::read(path);
        failures += u32::from(read.is_err());
    }
    let bytes = read.map_err(|error| Error::new(format!("{failures} of {times} reads of {path} failed: {error}")))?;
    Ok(Stats::new().with("bytes", size(bytes.len())))
}

fn connect(host: &str) -> Result<Stats, Error> {
    TcpStream::connect(host).map_err(|error| Error::new(format!("no TCP to {host}: {error}")))?;
    Ok(Stats::new().with("connected", 1))
}

fn world() -> Stats {
    let mut input = Vec::new();
    let read = std::io::stdin().read_to_end(&mut input).unwrap_or_default();
    Stats::new()
        .with("variables", size(std::env::vars().count()))
        .with("path_bytes", size(std::env::var("PATH").unwrap_or_default().len()))
        .with("arguments", size(std::env::args().count()))
        .with("input_bytes", size(read))
}

fn random(bytes: u64) -> Stats {
    Stats::new().with("bytes", size(wasip2::random::random::get_random_bytes(bytes).len()))
}

fn size(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
