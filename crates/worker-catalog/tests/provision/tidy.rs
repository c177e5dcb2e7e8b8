//! What happens to a package after its function: makepkg's options, its lint.

use std::os::unix::fs::MetadataExt as _;

use rbee_hive_worker_catalog::ErrorKind;

use crate::context::{TestContext, prints};

/// A `package()` that runs this after it has installed the entrypoint.
fn package(more: &str) -> String {
    prints("w", "x").trim_end_matches('}').to_owned() + more + "\n}"
}

#[tokio::test]
async fn what_the_options_take_out_is_gone() {
    let context = TestContext::new();
    let more = r#"
  cd "$pkgdir"
  mkdir -p usr/lib usr/share/{doc/w,info} opt/x/doc usr/share/empty/below
  touch usr/lib/lib{a,b}.a usr/lib/{liba.so,libc.la,p.pod,.packlist} usr/share/{doc/w/d,info/dir} opt/x/doc/d
  options+=(!docs !emptydirs)"#;
    context.recipe("w", &package(more));
    let worker = context.install("w").await.unwrap();
    let path = |name: &str| worker.path.join(name);
    for gone in [
        "usr/lib/liba.a", // as the shared library is there
        "usr/lib/libc.la",
        "usr/lib/p.pod",
        "usr/lib/.packlist",
        "usr/share/info/dir",
        "usr/share/doc",
        "opt/x/doc",
        "usr/share/empty",
    ] {
        assert!(!path(gone).exists(), "{gone}");
    }
    for kept in ["usr/lib/libb.a", "usr/lib/liba.so", "usr/bin/w"] {
        assert!(path(kept).exists(), "{kept}");
    }

    let all = "options=(docs libtool staticlibs emptydirs !purge)\n";
    context.recipe("w", &(all.to_owned() + &package(&more.replace("options+", "local no"))));
    let worker = context.install("w").await.unwrap();
    for kept in ["usr/lib/liba.a", "usr/lib/libc.la", "usr/lib/p.pod", "usr/share/empty/below"] {
        assert!(worker.path.join(kept).exists(), "{kept}");
    }
}

