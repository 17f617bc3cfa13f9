//! A rival of the munin plugin: what a process costs that does nothing.

fn main() {}
