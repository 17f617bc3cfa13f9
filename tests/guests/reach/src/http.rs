//! One GET by HTTP, as any producer that was granted the host makes it.

use statsgrid_producer::{Error, Stats};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

/// Bytes that are asked for at once.
const CHUNK: u64 = 16 << 10;

/// Status and size of what `http://HOST/PATH` gives.
pub(crate) fn get(host: &str, path: &str) -> Result<Stats, Error> {
    let failed = |what: &str| Error::new(format!("no HTTP to {host}: {what}"));
    let request = OutgoingRequest::new(Fields::new());
    let set = request
        .set_scheme(Some(&Scheme::Http))
        .and_then(|()| request.set_authority(Some(host)))
        .and_then(|()| request.set_path_with_query(Some(path)));
    set.map_err(|()| failed("no such URL"))?;
    let answer = handle(request, None).map_err(|code| failed(&format!("{code:?}")))?;
    answer.subscribe().block();
    let response = answer.get().and_then(Result::ok).ok_or_else(|| failed("no answer"))?;
    let response = response.map_err(|code| failed(&format!("{code:?}")))?;
    let body = response.consume().map_err(|()| failed("no body"))?;
    let stream = body.stream().map_err(|()| failed("no body"))?;
    let mut bytes = 0_i64;
    loop {
        match stream.blocking_read(CHUNK) {
            Ok(chunk) => bytes += i64::try_from(chunk.len()).unwrap_or_default(),
            Err(StreamError::Closed) => break,
            Err(error) => return Err(failed(&error.to_string())),
        }
    }
    Ok(Stats::new().with("status", i64::from(response.status())).with("bytes", bytes))
}
