//! What every [`ArtifactCatalog`] must do, run against each of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;

use rbee_hive_artifact_catalog::{
    Architecture, Artifact as _, ArtifactCatalog, ArtifactStatus, CatalogError, HistoryAction,
    HistoryEntry, Platform, Provenance, WorkerBinary, WorkerType,
    database::{MemoryCatalog, SqliteCatalog},
};

type Catalog = dyn ArtifactCatalog<WorkerBinary>;

/// A worker `name:cpu@version`, whose object and action key are made of `build`.
fn worker(name: &str, version: &str, build: &str) -> WorkerBinary {
    let (name, version) = (name.parse().unwrap(), version.parse().unwrap());
    WorkerBinary {
        id: WorkerBinary::full_id(&name, WorkerType::Cpu, &version),
        path: PathBuf::from("/data/store").join(format!("{build}-{name}-{version}")),
        name,
        worker_type: WorkerType::Cpu,
        platform: Platform::Linux,
        architecture: Architecture::X86_64,
        entrypoint: "usr/bin/server".into(),
        size: 42,
        version,
        status: ArtifactStatus::Available,
        added_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        active: false,
        supported_formats: vec!["gguf".into()],
        provenance: Provenance {
            action_key: format!("key-{build}"),
            tree_digest: build.into(),
            recipe_digest: "r".into(),
            index: "builtin".into(),
            sources: vec![],
            dependencies: Vec::new(),
            unverified: vec![],
            sandbox: "bwrap".into(),
            options: vec![],
            toolchain: [("gcc".to_owned(), "12.2".to_owned())].into(),
            job_id: "job-1".parse().unwrap(),
            hive_version: "0.1.0".into(),
        },
    }
}

fn active(mut worker: WorkerBinary) -> WorkerBinary {
    worker.set_active(true);
    worker
}

fn object(worker: &WorkerBinary) -> &str {
    worker.path.file_name().unwrap().to_str().unwrap()
}

/// The versions of a slot, the active one in brackets, as `list` orders them.
fn slot(catalog: &Catalog, slot: &str) -> String {
    let all = catalog.list().unwrap();
    let shown = all
        .iter()
        .filter(|w| w.slot() == slot)
        .map(|w| if w.active { format!("[{}]", w.version) } else { w.version.to_string() });
    shown.collect::<Vec<_>>().join(" ")
}

fn actions(history: &[HistoryEntry]) -> Vec<(HistoryAction, &str)> {
    history.iter().map(|entry| (entry.action, entry.id.as_str())).collect()
}

fn an_empty_catalog_has_nothing(catalog: &Catalog) {
    assert!(catalog.is_empty().unwrap());
    assert_eq!(catalog.len().unwrap(), 0);
    assert_eq!(catalog.list().unwrap(), []);
    assert_eq!(catalog.get("a:cpu@1-1").unwrap(), None);
    assert!(!catalog.contains("a:cpu@1-1").unwrap());
    assert_eq!(catalog.remove("x").unwrap(), None);
    assert_eq!(catalog.find_by_action_key("x").unwrap(), None);
    assert_eq!(catalog.find_by_object("x").unwrap(), None);
    assert_eq!(catalog.activate("x", HistoryAction::Activated).unwrap(), None);
    assert_eq!(catalog.rollback("a:cpu").unwrap(), None);
    assert_eq!(catalog.history("a:cpu").unwrap(), []);
    catalog.set_status("x", ArtifactStatus::Damaged).unwrap();
    assert!(catalog.is_empty().unwrap());
}

fn what_was_added_comes_back_whole(catalog: &Catalog) {
    let new = worker("a", "1:2.0-1", "b1");
    let added = catalog.add(new.clone()).unwrap();
    assert_eq!(added, active(new));
    assert_eq!(catalog.get("a:cpu@1:2.0-1").unwrap().as_ref(), Some(&added));
    assert_eq!(catalog.find_by_object(object(&added)).unwrap().as_ref(), Some(&added));
    assert_eq!(catalog.find_by_action_key("key-b1").unwrap().as_ref(), Some(&added));
    assert_eq!(catalog.list().unwrap(), [added]);
    assert!(catalog.contains("a:cpu@1:2.0-1").unwrap());
    assert!(!catalog.contains("a:cpu").unwrap());
    assert_eq!(catalog.len().unwrap(), 1);
}

fn adding_makes_active_in_its_slot_only(catalog: &Catalog) {
    catalog.add(worker("a", "1-1", "b1")).unwrap();
    catalog.add(worker("b", "1-1", "b2")).unwrap();
    catalog.add(worker("a", "2-1", "b3")).unwrap();
    assert_eq!(slot(catalog, "a:cpu"), "[2-1] 1-1");
    assert_eq!(slot(catalog, "b:cpu"), "[1-1]");
}

fn the_list_is_by_slot_then_the_last_added(catalog: &Catalog) {
    for (name, version, build) in
        [("b", "9-1", "b1"), ("a", "2-1", "b2"), ("b", "1-1", "b3"), ("a", "1-1", "b4")]
    {
        catalog.add(worker(name, version, build)).unwrap();
    }
    let ids: Vec<String> = catalog.list().unwrap().into_iter().map(|w| w.id).collect();
    assert_eq!(ids, ["a:cpu@1-1", "a:cpu@2-1", "b:cpu@1-1", "b:cpu@9-1"]);
}

