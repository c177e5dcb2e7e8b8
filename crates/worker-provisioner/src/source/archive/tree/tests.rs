use super::*;

const PLAIN: Attributes = Attributes { mode: 0o6777, modified: SystemTime::UNIX_EPOCH };

struct Place {
    folder: tempfile::TempDir,
    tree: Tree,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("srcdir")).unwrap();
        fs_err::create_dir_all(folder.path().join("outside")).unwrap();
        let tree = Tree::open(&folder.path().join("srcdir"), Limits::default()).unwrap();
        Self { folder, tree }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("srcdir").join(name)
    }

    fn file(&mut self, name: &str) -> io::Result<u64> {
        self.tree.file(name.as_bytes(), PLAIN, &mut name.as_bytes())
    }

    fn nothing_outside(&self) {
        let outside = fs_err::read_dir(self.folder.path().join("outside")).unwrap();
        assert_eq!(outside.count(), 0);
    }
}

#[test]
fn paths_that_name_another_place_are_refused() {
    let mut place = Place::new();
    for name in ["/etc/x", "../outside/x", "a/../../outside/x", "a\0b", "", "."] {
        assert!(place.file(name).is_err(), "{name:?}");
    }
    place.nothing_outside();
}

#[test]
fn links_are_followed_inside_and_refused_outside() {
    let mut place = Place::new();
    place.file("real/a").unwrap();
    place.tree.symlink(b"inside", b"real", PLAIN).unwrap();
    place.file("inside/b").unwrap();
    assert!(place.path("real/b").is_file());
    for target in ["../outside", "/tmp", "real/../../outside", "inside/../../outside"] {
        place.tree.symlink(b"out", target.as_bytes(), PLAIN).unwrap();
        let error = place.file("out/x").unwrap_err().to_string();
        assert!(error.contains("refused \"out/x\""), "{error}");
        assert!(place.tree.folder(b"out/x", PLAIN).is_err());
        assert!(place.tree.symlink(b"out/x", b"y", PLAIN).is_err());
        assert!(place.tree.hard_link(b"out/x", b"real/a").is_err());
        assert!(place.tree.hard_link(b"x", b"out/x").is_err());
    }
    place.nothing_outside();
}

#[test]
fn a_member_is_never_written_through_a_link() {
    let mut place = Place::new();
    let victim = place.folder.path().join("outside/victim");
    place.tree.symlink(b"x", victim.as_os_str().as_bytes(), PLAIN).unwrap();
    place.file("x").unwrap();
    assert!(fs_err::symlink_metadata(place.path("x")).unwrap().is_file());
    assert!(!victim.exists());
    // Nor through a hard link: the other name keeps its content.
    place.file("first").unwrap();
    place.tree.hard_link(b"second", b"first").unwrap();
    place.file("second").unwrap();
    assert_eq!(fs_err::read_to_string(place.path("first")).unwrap(), "first");
    assert_eq!(fs_err::read_to_string(place.path("second")).unwrap(), "second");
}

#[test]
fn modes_lose_what_a_source_has_no_use_for() {
    use std::os::unix::fs::PermissionsExt;
    let mut place = Place::new();
    place.file("x").unwrap();
    place.tree.folder(b"d", Attributes { mode: 0o2555, ..PLAIN }).unwrap();
    place.file("d/x").unwrap();
    place.tree.finish().unwrap();
    let mode = |path| fs_err::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(place.path("x")), 0o755);
    assert_eq!(mode(place.path("d")), 0o755);
    let modified = fs_err::metadata(place.path("d")).unwrap().modified().unwrap();
    assert_eq!(modified, SystemTime::UNIX_EPOCH);
}

#[test]
fn names_need_not_be_text() {
    let mut place = Place::new();
    place.tree.file(b"d\xff/\xfe", PLAIN, &mut &b"x"[..]).unwrap();
    let folder = place.folder.path().join("srcdir").join(OsStr::from_bytes(b"d\xff"));
    assert!(folder.join(OsStr::from_bytes(b"\xfe")).is_file());
}

#[test]
fn what_stands_in_the_way() {
    let mut place = Place::new();
    place.file("x").unwrap();
    place.file("x/y").unwrap();
    assert!(place.path("x/y").is_file());
    let error = place.file("x").unwrap_err().to_string();
    assert!(error.contains("a folder with files in it"), "{error}");
    place.tree.folder(b"empty", PLAIN).unwrap();
    place.file("empty").unwrap();
    assert!(place.path("empty").is_file());
    place.tree.symlink(b"nowhere", b"missing", PLAIN).unwrap();
    assert!(place.file("nowhere/x").is_err());
}

#[test]
fn limits_hold() {
    let mut place = Place::new();
    place.tree.limits = Limits { bytes: 5, members: 3 };
    place.file("abc").unwrap();
    assert!(place.file("def").unwrap_err().to_string().contains("more bytes"));
    place.tree.limits.bytes = 100;
    place.file("def").unwrap();
    assert!(place.file("ghi").unwrap_err().to_string().contains("more members"));
}

#[test]
fn without_openat2_no_symlink_is_followed() {
    let mut place = Place::new();
    place.file("real/a").unwrap();
    place.tree.symlink(b"inside", b"real", PLAIN).unwrap();
    assert!(place.tree.walk(Path::new("real"), FOLDER).is_ok());
    assert!(place.tree.walk(Path::new("inside"), FOLDER).is_err());
}
