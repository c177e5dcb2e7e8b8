//! The built-in recipes are part of the program: a change of one is a change of it.

fn main() {
    println!("cargo::rerun-if-changed=../../recipes");
}
