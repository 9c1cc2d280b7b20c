//! The samples are compiled into the tool: it is built anew when one of them changes.

fn main() {
    println!("cargo::rerun-if-changed=../../fixtures");
}
