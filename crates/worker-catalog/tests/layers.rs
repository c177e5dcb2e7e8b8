//! The one decision this system is built on, as a test: no crate knows one above it, and the binary
//! does not know the provisioner.

use std::collections::{HashMap, HashSet};

/// From the top to the bottom, with what each may depend on.
const MAY: &[(&str, &[&str])] = &[
    ("rbee-hive", &["rbee-hive-worker-catalog"]),
    ("rbee-hive-worker-catalog", &["rbee-hive-worker-provisioner", "rbee-hive-artifact-catalog"]),
    ("rbee-hive-worker-provisioner", &["rbee-hive-artifact-catalog"]),
    ("rbee-hive-artifact-catalog", &[]),
];

#[test]
fn no_edge_points_up_and_the_binary_does_not_know_the_provisioner() {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .unwrap();
    let ours: HashSet<_> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    let may: HashMap<_, _> = MAY.iter().copied().collect();
    assert_eq!(ours, may.keys().map(|name| (*name).to_owned()).collect());
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|d| ours.contains(&d.name)) {
            assert!(
                may[package.name.as_str()].contains(&dependency.name.as_str()),
                "{} may not depend on {}",
                package.name,
                dependency.name
            );
        }
    }
}