fn adding_an_object_again_takes_the_new_record_and_keeps_its_place(catalog: &Catalog) {
    let first = catalog.add(worker("a", "1-1", "b1")).unwrap();
    catalog.add(worker("a", "2-1", "b2")).unwrap();
    catalog.set_status(object(&first), ArtifactStatus::Damaged).unwrap();
    let mut again = worker("a", "1-1", "b1");
    again.size = 7;
    let added = catalog.add(again).unwrap();
    assert_eq!((added.size, added.active, added.status), (7, true, ArtifactStatus::Available));
    assert_eq!(catalog.find_by_object(object(&first)).unwrap(), Some(added));
    assert_eq!(slot(catalog, "a:cpu"), "2-1 [1-1]");
    let history = catalog.history("a:cpu").unwrap();
    assert_eq!(history[0].action, HistoryAction::Activated);
}

fn two_builds_of_one_id_are_two_entries(catalog: &Catalog) {
    let first = catalog.add(worker("a", "1-1", "b1")).unwrap();
    let second = catalog.add(worker("a", "1-1", "b2")).unwrap();
    assert_eq!(catalog.len().unwrap(), 2);
    assert_eq!(catalog.get("a:cpu@1-1").unwrap().unwrap().path, second.path);
    catalog.activate(object(&first), HistoryAction::Activated).unwrap();
    assert_eq!(catalog.get("a:cpu@1-1").unwrap().unwrap().path, first.path);
}

fn an_id_that_is_not_active_is_still_found(catalog: &Catalog) {
    catalog.add(worker("a", "1-1", "b1")).unwrap();
    let last = catalog.add(worker("a", "1-1", "b2")).unwrap();
    catalog.add(worker("a", "2-1", "b3")).unwrap();
    let found = catalog.get("a:cpu@1-1").unwrap().unwrap();
    assert_eq!((found.path, found.active), (last.path, false));
}

fn an_action_key_finds_the_last_added(catalog: &Catalog) {
    let mut first = worker("a", "1-1", "b1");
    let mut second = worker("z", "1-1", "b2");
    first.provenance.action_key = "same".into();
    second.provenance.action_key = "same".into();
    catalog.add(first).unwrap();
    let second = catalog.add(second).unwrap();
    assert_eq!(catalog.find_by_action_key("same").unwrap(), Some(second));
}

fn rolling_back_goes_one_earlier_each_time(catalog: &Catalog) {
    for (version, build) in [("1-1", "b1"), ("2-1", "b2"), ("3-1", "b3")] {
        catalog.add(worker("a", version, build)).unwrap();
    }
    catalog.add(worker("b", "1-1", "b4")).unwrap();
    let earlier = catalog.rollback("a:cpu").unwrap().unwrap();
    assert_eq!((earlier.version.as_str(), earlier.active), ("2-1", true));
    assert_eq!(catalog.rollback("a:cpu").unwrap().unwrap().version.as_str(), "1-1");
    assert_eq!(catalog.rollback("a:cpu").unwrap(), None);
    assert_eq!(slot(catalog, "a:cpu"), "3-1 2-1 [1-1]");
    let history = catalog.history("a:cpu").unwrap();
    assert_eq!(
        actions(&history)[..2],
        [(HistoryAction::RolledBack, "a:cpu@1-1"), (HistoryAction::RolledBack, "a:cpu@2-1"),]
    );
    assert_eq!(history.len(), 5, "a rollback that finds nothing changes nothing");
}

fn removing_the_active_one_activates_the_one_before(catalog: &Catalog) {
    let added: Vec<_> = [("1-1", "b1"), ("2-1", "b2"), ("3-1", "b3")]
        .map(|(version, build)| catalog.add(worker("a", version, build)).unwrap())
        .into();
    let removed = catalog.remove(object(&added[2])).unwrap().unwrap();
    assert_eq!(removed, added[2], "it comes back as it was");
    assert_eq!(slot(catalog, "a:cpu"), "[2-1] 1-1");
    let history = catalog.history("a:cpu").unwrap();
    assert_eq!(
        actions(&history)[..2],
        [(HistoryAction::Activated, "a:cpu@2-1"), (HistoryAction::Removed, "a:cpu@3-1"),]
    );
    catalog.activate(object(&added[0]), HistoryAction::Activated).unwrap();
    catalog.remove(object(&added[0])).unwrap();
    assert_eq!(slot(catalog, "a:cpu"), "[2-1]", "none is earlier, so the one added last");
    catalog.remove(object(&added[1])).unwrap();
    assert!(catalog.is_empty().unwrap());
    assert_eq!(catalog.history("a:cpu").unwrap()[0].action, HistoryAction::Removed);
}

