//! The pages and metrics of both daemons, as scrapers, programs and people get them.

mod bounds;
mod hostile_metrics;
mod node_pages;
mod one_number;
mod openmetrics;
mod prometheus;
mod status_page;
mod texts;
