//! The samples and the live page are compiled in: the library is built anew when one of them changes.

fn main() {
    println!("cargo::rerun-if-changed=../../fixtures");
    println!("cargo::rerun-if-changed=page");
}
