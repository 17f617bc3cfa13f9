//! A rival of `/metrics`: it holds the names, labels and numbers of an exposition, and does nothing but write its lines to
//! whoever connects. It has no fleet, plans nothing, and asks nobody what he wants.

use std::env;
use std::error::Error;
use std::fs::read_to_string;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::{TcpListener, TcpStream};

enum Line {
    Comment(String),
    Sample { name: String, labels: Vec<(String, String)>, value: Value },
}

enum Value {
    Integer(i128),
    Float(f64),
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("give the file of an exposition")?;
    let lines = read_to_string(path)?.lines().map(line).collect::<Option<Vec<_>>>().ok_or("no exposition")?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening http://{}/", listener.local_addr()?);
    for stream in listener.incoming() {
        answer(&stream?, &lines)?;
    }
    Ok(())
}

/// A label's value is kept as it is escaped: so there is less to do for this program than for any other.
fn line(text: &str) -> Option<Line> {
    if text.starts_with('#') {
        return Some(Line::Comment(text.to_owned()));
    }
    let (series, value) = text.rsplit_once(' ')?;
    let (name, labels) = series.trim_end_matches('}').split_once('{').unwrap_or((series, ""));
    let labels = labels.trim_end_matches('"').split("\",").filter_map(|label| label.split_once("=\""));
    let value = match value.parse() {
        Ok(integer) => Value::Integer(integer),
        Err(_) => Value::Float(value.parse().ok()?),
    };
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Some(Line::Sample { name: name.to_owned(), labels, value })
}

fn answer(stream: &TcpStream, lines: &[Line]) -> Result<(), Box<dyn Error>> {
    let request = BufReader::new(stream).lines();
    for line in request {
        if line?.is_empty() {
            break;
        }
    }
    let mut out = BufWriter::with_capacity(1 << 16, stream);
    write!(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
    for line in lines {
        match line {
            Line::Comment(text) => writeln!(out, "{text}")?,
            Line::Sample { name, labels, value } => {
                out.write_all(name.as_bytes())?;
                let mut between = '{';
                for (name, value) in labels {
                    write!(out, "{between}{name}=\"{value}\"")?;
                    between = ',';
                }
                let end = if labels.is_empty() { "" } else { "}" };
                match value {
                    Value::Integer(integer) => writeln!(out, "{end} {integer}")?,
                    Value::Float(float) => writeln!(out, "{end} {float:?}")?,
                }
            }
        }
    }
    Ok(out.flush()?)
}
