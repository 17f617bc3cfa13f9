//! The fuzzer of `statsgrid_fuzz::catalogue`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statsgrid_fuzz::catalogue(data));
