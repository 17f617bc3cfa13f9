//! A program that serves, as one scrape sees it: how long it takes, what it costs, what it holds.

use std::fs::{read_dir, read_to_string};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failed;

/// It ends with its guard.
pub struct Served {
    child: Child,
    address: String,
}

/// What one scrape took.
#[derive(Clone, Copy, Debug)]
pub struct Scrape {
    /// From the request to the last byte.
    pub time: Duration,
    /// Of all threads of the program.
    pub cpu: Duration,
    /// Of the answer, with its headers.
    pub bytes: usize,
}

impl Served {
    /// Starts it; it says where it listens.
    pub fn start(mut command: Command) -> Result<Self, Failed> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().ok_or("its output is not there")?;
        let mut served = Self { child, address: String::new() };
        for line in BufReader::new(stdout).lines() {
            if let Some(address) = line?.strip_prefix("listening http://") {
                served.address = address.trim_end_matches('/').to_owned();
                return Ok(served);
            }
        }
        Err(format!("{command:?} ended before it listened").into())
    }

    /// Reads `/metrics` as a scraper does that reads as fast as it can.
    pub fn scrape(&self, accept: &str) -> Result<Scrape, Failed> {
        let before = self.cpu()?;
        let started = Instant::now();
        let mut stream = self.ask(accept)?;
        let mut piece = vec![0; 1 << 16];
        let mut bytes = 0;
        loop {
            match stream.read(&mut piece)? {
                0 => break,
                read => bytes += read,
            }
        }
        let time = started.elapsed();
        Ok(Scrape { time, cpu: self.cpu()?.saturating_sub(before), bytes })
    }

    /// What a scrape gives, without headers and the frames of pieces.
    pub fn text(&self, accept: &str) -> Result<String, Failed> {
        let mut answer = Vec::new();
        self.ask(accept)?.read_to_end(&mut answer)?;
        let headers = answer.windows(4).position(|end| end == b"\r\n\r\n").ok_or("an answer has headers")?;
        let mut rest = answer.get(headers + 4..).unwrap_or_default();
        let mut text = Vec::new();
        while let Some(end) = rest.windows(2).position(|end| end == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(rest.get(..end).unwrap_or_default())?, 16)?;
            let piece = rest.get(end + 2..end + 2 + size).ok_or("a piece is cut")?;
            text.extend_from_slice(piece);
            rest = rest.get(end + 4 + size..).unwrap_or_default();
        }
        Ok(String::from_utf8(text)?)
    }

    /// The most memory that it had resident, in KiB.
    pub fn peak(&self) -> Result<u64, Failed> {
        let status = read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        Ok(peak.ok_or("/proc shows no memory")?.parse()?)
    }

    fn ask(&self, accept: &str) -> Result<TcpStream, Failed> {
        let mut stream = TcpStream::connect(&self.address)?;
        let request =
            format!("GET /metrics HTTP/1.1\r\nHost: {}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes())?;
        Ok(stream)
    }

    /// Of all threads that there are: none that serves ends between two looks.
    fn cpu(&self) -> Result<Duration, Failed> {
        let mut nanoseconds = 0;
        for thread in read_dir(format!("/proc/{}/task", self.child.id()))? {
            let ran = read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += ran.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
