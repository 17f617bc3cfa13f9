//! The fuzzer of `statsgrid_fuzz::munin`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statsgrid_fuzz::munin(data));
