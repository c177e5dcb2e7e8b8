//! Several versions side by side; nothing built twice.

use rbee_hive_worker_catalog::{
    CancellationToken, ErrorKind, GcOptions, HistoryAction, ProvisionOptions, Step, WorkerBinary,
};

use crate::context::{TestContext, prints, run};

async fn install(context: &TestContext, version: &str) -> WorkerBinary {
    context.recipe("w", &format!("pkgver={version}\n{}", prints("w", version)));
    context.install("w").await.unwrap()
}

#[tokio::test]
async fn the_same_inputs_are_never_built_twice() {
    let context = TestContext::new();
    let first = install(&context, "1.0").await;
    let again = install(&context, "1.0").await;
    assert_eq!(first, again);
    assert_eq!(context.started(Step::Package), 1);
    assert!(context.notes().iter().any(|n| n.contains("nothing to build")));

    // Another recipe text, another option, a wish for it: each is another build.
    context.recipe("w", &format!("# changed\npkgver=1.0\n{}", prints("w", "1.0")));
    let changed = context.install("w").await.unwrap();
    assert_ne!(changed.provenance.action_key, first.provenance.action_key);
    assert_eq!(changed.provenance.tree_digest, first.provenance.tree_digest);
    let no_check = ProvisionOptions { no_check: true, ..Default::default() };
    context.install_with("w", no_check).await.unwrap();
    let force = ProvisionOptions { force: true, ..Default::default() };
    context.install_with("w", force).await.unwrap();
    assert_eq!(context.started(Step::Package), 4);
}

#[tokio::test]
async fn an_install_script_is_an_input() {
    let context = TestContext::new();
    context.recipe("w", &format!("install=w.install\n{}", prints("w", "x")));
    context.file("w", "w.install", b"one");
    let first = context.install("w").await.unwrap();
    context.file("w", "w.install", b"two");
    let second = context.install("w").await.unwrap();
    assert_ne!(first.provenance.action_key, second.provenance.action_key);
}

#[tokio::test]
async fn versions_stay_side_by_side_and_can_be_rolled_back() {
    let context = TestContext::new();
    let one = install(&context, "1.0").await;
    let two = install(&context, "2.0").await;
    let catalog = context.catalog();
    assert_eq!(run(&catalog.get("w").unwrap()), "2.0");
    assert_eq!(catalog.get("w@1.0").unwrap().id, one.id);
    assert_eq!(catalog.list().unwrap().len(), 2);

    assert_eq!(catalog.rollback("w").unwrap().id, one.id);
    assert_eq!(run(&catalog.get("w").unwrap()), "1.0");
    let error = catalog.rollback("w").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert_eq!(catalog.rollback("w@2.0").unwrap().id, two.id);

    let actions: Vec<_> =
        catalog.history("w").unwrap().into_iter().map(|e| (e.action, e.id)).collect();
    assert_eq!(
        actions,
        [
            (HistoryAction::RolledBack, two.id.clone()),
            (HistoryAction::RolledBack, one.id.clone()),
            (HistoryAction::Installed, two.id.clone()),
            (HistoryAction::Installed, one.id.clone()),
        ]
    );
}

