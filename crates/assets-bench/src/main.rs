//! How far the service is from what the machine allows.

fn main() {}
