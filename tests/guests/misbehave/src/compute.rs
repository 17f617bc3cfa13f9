//! Ways to use time and memory.

use std::hint::{black_box, spin_loop};
use std::time::Instant;

use statsgrid_producer::count;

pub fn for_ever() -> ! {
    loop {
        spin_loop();
    }
}

pub fn on_floats() -> ! {
    let mut x = 1.0_f64;
    loop {
        x = black_box((x + 1.0).sqrt().sin().mul_add(3.0, 0.1));
    }
}

/// Each turn calls the host.
pub fn on_the_clock() -> ! {
    loop {
        black_box(Instant::now());
    }
}

pub fn on_counts() -> ! {
    loop {
        count("turns", 1);
    }
}

#[expect(clippy::panic, reason = "what a producer's bug looks like")]
pub fn panic() {
    panic!("as it was told");
}

/// Never comes back, and keeps something on the stack at each step.
#[expect(unconditional_recursion, reason = "it is to run out of stack")]
pub fn recurse(depth: u64) -> u64 {
    let kept = black_box([depth; 16]);
    black_box(recurse(depth + 1)) + kept[0]
}

/// Comes back from so deep.
pub fn recurse_to(depth: u64) -> u64 {
    if depth == 0 { 0 } else { black_box(recurse_to(depth - 1)) + 1 }
}

/// So many bytes of memory, each page written.
pub fn take(bytes: usize) -> Vec<u8> {
    black_box(vec![1; bytes])
}
