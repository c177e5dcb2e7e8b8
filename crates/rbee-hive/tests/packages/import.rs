//! `worker import`: packages of ours and of makepkg become workers.

use super::context::{TestContext, document, failure, succeeds};

#[test]
fn a_package_of_makepkg_runs() {
    let hive = TestContext::new();
    let package = hive.makepkg().join("engine-2:1.2-3-x86_64.pkg.tar.xz");
    let package = package.to_str().unwrap();
    let (code, told) = failure(&hive.run(&["worker", "import", package]));
    assert_eq!(code, Some(0), "{told}");
    for step in ["verify", "extract", "commit", "activate"] {
        assert!(told.contains(&format!("==> {step}\n")), "{told}");
    }
    assert_eq!(succeeds(&hive.run(&["worker", "run", "engine"])), "42\n");
    let worker = document(&hive.run(&["--json", "worker", "show", "engine"]));
    assert_eq!(worker["id"], "engine:cpu@2:1.2-3");
    let provenance = &worker["provenance"];
    assert_eq!(provenance["index"], "imported from engine-2:1.2-3-x86_64.pkg.tar.xz");
    assert!(provenance["sources"][0]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(succeeds(&hive.run(&["worker", "verify"])), "intact   engine:cpu@2:1.2-3\n");

    // The same file again is the same worker, and nothing is unpacked.
    let (_, told) = failure(&hive.run(&["worker", "import", package]));
    assert!(told.contains("this file is in the store already") && !told.contains("==> extract"));
    assert_eq!(document(&hive.run(&["--json", "worker", "list"])).as_array().unwrap().len(), 1);

    // Out again, it is the same package.
    let out = hive.text("again.pkg.tar.xz");
    succeeds(&hive.run(&["worker", "export", "engine", "-o", &out]));
    let listing = super::context::listing;
    assert_eq!(listing(out.as_ref()), listing(package.as_ref()));
    assert!(succeeds(&hive.run(&["worker", "remove", "engine"])).starts_with("removed engine"));
}

#[test]
fn a_package_of_ours_knows_its_executable_formats_and_smoke_test() {
    let hive = TestContext::new();
    let package = hive.export("data", "engine.pkg.tar.zst", "engine");
    let package = package.to_str().unwrap();
    let import = ["worker", "import", package, "--backend", "cuda"];
    let (code, told) = failure(&hive.run_in("other", &import));
    assert_eq!((code, told.contains("==> smoke\n")), (Some(0), true), "{told}");
    let worker = document(&hive.run_in("other", &["--json", "worker", "show", "engine"]));
    assert_eq!(worker["id"], "engine:cuda@2:1.2-3");
    assert_eq!(worker["supportedFormats"][0], "gguf");
    assert_eq!(worker["entrypoint"], "usr/bin/engine");
    let again = hive.text("again.pkg.tar.zst");
    succeeds(&hive.run_in("other", &["worker", "export", "engine", "-o", &again]));
    assert_eq!(fs_err::read(package).unwrap(), fs_err::read(&again).unwrap());

    // Beside the one that was built it is another version, with a way back.
    succeeds(&hive.run(&["worker", "import", package]));
    assert_eq!(
        succeeds(&hive.run(&["worker", "rollback", "engine"])),
        "rolled back to engine:cpu@2:1.2-3\n"
    );
}

#[test]
fn the_executable_is_asked_for_if_there_are_several() {
    let hive = TestContext::new();
    let recipe = hive.path("engine/PKGBUILD");
    let text = fs_err::read_to_string(&recipe).unwrap();
    fs_err::write(
        &recipe,
        text.replace("pkgname=(engine ", "pkgname=(tools ")
            .replace("package_engine()", "package_tools()"),
    )
    .unwrap();
    let package = hive.makepkg().join("tools-2:1.2-3-x86_64.pkg.tar.xz");
    let package = package.to_str().unwrap();
    let (code, told) = failure(&hive.run(&["worker", "import", package]));
    assert_eq!(code, Some(2));
    assert!(told.contains("--entrypoint: usr/bin/engine, usr/bin/engine-two"), "{told}");
    let wrong = ["worker", "import", package, "--entrypoint", "usr/bin/none"];
    assert_eq!(failure(&hive.run(&wrong)).0, Some(2));
    assert_eq!(document(&hive.run(&["--json", "worker", "list"])).as_array().unwrap().len(), 0);
    succeeds(&hive.run(&["worker", "import", package, "--entrypoint", "/usr/bin/engine-two"]));
    assert_eq!(succeeds(&hive.run(&["worker", "run", "tools"])), "42\n");
}

#[test]
fn a_package_without_programs_is_a_library() {
    let hive = TestContext::new();
    let package = hive.export("data", "data.pkg.tar.zst", "engine-data");
    let told = succeeds(&hive.run(&["worker", "import", package.to_str().unwrap()]));
    assert_eq!(told, "imported engine-data:cpu@2:1.2-3\nit has no executable: it is a library\n");
    assert_eq!(document(&hive.run(&["--json", "worker", "show", "engine-data"]))["entrypoint"], "");
}

/// A library, and a program that is linked to it.
const CHAIN: [(&str, &str); 2] = [
    (
        "libanswer",
        "pkgname=libanswer\npkgver=1\npkgrel=1\narch=(x86_64)\nbuild() {\n\
         echo 'int answer(void) { return 42; }' >a.c\n\
         cc -shared -fPIC -Wl,-soname,libanswer.so.1 a.c -o libanswer.so.1\n}\npackage() {\n\
         install -Dm755 libanswer.so.1 -t \"$pkgdir/usr/lib\"\n\
         ln -s libanswer.so.1 \"$pkgdir/usr/lib/libanswer.so\"\n}\n",
    ),
    (
        "asker",
        "pkgname=asker\npkgver=1\npkgrel=1\narch=(x86_64)\ndepends=(libanswer)\n\
         _worker_entrypoint=usr/bin/asker\n_worker_smoke=(x)\nbuild() {\n\
         echo 'int answer(void); int main(void) { return answer() - 42; }' >m.c\n\
         cc m.c -lanswer -o asker\n}\npackage() {\n\
         install -Dm755 asker -t \"$pkgdir/usr/bin\"\n}\n",
    ),
];

#[test]
fn an_imported_worker_runs_with_the_libraries_that_were_imported_before() {
    let hive = TestContext::new();
    for (name, text) in CHAIN {
        fs_err::create_dir_all(hive.path("index").join(name)).unwrap();
        fs_err::write(hive.path("index").join(name).join("PKGBUILD"), text).unwrap();
    }
    let index = hive.text("index");
    succeeds(&hive.run(&["--index", &index, "worker", "install", "asker"]));
    let file = |name: &str| hive.text(&format!("{name}.pkg.tar.zst"));
    for (name, _) in CHAIN {
        succeeds(&hive.run(&["worker", "export", name, "-o", &file(name)]));
    }
    let built = super::context::member(file("asker").as_ref(), ".BUILDINFO");
    assert!(built.ends_with("installed = libanswer-1-1-x86_64\n"), "{built}");

    let (code, told) = failure(&hive.run_in("other", &["worker", "import", &file("asker")]));
    assert_eq!(code, Some(6), "{told}");
    assert!(told.contains("it needs of this host: libanswer"), "{told}");
    for name in ["libanswer", "asker"] {
        succeeds(&hive.run_in("other", &["worker", "import", &file(name)]));
    }
    succeeds(&hive.run_in("other", &["worker", "run", "asker"]));
    let worker = document(&hive.run_in("other", &["--json", "worker", "show", "asker"]));
    assert_eq!(worker["provenance"]["dependencies"][0]["id"], "libanswer:cpu@1-1");
}
