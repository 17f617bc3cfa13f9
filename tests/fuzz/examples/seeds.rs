//! Writes the seeds into a folder for each target: `seeds FOLDER`. Used by `tests/tools/fuzz`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or_else(|| io::Error::other("name a folder"))?);
    for (number, (target, seed)) in statsgrid_fuzz::seeds().into_iter().enumerate() {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}
