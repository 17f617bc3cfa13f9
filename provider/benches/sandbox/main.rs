//! What the sandbox costs: one table of figures beside their rivals', taken in one run.
//!
//! `make bench-sandbox` builds what it needs and runs it; with `--quick` it takes a few seconds and its figures mean
//! nothing. Figures that were reached are in BENCHMARKS.md of this package. Left out on purpose: statistics beyond a
//! median, for the aims are ratios far from their bounds, and any test of these figures, for a busy machine fails it.

mod bare;
mod calls;
mod machine;
mod process;
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};

use table::Table;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let component = component();
    if !component.is_file() {
        return Err(format!("{} is missing: run `make bench-sandbox`", component.display()).into());
    }
    // As the provider has it.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // On a worker, as a poll is answered.
    runtime.block_on(async move { tokio::spawn(run(component, quick)).await? })
}

async fn run(component: PathBuf, quick: bool) -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = tempfile::tempdir()?;
    let table = Table::of(&machine::describe());
    let (calls, batches, loads, polls, starts) = if quick { (100, 3, 3, 100, 1) } else { (2_000, 21, 21, 100_000, 11) };
    calls::measure(&table, &component, calls, batches).await?;
    calls::load(&table, &component, folder.path(), loads)?;
    process::grow(&table, &component, folder.path(), polls).await?;
    process::measure(&table, &component, folder.path(), starts).await
}

/// The producer of 20 stats among the guests of the tests.
fn component() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."));
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace.join(target).join("wasm32-wasip2/producer/guests/guest_twenty.wasm")
}
