//! What was changed in the store is found, named and repaired.

use fs_err as fs;
use rbee_hive_artifact_catalog::{StoreError, store::DamageKind};

use crate::context::{TestContext, chmod, mode};

#[test]
fn damage_is_named() {
    let context = TestContext::new();
    let object = context.commit("job");
    for folder in ["usr", "usr/bin", "usr/lib"] {
        chmod(&object.join(folder), 0o755);
    }
    chmod(&object.join("usr/bin/server"), 0o755);
    fs::write(object.join("usr/bin/server"), "#!/bin/sH\n").unwrap();
    chmod(&object.join("usr/lib/data"), 0o644);
    fs::remove_file(object.join("usr/lib/link")).unwrap();
    fs::write(object.join("usr/lib/new"), "").unwrap();
    for folder in ["usr/bin", "usr/lib"] {
        chmod(&object.join(folder), 0o555);
    }
    assert_eq!(
        context.damage(&object),
        [
            ("usr".to_owned(), DamageKind::WrongMode),
            ("usr/bin/server".to_owned(), DamageKind::Altered),
            ("usr/lib/data".to_owned(), DamageKind::WrongMode),
            ("usr/lib/link".to_owned(), DamageKind::Missing),
            ("usr/lib/new".to_owned(), DamageKind::Extra),
        ]
    );
    let first = context.store.verify(&object).unwrap().remove(1);
    assert_eq!(first.to_string(), "usr/bin/server was altered");
}

#[test]
fn a_damaged_manifest_is_damage() {
    let context = TestContext::new();
    let object = context.commit("job");
    let manifest = object.join(".rbee/manifest.json");
    chmod(&manifest, 0o644);
    chmod(&object.join(".rbee"), 0o755);
    let altered = |what| [(".rbee/manifest.json".to_owned(), what)];

    let other = fs::read_to_string(&manifest).unwrap().replace("usr/lib", "usr/bil");
    fs::write(&manifest, other).unwrap();
    assert_eq!(context.damage(&object), altered(DamageKind::Altered));
    fs::write(&manifest, "{").unwrap();
    assert_eq!(context.damage(&object), altered(DamageKind::Altered));
    assert!(matches!(context.store.manifest(&object), Err(StoreError::Manifest { .. })));
    fs::remove_file(&manifest).unwrap();
    assert_eq!(context.damage(&object), altered(DamageKind::Missing));
    let gone = object.with_file_name("0123456789abcdef0123456789abcdef-a-1-1");
    assert_eq!(context.damage(&gone), [(".".to_owned(), DamageKind::Missing)]);
}

#[test]
fn committing_again_repairs_a_damaged_object() {
    let context = TestContext::new();
    let object = context.commit("first");
    chmod(&object.join("usr/lib/data"), 0o644);
    fs::write(object.join("usr/lib/data"), "DATA").unwrap();
    assert_eq!(context.commit("again"), object);
    assert_eq!(fs::read_to_string(object.join("usr/lib/data")).unwrap(), "data");
    assert_eq!(context.damage(&object), []);
    assert_eq!(mode(&object), 0o555);
    assert_eq!(context.staged(), [""; 0]);
}
