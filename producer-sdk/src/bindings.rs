//! What wit-bindgen makes of the contract in ../wit: the imports, and the glue of the exports.
//!
//! Nothing here is written by hand, and only the macro `export!` uses it from outside: guest.rs turns it into the
//! crate's own types.
#![allow(missing_docs, unsafe_code, unused_qualifications, reason = "generated code")]

wit_bindgen::generate!({
    world: "producer",
    path: "wit",
    // The producer's own crate makes the exports, through `statsgrid_producer::export!`.
    pub_export_macro: true,
    default_bindings_module: "$crate::bindings",
});
