//! The fuzzer of `statsgrid_fuzz::body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statsgrid_fuzz::body(data));
