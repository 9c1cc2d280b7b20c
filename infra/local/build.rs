//! Rebuilds the library when a sample or a file of the live page changes, because both are compiled in.

fn main() {
    println!("cargo::rerun-if-changed=../../fixtures");
    println!("cargo::rerun-if-changed=page");
}
