//! A guest whose reading never returns: it computes for ever, or with `wait = "asleep"` waits in the host for ever. The
//! two are ended by different means.
#![forbid(unsafe_code)]

use std::hint::spin_loop;
use std::time::Duration;

use statsgrid_producer::{Config, Description, Error, Producer, Stats};

struct Loop {
    asleep: bool,
}

statsgrid_producer::export!(Loop);

impl Producer for Loop {
    fn init(config: &Config) -> Result<Self, Error> {
        config.deny_unknown(&["wait"])?;
        Ok(Self { asleep: config.get("wait") == Some("asleep") })
    }

    fn describe(&self) -> Description {
        Description::new(env!("CARGO_PKG_VERSION")).gauge("never", "", "What nobody will ever read.")
    }

    fn get_stats(&mut self) -> Result<Stats, Error> {
        loop {
            if self.asleep {
                std::thread::sleep(Duration::MAX);
            }
            spin_loop();
        }
    }
}
