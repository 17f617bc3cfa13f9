//! As much of HTTP/1.1 as who scrapes and who writes remotely speak: connections that stay open, one request after the
//! other on each.
//!
//! It costs next to nothing, for it runs beside what is measured. Left out on purpose: all that these two never send, as
//! bodies in pieces.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::Failed;

/// Answers each request to `listener` with the whole response that `answer` gives for one with a body of so many bytes.
pub async fn serve(listener: TcpListener, answer: impl Fn(usize) -> String + Clone + Send + Sync + 'static) {
    while let Ok((stream, _)) = listener.accept().await {
        let answer = answer.clone();
        // A connection that ends is its client's own business: what is missing is told by the counts of requests.
        tokio::spawn(async move { converse(stream, answer).await });
    }
}

async fn converse(stream: TcpStream, answer: impl Fn(usize) -> String) -> Result<(), Failed> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    loop {
        let mut body = 0;
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let (name, value) = line.split_once(':').unwrap_or((line.as_str(), ""));
            if name.eq_ignore_ascii_case("content-length") {
                body = value.trim().parse()?;
            }
            if line.trim_end().is_empty() {
                break;
            }
        }
        tokio::io::copy(&mut (&mut stream).take(body as u64), &mut tokio::io::sink()).await?;
        stream.write_all(answer(body).as_bytes()).await?;
    }
}
