//! `/api/v1/snapshot`: all records, as the file has them.

use std::sync::Arc;

use bytes::Bytes;

use crate::limits::CHUNK_BYTES;
use crate::snapshot::{BEGIN, END, write_entry};
use crate::web::View;

/// The snapshot of this view, piece by piece: a fleet's is not in memory as a whole.
pub(in crate::web) fn snapshot(view: Arc<View>) -> impl Iterator<Item = Option<Bytes>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let mut place = next?;
        let mut piece = Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4);
        if place == 0 {
            piece.extend_from_slice(BEGIN);
        }
        while let Some((key, record)) = view.records.get(place).filter(|_| piece.len() < CHUNK_BYTES) {
            if place > 0 {
                piece.extend_from_slice(b",\n");
            }
            if write_entry(&mut piece, *key, record).is_err() {
                return Some(None);
            }
            place += 1;
        }
        next = (place < view.records.len()).then_some(place);
        if next.is_none() {
            piece.extend_from_slice(END);
        }
        Some(Some(piece.into()))
    })
}
