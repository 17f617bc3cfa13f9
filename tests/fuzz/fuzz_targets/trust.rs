//! The fuzzer of `statsgrid_fuzz::trust`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| statsgrid_fuzz::trust(data));
