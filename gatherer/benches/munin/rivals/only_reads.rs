//! A rival of the munin plugin: what it costs to read the snapshot into memory, and to do nothing with it.

use std::env;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::var_os("statsfile").ok_or("statsfile is not set")?;
    println!("{}", std::fs::read(path)?.len());
    Ok(())
}
