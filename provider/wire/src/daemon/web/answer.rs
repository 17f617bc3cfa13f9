//! What a site says: a status, a kind of content, and the content, whole or in pieces.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body::{Frame, SizeHint};

use super::connections::Answering;
use crate::daemon::limits::HTTP_BUFFER_BYTES;

/// Pieces of a body, each made when the last one has been sent. None within ends it before its time.
pub type Chunks = Box<dyn Iterator<Item = Option<Bytes>> + Send>;

/// On all that is said. Nothing is loaded from elsewhere, framed, sniffed or told to where a link leads; what is shown
/// is of this moment.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-cache"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// An answer to a request.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    content_type: &'static str,
    body: Body,
}

impl Answer {
    /// Content of this kind.
    pub fn of(content_type: &'static str, body: impl Into<Body>) -> Self {
        Self { status: StatusCode::OK, content_type, body: body.into() }
    }

    /// A page.
    pub fn html(page: impl Into<Bytes>) -> Self {
        Self::of("text/html; charset=utf-8", page.into())
    }

    /// For programs.
    pub fn json(text: impl Into<Body>) -> Self {
        Self::of("application/json", text)
    }

    /// A line.
    pub fn text(line: impl fmt::Display) -> Self {
        Self::of("text/plain; charset=utf-8", Bytes::from(format!("{line}\n")))
    }

    /// Nothing is there.
    pub fn not_found(what: &str) -> Self {
        Self::text(what).with(StatusCode::NOT_FOUND)
    }

    /// The same with another status.
    #[must_use]
    pub fn with(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What goes over the connection.
    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// The content of an answer.
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// Piece by piece, as fast as the reader takes them.
    Chunks(Chunks),
}

/// A body that ended before its time. Its reader finds it cut, and takes it for an error as a whole; one of HTTP/1.0, which
/// has no pieces, finds it by the missing end of OpenMetrics or JSON alone.
#[derive(Debug, thiserror::Error)]
#[error("the answer was given up")]
pub struct Cut;

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::Whole(Bytes::from_static(text.as_bytes()))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Whole(bytes.into())
    }
}

impl From<Chunks> for Body {
    fn from(chunks: Chunks) -> Self {
        Self::Chunks(chunks)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Chunks(_) => f.write_str("pieces"),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let piece = match &mut *self {
            // Not all at once: what the connection holds to be sent counts as sent.
            Self::Whole(bytes) => (!bytes.is_empty()).then(|| Some(bytes.split_to(bytes.len().min(HTTP_BUFFER_BYTES)))),
            Self::Chunks(chunks) => chunks.next(),
        };
        Poll::Ready(piece.map(|piece| piece.map(Frame::data).ok_or(Cut)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Chunks(_) => SizeHint::default(),
        }
    }
}

/// A body on its way: for as long as any of it is to be sent its connection is being answered.
#[derive(Debug)]
pub(super) struct Sent {
    body: Body,
    _answering: Answering,
}

impl Sent {
    /// It is held by the connection that is `answering`.
    pub(super) fn of(body: Body, answering: Answering) -> Self {
        Self { body, _answering: answering }
    }
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Nothing can go wrong before the body is sent.
pub(super) type Answered = Result<Response<Sent>, Infallible>;
