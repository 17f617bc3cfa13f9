//! A guest that reports a stat whose name is no text: its bytes are not UTF-8, which the contract's `string` is.
#![expect(unsafe_code, reason = "a String in safe Rust is UTF-8, and this guest must hand over one that is not")]

use statsgrid_producer::{Config, Description, Error, Producer, Stats};

struct BadNames;

statsgrid_producer::export!(BadNames);

impl Producer for BadNames {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&[])?;
        Ok(Self)
    }

    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION"))
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        // SAFETY: none is claimed: what a component may do is judged by its host. Nothing here looks into the text.
        let name = unsafe { String::from_utf8_unchecked(vec![b'a', 0xff, 0xc0]) };
        Ok(Stats::new().with(name, 1))
    }
}