#[tokio::test]
async fn binaries_are_stripped_by_their_kind_unless_the_recipe_says_no() {
    let context = TestContext::new();
    let more = r#"
  cd "$srcdir"
  echo 'int f(void) { return 0; } static int hidden(void) { return f(); } int main(void) { return hidden(); }' >m.c
  cc -g -O0 -c m.c
  install -d "$pkgdir/usr/lib"
  cc -g m.o -o "$pkgdir/usr/bin/tool"
  cc -g -O0 -fPIC -shared m.c -o "$pkgdir/usr/lib/libm.so"
  ar rc "$pkgdir/usr/lib/libm2.a" m.o
  cp m.o "$pkgdir/usr/lib/plain.o"
  ln "$pkgdir/usr/bin/tool" "$pkgdir/usr/bin/twin"
  chmod 4755 "$pkgdir/usr/bin/tool"
  cp "$pkgdir/usr/bin/tool" "$pkgdir/usr/bin/closed"; chmod 555 "$pkgdir/usr/bin/closed""#;
    context.recipe("w", &package(more));
    let worker = context.install("w").await.unwrap();
    let nm = |name: &str| {
        let output = std::process::Command::new("nm").arg(worker.path.join(name)).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let sections = |name: &str| {
        let mut readelf = std::process::Command::new("readelf");
        let output = readelf.args(["-SW"]).arg(worker.path.join(name)).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(nm("usr/bin/tool"), "");
    assert!(!sections("usr/lib/libm.so").contains(".debug_info"));
    assert!(!sections("usr/lib/libm2.a").contains(".debug_info"));
    assert!(nm("usr/lib/libm2.a").contains("hidden"), "an archive keeps its symbols");
    assert!(sections("usr/lib/plain.o").contains(".debug_info"), "a lone object stays");
    assert!(nm("usr/bin/closed").contains("hidden"), "what its owner may not write stays");
    let inode = |name: &str| fs_err::metadata(worker.path.join(name)).unwrap().ino();
    assert_eq!(inode("usr/bin/tool"), inode("usr/bin/twin"));

    context.recipe("w", &format!("options=(!strip)\n{}", package(more)));
    let worker = context.install("w").await.unwrap();
    let nm = std::process::Command::new("nm").arg(worker.path.join("usr/bin/tool")).output();
    assert!(String::from_utf8_lossy(&nm.unwrap().stdout).contains("hidden"));
}

#[tokio::test]
async fn manual_pages_are_compressed_and_their_links_follow() {
    let context = TestContext::new();
    let more = r#"
  cd "$pkgdir"; mkdir -p usr/share/man/man{1,3}; cd usr/share/man
  echo page >'man1/a b.1'; ln -s 'a b.1' man1/link.1; ln -s '../man1/a b.1' man3/far.3
  ln 'man1/a b.1' man3/hard.3; echo z >man1/z.1.bz2"#;
    context.recipe("w", &package(more));
    let worker = context.install("w").await.unwrap();
    let man = worker.path.join("usr/share/man");
    let link = |name: &str| fs_err::read_link(man.join(name)).unwrap();
    assert_eq!(link("man1/link.1.gz").as_os_str(), "a b.1.gz");
    assert_eq!(link("man3/far.3.gz").as_os_str(), "/usr/share/man/man1/a b.1.gz");
    let inode = |name: &str| fs_err::metadata(man.join(name)).unwrap().ino();
    assert_eq!(inode("man1/a b.1.gz"), inode("man3/hard.3.gz"));
    assert!(man.join("man1/z.1.bz2").exists());
    let bytes = fs_err::read(man.join("man1/a b.1.gz")).unwrap();
    assert_eq!(bytes[3..10], [0, 0, 0, 0, 0, 2, 3], "no name, no time, best compression, Unix");
}

#[tokio::test]
async fn what_makepkg_warns_of_and_refuses_in_a_package() {
    let context = TestContext::new();
    let more = "\n  echo \"$srcdir\" >\"$pkgdir/usr/note\"; backup=(etc/none)";
    context.recipe("w", &package(more));
    context.install("w").await.unwrap();
    let notes = context.notes().join("\n");
    assert!(notes.contains("refers to $srcdir") && notes.contains("usr/note"), "{notes}");
    assert!(notes.contains("etc/none"), "{notes}");
    for name in [".hidden", "$'new\\nline'"] {
        context.recipe("w", &package(&format!("\n  touch \"$pkgdir\"/{name}")));
        let error = context.install("w").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BuildFailed, "{error}");
        assert!(error.to_string().starts_with("the package w has"), "{error}");
    }
}

#[tokio::test]
async fn symbols_go_to_a_package_of_their_own() {
    let context = TestContext::new();
    let more = r#"
  install -Dm755 tool -t "$pkgdir/usr/bin"; ln "$pkgdir/usr/bin/tool" "$pkgdir/usr/bin/twin"
  install -Dm755 libx.so -t "$pkgdir/usr/lib""#;
    let build = "options=(debug)\nbuild() {\n  mkdir sub; echo 'int f(void) { return 1; } int main(void) \
                 { return f(); }' >sub/m.c\n  cc $CFLAGS -Wl,--build-id=0x0123456789abcdef0123456789abcdef01234567 sub/m.c -o tool\n  \
                 cc $CFLAGS -shared -fPIC -Wl,--build-id=none sub/m.c -o libx.so\n}\n";
    context.recipe("w", &(build.to_owned() + &package(more)));
    let worker = context.install("w").await.unwrap();
    let path = |name: &str| worker.path.join(name);
    let debug = |name: &str| path("usr/lib/debug").join(name);
    let link = |name: &str| fs_err::read_link(debug(name)).unwrap();
    assert_eq!(
        link(".build-id/01/23456789abcdef0123456789abcdef01234567").as_os_str(),
        "../../../../bin/tool"
    );
    assert_eq!(
        link(".build-id/01/23456789abcdef0123456789abcdef01234567.debug").as_os_str(),
        "../../usr/bin/tool.debug"
    );
    let inode = |path: std::path::PathBuf| fs_err::metadata(path).unwrap().ino();
    assert_eq!(inode(debug("usr/bin/tool.debug")), inode(debug("usr/bin/twin.debug")));
    assert!(debug("usr/lib/libx.so.debug").is_file());
    let source = fs_err::read_to_string(path("usr/src/debug/sub/m.c"));
    let source = source.or_else(|_| fs_err::read_to_string(path("usr/src/debug/w/sub/m.c")));
    assert!(source.unwrap().contains("int f"));
    let mut readelf = std::process::Command::new("readelf");
    let output = readelf.arg("-SW").arg(path("usr/bin/tool")).output().unwrap();
    let sections = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(sections.contains(".gnu_debuglink") && !sections.contains(".symtab"), "{sections}");
}

#[tokio::test]
async fn files_are_given_away_and_closed_as_root_does_it() {
    let context = TestContext::new();
    let more = r#"
  cd "$pkgdir"; mkdir -p var/closed; touch var/{a,b,secret} var/closed/in
  chown daemon:7 var/a; chown -h 12:13 var/b; chmod 4750 var/b; chmod 000 var/secret; chmod 555 var/closed
  touch var/closed/later
  [[ $(stat -c '%U %g' var/a) == 'daemon 7' && $(stat -c %a var/secret) == 0 ]]; cat var/secret"#;
    context.recipe("w", &package(more));
    let worker = context.install("w").await.unwrap();
    assert!(worker.path.join("var/closed/later").exists());
    let mtree = worker.path.join(".rbee/packages/w/MTREE");
    let output = std::process::Command::new("gzip").arg("-dc").arg(&mtree).output().unwrap();
    let mtree = if output.status.success() { output.stdout } else { fs_err::read(mtree).unwrap() };
    let mtree = String::from_utf8_lossy(&mtree).into_owned();
    let line = |path: &str| mtree.lines().find(|l| l.split(' ').next() == Some(path)).unwrap();
    let fields = |path: &str, wanted: &[&str]| {
        assert!(wanted.iter().all(|w| line(path).split(' ').any(|f| f == *w)), "{}", line(path));
    };
    fields("./var/a", &["uid=1", "gid=7"]);
    fields("./var/b", &["uid=12", "gid=13", "mode=4750"]);
    assert!(line("./var/secret").contains("mode=0"), "{}", line("./var/secret"));
    fields("./var/closed", &["mode=555"]);
}
