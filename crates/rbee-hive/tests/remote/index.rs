use crate::context::{Place, stdout};

const RECIPE: &str = r#"
pkgname=borrowed
pkgver=1.0
pkgrel=1
pkgdesc='Comes from another hive'
arch=(any)
license=(MIT)
source=(words.txt)
sha256sums=(SUM)
install=borrowed.install
_worker_backends=(cpu)
_worker_entrypoint=usr/bin/borrowed
_worker_smoke=(--help)
package() {
  printf '#!/bin/sh\ncat "${0%%/bin/*}/share/words.txt"\n' > borrowed
  install -Dm755 borrowed -t "$pkgdir/usr/bin"
  install -Dm644 words.txt -t "$pkgdir/usr/share"
}
"#;

#[test]
fn a_hive_is_an_index_for_another() {
    let first = Place::new();
    let folder = first.path("index/borrowed");
    fs_err::create_dir_all(&folder).unwrap();
    let sum = "b780cdbca8d3e90ff5029eb6cca11f72c78e0271b7032e97cae1bacb535e02a1";
    fs_err::write(folder.join("PKGBUILD"), RECIPE.replace("SUM", sum)).unwrap();
    fs_err::write(folder.join("words.txt"), "words of the first hive\n").unwrap();
    fs_err::write(folder.join("borrowed.install"), "post_install() { :; }\n").unwrap();
    fs_err::write(folder.join("notes"), "of nobody's business\n").unwrap();
    let daemon = first.serve();

    let second = Place::new();
    let run = |arguments: &[&str]| {
        let arguments = [&["--index", daemon.url()], arguments].concat();
        let output = second.here(&arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        stdout(&output)
    };
    assert!(run(&["worker", "available"]).contains("Comes from another hive"));
    run(&["worker", "install", "borrowed"]);
    assert_eq!(run(&["worker", "run", "borrowed"]), "words of the first hive\n");
}
