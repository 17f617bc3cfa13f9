//! The fuzzer of `statsgrid_fuzz::letter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statsgrid_fuzz::letter(data));
