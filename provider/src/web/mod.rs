//! The node's own pages over HTTP: readable without a gatherer, and without NATS.
//!
//! `/statistics` is the original's page, `/metrics` what a scraper of this one node takes, under the names that a gatherer
//! of many gives. Left out on purpose: whatever needs memory of earlier samples; the gatherer's page has that.

mod metrics;
mod pages;
mod sample;

pub(crate) use pages::Pages;
