//! The fuzzer of `statsgrid_fuzz::pending`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statsgrid_fuzz::pending(data));
