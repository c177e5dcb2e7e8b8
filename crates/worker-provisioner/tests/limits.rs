//! What a recipe may use while it is evaluated.

use rbee_hive_artifact_catalog::ErrorKind;
use rbee_hive_worker_provisioner::{ProvisionOptions, recipe_srcinfo};

#[tokio::test]
async fn a_recipe_that_writes_without_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("PKGBUILD"), "pkgname=a\nyes ''\n").unwrap();
    let refused = recipe_srcinfo(folder.path(), &ProvisionOptions::default()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RecipeRefused);
    let text = refused.to_string();
    assert!(text.contains("wrote more than 1024 KiB to its standard output"), "{text}");
}