fn removing_another_leaves_the_active_one(catalog: &Catalog) {
    let first = catalog.add(worker("a", "1-1", "b1")).unwrap();
    catalog.add(worker("a", "2-1", "b2")).unwrap();
    let removed = catalog.remove(object(&first)).unwrap().unwrap();
    assert!(!removed.active);
    assert_eq!(slot(catalog, "a:cpu"), "[2-1]");
    assert_eq!(catalog.history("a:cpu").unwrap().len(), 3);
}

fn what_was_removed_can_be_added_again(catalog: &Catalog) {
    let first = catalog.add(worker("a", "1-1", "b1")).unwrap();
    catalog.add(worker("a", "2-1", "b2")).unwrap();
    catalog.remove(object(&first)).unwrap();
    catalog.add(worker("a", "1-1", "b1")).unwrap();
    assert_eq!(slot(catalog, "a:cpu"), "[1-1] 2-1");
}

fn a_status_is_kept_and_shown_everywhere(catalog: &Catalog) {
    let first = catalog.add(worker("a", "1-1", "b1")).unwrap();
    catalog.set_status(object(&first), ArtifactStatus::Damaged).unwrap();
    assert_eq!(catalog.get(&first.id).unwrap().unwrap().status, ArtifactStatus::Damaged);
    assert_eq!(catalog.list().unwrap()[0].status, ArtifactStatus::Damaged);
    catalog.set_status(object(&first), ArtifactStatus::Available).unwrap();
    assert_eq!(catalog.get(&first.id).unwrap(), Some(first));
}

fn the_history_is_of_one_slot_and_the_latest_first(catalog: &Catalog) {
    let first = catalog.add(worker("a", "1-1", "b1")).unwrap();
    catalog.add(worker("b", "1-1", "b2")).unwrap();
    catalog.add(worker("a", "2-1", "b3")).unwrap();
    catalog.activate(object(&first), HistoryAction::RolledBack).unwrap();
    let history = catalog.history("a:cpu").unwrap();
    assert_eq!(
        actions(&history),
        [
            (HistoryAction::RolledBack, "a:cpu@1-1"),
            (HistoryAction::Installed, "a:cpu@2-1"),
            (HistoryAction::Installed, "a:cpu@1-1"),
        ]
    );
    assert_eq!(history.iter().map(|e| e.number).collect::<Vec<_>>(), [4, 3, 1]);
    assert_eq!((history[0].slot.as_str(), history[0].object.as_str()), ("a:cpu", object(&first)));
    assert!(history.is_sorted_by_key(|entry| std::cmp::Reverse(entry.at)));
}

fn the_revision_is_another_one_after_each_change_and_no_read(catalog: &Catalog) {
    let mut seen = vec![catalog.revision().unwrap()];
    let mut changed = || {
        let now = catalog.revision().unwrap();
        assert!(!seen.contains(&now), "{now} was seen before: {seen:?}");
        seen.push(now);
    };
    let first = catalog.add(worker("a", "1-1", "b1")).unwrap();
    changed();
    catalog.add(first.clone()).unwrap();
    changed();
    catalog.add(worker("a", "2-1", "b2")).unwrap();
    changed();
    catalog.rollback("a:cpu").unwrap().unwrap();
    changed();
    catalog.set_status(object(&first), ArtifactStatus::Damaged).unwrap();
    changed();
    catalog.remove(object(&first)).unwrap().unwrap();
    changed();
    let before = catalog.revision().unwrap();
    catalog.list().unwrap();
    catalog.history("a:cpu").unwrap();
    assert_eq!(catalog.remove("nothing").unwrap(), None);
    assert_eq!(catalog.rollback("a:cpu").unwrap(), None);
    assert_eq!(catalog.revision().unwrap(), before);
}

fn a_path_without_a_name_is_refused(catalog: &Catalog) {
    let mut nowhere = worker("a", "1-1", "b1");
    nowhere.path = "/".into();
    let error = catalog.add(nowhere).unwrap_err();
    assert!(matches!(error, CatalogError::Object { .. }), "{error}");
    assert!(catalog.is_empty().unwrap());
}

/// Runs each case against each catalog, as a test of its own.
macro_rules! conformance {
    ($($case:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $case() { super::$case(&super::MemoryCatalog::new()); })+
        }
        mod sqlite {
            $(#[test] fn $case() {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("new folder/catalog.db");
                super::$case(&super::SqliteCatalog::open(file).unwrap());
            })+
        }
    };
}

conformance! {
    an_empty_catalog_has_nothing,
    what_was_added_comes_back_whole,
    adding_makes_active_in_its_slot_only,
    the_list_is_by_slot_then_the_last_added,
    adding_an_object_again_takes_the_new_record_and_keeps_its_place,
    two_builds_of_one_id_are_two_entries,
    an_id_that_is_not_active_is_still_found,
    an_action_key_finds_the_last_added,
    rolling_back_goes_one_earlier_each_time,
    removing_the_active_one_activates_the_one_before,
    removing_another_leaves_the_active_one,
    what_was_removed_can_be_added_again,
    a_status_is_kept_and_shown_everywhere,
    the_history_is_of_one_slot_and_the_latest_first,
    the_revision_is_another_one_after_each_change_and_no_read,
    a_path_without_a_name_is_refused,
}