#[tokio::test]
async fn removing_the_active_version_activates_the_one_before() {
    let context = TestContext::new();
    let one = install(&context, "1.0").await;
    let two = install(&context, "2.0").await;
    let catalog = context.catalog();
    let removed = catalog.remove("w@2.0").await.unwrap();
    assert_eq!(removed.len(), 1);
    assert!(!two.path.exists());
    assert_eq!(catalog.get("w").unwrap().id, one.id);
    catalog.remove("w").await.unwrap();
    context.assert_nothing_left(&[]);
    assert_eq!(catalog.get("w").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(catalog.remove("w").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(catalog.history("w").unwrap()[0].action, HistoryAction::Removed);
}

#[tokio::test]
async fn gc_keeps_what_is_in_use() {
    let context = TestContext::new();
    for version in ["1.0", "2.0", "3.0"] {
        install(&context, version).await;
    }
    let catalog = context.catalog();
    let dry = GcOptions { dry_run: true, ..Default::default() };
    assert_eq!(catalog.gc(&dry).await.unwrap().removed.len(), 2);
    assert_eq!(catalog.list().unwrap().len(), 3);
    let keep = GcOptions { keep: 1, ..Default::default() };
    let removed = catalog.gc(&keep).await.unwrap().removed;
    assert_eq!(removed.iter().map(|w| w.version.as_str()).collect::<Vec<_>>(), ["1.0-1"]);
    let all = GcOptions { cache: true, ..Default::default() };
    catalog.gc(&all).await.unwrap();
    assert_eq!(run(&catalog.get("w").unwrap()), "3.0");
    assert_eq!(catalog.list().unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_worker_is_found_and_can_be_reinstalled() {
    let context = TestContext::new();
    let worker = install(&context, "1.0").await;
    let catalog = context.catalog();
    assert_eq!(catalog.verify(None).await.unwrap()[0].damage, Vec::<String>::new());
    let binary = worker.executable();
    let writable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(&binary, writable).unwrap();
    fs_err::write(&binary, "#!/bin/sh\necho evil\n").unwrap();
    let found = catalog.verify(Some("w")).await.unwrap();
    assert!(found[0].damage[0].contains("usr/bin/w"), "{:?}", found[0].damage);
    // A damaged worker is no cache hit: the same command repairs it.
    let repaired = install(&context, "1.0").await;
    assert_eq!(run(&repaired), "1.0");
    assert_eq!(catalog.verify(None).await.unwrap()[0].damage, Vec::<String>::new());
}

#[tokio::test]
async fn a_plan_changes_nothing() {
    let context = TestContext::new();
    context.recipe("w", &format!("build() {{ :; }}\n{}", prints("w", "x")));
    let plan = context.catalog().plan("w").await.unwrap();
    let steps: Vec<_> = plan.steps.iter().map(|s| s.step.as_str()).collect();
    assert!(!plan.cached && steps.contains(&"build") && !steps.contains(&"check"), "{steps:?}");
    context.assert_nothing_left(&[]);
    context.install("w").await.unwrap();
    assert!(context.catalog().plan("w").await.unwrap().cached);
}

#[tokio::test]
async fn a_worker_with_an_epoch_finds_its_libraries() {
    let context = TestContext::new();
    let library = "install -d \"$pkgdir/usr/lib\"\n}";
    let package = prints("w", "x").strip_suffix('}').unwrap().to_owned() + library;
    context.recipe("w", &format!("epoch=1\n{package}"));
    let worker = context.install("w").await.unwrap();
    assert_eq!(worker.version.as_str(), "1:1.0-1");
    for (name, value) in context.catalog().launch(&worker).unwrap().env {
        assert!(!value.to_string_lossy().contains(':'), "{name} would be two folders");
    }
}

#[tokio::test]
async fn a_data_folder_can_be_moved() {
    let context = TestContext::new();
    install(&context, "1.0").await;
    fs_err::rename(context.path("data"), context.path("elsewhere")).unwrap();
    fs_err::rename(context.path("elsewhere"), context.path("data2")).unwrap();
    let folders =
        rbee_hive_worker_catalog::Folders::new(context.path("data2"), context.path("cache"));
    let catalog = rbee_hive_worker_catalog::WorkerCatalog::builder()
        .folders(folders)
        .index(context.index())
        .build()
        .unwrap();
    let token = rbee_hive_worker_catalog::CancellationToken::new();
    let worker = catalog.provision_and_add("w", "moved", token).await.unwrap();
    assert!(worker.path.starts_with(context.path("data2")));
    assert_eq!(run(&worker), "1.0");
}

#[tokio::test]
async fn settings_that_change_under_a_hive_that_runs_are_those_of_the_next_build() {
    let context = TestContext::new();
    let conf = context.path("makepkg.conf");
    let body = "build() { echo flags $CFLAGS; }\n";
    context.recipe("w", &format!("{body}{}", prints("w", "x")));
    let options =
        ProvisionOptions { makepkg_conf: vec![conf.clone()], ..ProvisionOptions::default() };
    fs_err::write(&conf, "CFLAGS=-Done\n").unwrap();
    let catalog = context.catalog_with(context.index(), options);
    for flags in ["-Done", "-Dtwo"] {
        fs_err::write(&conf, format!("CFLAGS={flags}\n")).unwrap();
        context.provision(&catalog, "w", CancellationToken::new()).await.unwrap();
    }
    assert_eq!(context.output(Step::Build), ["flags -Done", "flags -Dtwo"]);
}
