//! `stats-provider new NAME`: the package of a producer that builds, is tested, and passes `check`, to be changed bit by
//! bit.
//!
//! name.rs says what may be its name; its files lie in template/, where a test builds them. Left out on purpose: choices.
//! There is one template, and the examples of the project show what else there is.

mod name;

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};
use statsgrid_wire::daemon::Exit;

use super::Failure;
use crate::cli::NewOptions;
pub use name::PackageName;

/// Its files. The manifest has another name here: cargo takes a folder with a Cargo.toml for a package.
const FILES: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("template/manifest.toml")),
    (".gitignore", include_str!("template/gitignore")),
    ("README.md", include_str!("template/README.md")),
    ("src/lib.rs", include_str!("template/lib.rs")),
];

pub fn new(options: &NewOptions) -> Result<(), Failure> {
    let (name, section) = (options.name.as_str(), options.name.section());
    let sdk = match &options.sdk_path {
        None => from_registry(),
        Some(folder) => from_folder(folder)?,
    };
    let folder = Path::new(name);
    make(folder)?;
    for (path, template) in FILES {
        let text = template.replace("{{name}}", name).replace("{{section}}", &section).replace("{{sdk}}", &sdk);
        let path = folder.join(path);
        fs::write(&path, text).with_context(|| format!("file {}: cannot be written", path.display())).map_err(files)?;
    }
    println!("{name}/ is a producer. Next:\n");
    println!("  cd {name} && cargo test");
    println!("  cargo build --release --target wasm32-wasip2");
    println!("  stats-provider check --watch target/wasm32-wasip2/release/{section}.wasm");
    Ok(())
}

/// The version that goes with this program: any of its minor version speaks the same contract.
fn from_registry() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
    format!("\"{minor}\"")
}

fn from_folder(folder: &Path) -> Result<String, Failure> {
    let not_there = |cause: anyhow::Error| Failure { exit: Exit::Usage, error: cause };
    let named = || format!("--sdk-path {}", folder.display());
    let folder = folder.canonicalize().with_context(named).map_err(not_there)?;
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).with_context(named).map_err(not_there)?;
    if !manifest.lines().any(|line| line == "name = \"statsgrid-producer\"") {
        let remedy = "give the folder producer-sdk of the project";
        return Err(not_there(anyhow!("{}: not the package statsgrid-producer; {remedy}", named())));
    }
    // A string of JSON is one of TOML.
    let path = serde_json::to_string(&folder.display().to_string()).context("the path cannot be written")?;
    Ok(format!("{{ path = {path} }}"))
}

/// Makes the folder, which must not be there: nothing is ever written over.
fn make(folder: &Path) -> Result<(), Failure> {
    let named = || format!("folder {}: cannot be made", folder.display());
    fs::create_dir(folder).with_context(named).map_err(files)?;
    fs::create_dir(folder.join("src")).with_context(named).map_err(files)
}

fn files(error: anyhow::Error) -> Failure {
    Failure { exit: Exit::Files, error }
}
