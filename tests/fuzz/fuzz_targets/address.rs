//! The fuzzer of `statsgrid_fuzz::address`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statsgrid_fuzz::address(data));
