//! The fuzzer of `statsgrid_fuzz::description`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statsgrid_fuzz::description(data));
