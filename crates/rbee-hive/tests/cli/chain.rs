//! A library, a library on it, and a server on both: built and run with the host's `/usr` as it was.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::context::{TestContext, document, events, stdout};

const ALPHA: &str = r#"
pkgname=libalpha
pkgver=VERSION
pkgrel=1
arch=(x86_64 aarch64)
makedepends=(gcc)
build() {
  printf 'int alpha(void);\n' >alpha.h
  printf 'int alpha(void) { return NUMBER; }\n' >alpha.c
  gcc $CFLAGS -fPIC -shared -Wl,-soname,libalpha.so.1 -o libalpha.so.1 alpha.c
}
package() {
  install -Dm755 libalpha.so.1 -t "$pkgdir/usr/lib"
  ln -s libalpha.so.1 "$pkgdir/usr/lib/libalpha.so"
  install -Dm644 alpha.h -t "$pkgdir/usr/include"
}
"#;

/// Its packages come as a split recipe, under other names than the recipe's.
const BETA: &str = r#"
pkgbase=beta
pkgname=(libbeta beta-data)
pkgver=2.1
pkgrel=1
arch=(x86_64 aarch64)
depends=('libalpha>=1.0')
makedepends=(cmake gcc)
build() {
  cat >beta.h <<'END'
int beta(void);
END
  cat >beta.c <<'END'
#include <alpha.h>
#include "beta.h"
int beta(void) { return alpha() + 1; }
END
  cat >beta.pc <<'END'
prefix=/usr
Name: beta
Description: one more than alpha
Version: 2.1
Libs: -L${prefix}/lib -lbeta
Cflags: -I${prefix}/include
END
  cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(beta C)
add_library(beta SHARED beta.c)
set_target_properties(beta PROPERTIES SOVERSION 2)
target_link_libraries(beta PRIVATE alpha)
install(TARGETS beta EXPORT BetaConfig DESTINATION lib)
install(FILES beta.h DESTINATION include)
install(FILES beta.pc DESTINATION lib/pkgconfig)
target_include_directories(beta INTERFACE /usr/include)
install(EXPORT BetaConfig NAMESPACE Beta:: DESTINATION lib/cmake/Beta)
END
  cmake -B out -DCMAKE_INSTALL_PREFIX=/usr
  cmake --build out
}
package_libbeta() {
  DESTDIR="$pkgdir" cmake --install out
}
package_beta-data() {
  install -d "$pkgdir/usr/share/beta"
  echo 'a word of beta' >"$pkgdir/usr/share/beta/word"
}
"#;

const SERVER: &str = r#"
pkgname=server
pkgver=3.0
pkgrel=1
arch=(x86_64 aarch64)
depends=('libbeta=2.1' beta-data libalpha)
makedepends=(cmake gcc pkgconf)
_worker_entrypoint=usr/bin/server
_worker_smoke=(--version)
build() {
  cat >server.c <<'END'
#include <beta.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
  printf("beta says %d\n", beta());
  if (argc > 1 && !strcmp(argv[1], "--version")) return 0;
  char line[80];
  FILE *word = fopen("/usr/share/beta/word", "r");
  if (!word || !fgets(line, sizeof line, word)) return 3;
  fputs(line, stdout);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) printf("heard %s", line);
  return argc;
}
END
  cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(server C)
find_package(Beta CONFIG REQUIRED)
add_executable(server server.c)
target_link_libraries(server Beta::beta)
install(TARGETS server DESTINATION bin)
END
  pkg-config --exact-version=2.1 beta
  cmake -B out -DCMAKE_INSTALL_PREFIX=/usr
  cmake --build out
}
package() {
  DESTDIR="$pkgdir" cmake --install out
}
"#;

fn succeeds(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}{}", stdout(output));
    stdout(output)
}

impl TestContext {
    fn chain(&self) -> String {
        self.put("libalpha", &ALPHA.replace("VERSION", "1.5").replace("NUMBER", "41"));
        self.put("beta", BETA);
        self.put("server", SERVER);
        self.folder.path().join("index").to_str().unwrap().to_owned()
    }

    fn put(&self, name: &str, recipe: &str) {
        let folder = self.folder.path().join("index").join(name);
        fs_err::create_dir_all(&folder).unwrap();
        fs_err::write(folder.join("PKGBUILD"), recipe).unwrap();
    }
}

/// Every file of the host's `/usr` with its size and times.
fn listing() -> Vec<u8> {
    let mut find = Command::new("find");
    find.args(["/usr", "-xdev", "-printf", "%p %s %T@ %C@ %l\\n"]);
    let mut lines: Vec<_> =
        find.output().unwrap().stdout.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    lines.sort();
    lines.join(&b'\n')
}

#[test]
fn a_chain_of_recipes_builds_and_runs_and_the_host_is_as_it_was() {
    let hive = TestContext::new();
    let index = hive.chain();
    let before = listing();

    let plan = document(&hive.run(&[
        "--json",
        "--index",
        &index,
        "worker",
        "install",
        "server",
        "--dry-run",
    ]));
    let actions = plan["steps"][0]["actions"].as_array().unwrap();
    assert_eq!(actions[1], "dependency libalpha:cpu@1.5-1, provisioned first");
    assert_eq!(actions[2], "dependency beta:cpu@2.1-1, provisioned first");

    let output = hive.run(&["--json", "--index", &index, "worker", "install", "server"]);
    succeeds(&output);
    let events = events(&output);
    assert_eq!(events.iter().filter(|event| event["type"] == "ended").count(), 1);
    let notes: Vec<_> = events.iter().filter(|e| e["type"] == "note").collect();
    assert_eq!(notes[0]["text"], "dependency libalpha:cpu@1.5-1 of server");
    let provenance = &events.last().unwrap()["worker"]["provenance"];
    let dependencies = provenance["dependencies"].as_array().unwrap();
    let ids: Vec<_> =
        dependencies.iter().map(|d| (d["id"].clone(), d["runtime"].clone())).collect();
    assert_eq!(
        ids,
        [(json!("beta:cpu@2.1-1"), json!(true)), (json!("libalpha:cpu@1.5-1"), json!(true))]
    );

    let mut child = hive.command(&["worker", "run", "server", "--", "x"]);
    let mut child = child.stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"you\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(stdout(&output), "beta says 42\na word of beta\nheard you\n", "{output:?}");
    assert_eq!(output.status.code(), Some(2), "its exit code is ours");
    assert_eq!(before, listing());
    assert!(!Path::new("/usr/share/beta").exists());
}

#[test]
fn a_worker_with_dependencies_gets_the_signals_of_who_runs_it() {
    let hive = TestContext::new();
    let index = hive.chain();
    succeeds(&hive.run(&["--index", &index, "worker", "install", "server"]));
    let mut child = hive.command(&["worker", "run", "server"]);
    let mut child = child.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "beta says 42");
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));
}

#[test]
fn a_library_is_for_others_and_stays_while_they_need_it() {
    let hive = TestContext::new();
    let index = hive.chain();
    let output = hive.run(&["--index", &index, "worker", "install", "libalpha"]);
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("the recipe libalpha is a library"), "{told}");
    let available = document(&hive.run(&["--json", "--index", &index, "worker", "available"]));
    let states: Vec<_> = available.as_array().unwrap().iter().map(|o| &o["state"]).collect();
    assert_eq!(states, ["library", "library", "available"]);

    let install = ["--index", &index, "worker", "install", "server"];
    succeeds(&hive.run(&install));
    let again = succeeds(&hive.run(&install));
    assert!(again.starts_with("already installed: server:cpu@3.0-1\n"), "{again}");
    let list = succeeds(&hive.run(&["worker", "list"]));
    assert!(list.contains("libalpha:cpu@1.5-1  *       library"), "{list}");
    let output = hive.run(&["worker", "run", "libalpha"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = hive.run(&["worker", "remove", "libalpha"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("needed by beta:cpu@2.1-1, server:cpu@3.0-1"), "{told}");
    assert_eq!(document(&hive.run(&["--json", "gc", "--dry-run"]))["removed"], json!([]));

    // A later library is for who is built later.
    hive.put("libalpha", &ALPHA.replace("VERSION", "1.6").replace("NUMBER", "99"));
    hive.put("other", &SERVER.replace("pkgname=server", "pkgname=other"));
    succeeds(&hive.run(&["--index", &index, "worker", "install", "other"]));
    let said = |name: &str| stdout(&hive.run(&["worker", "run", name, "--", "--version"]));
    assert_eq!(
        (said("server"), said("other")),
        ("beta says 42\n".into(), "beta says 100\n".into())
    );
    let verified = hive.run(&["worker", "verify"]);
    assert_eq!(verified.status.code(), Some(0));
}

#[test]
fn a_recipe_of_ones_own_is_built_on_those_of_the_index() {
    let hive = TestContext::new();
    let index = hive.chain();
    let own = hive.folder.path().join("own");
    fs_err::rename(Path::new(&index).join("server"), &own).unwrap();
    let own = own.to_str().unwrap();
    let install = ["--index", &index, "worker", "install", "--recipe", own];
    succeeds(&hive.run(&install));
    let said = stdout(&hive.run(&["worker", "run", "server", "--", "--version"]));
    assert_eq!(said, "beta says 42\n");
    let workers = document(&hive.run(&["worker", "list", "--json"]));
    let indexes = workers.as_array().unwrap().iter().map(|w| &w["provenance"]["index"]);
    assert_eq!(indexes.collect::<Vec<_>>(), [&index, &index, own]);
}

#[test]
fn what_fits_no_version_says_what_there_is() {
    let hive = TestContext::new();
    let index = hive.chain();
    hive.put("server", &SERVER.replace("libbeta=2.1", "libalpha>=2"));
    let output = hive.run(&["--json", "--index", &index, "worker", "install", "server"]);
    assert_eq!(output.status.code(), Some(8));
    let last = events(&output).pop().unwrap();
    let message = last["message"].as_str().unwrap();
    assert!(message.contains("libalpha>=2 (the index has libalpha 1.5-1)"), "{message}");
}

#[test]
fn without_a_sandbox_the_environment_names_the_files() {
    let hive = TestContext::new();
    let index = hive.chain();
    // Its CMake files name /usr/include, which only the sandbox has.
    hive.put("beta", &BETA.replace("target_include_directories(beta INTERFACE /usr/include)", ""));
    let output = hive.run(&[
        "--json",
        "--index",
        &index,
        "worker",
        "install",
        "server",
        "--sandbox",
        "none",
    ]);
    succeeds(&output);
    let ended: Value = events(&output).pop().unwrap();
    assert_eq!(ended["worker"]["provenance"]["sandbox"], "none");
    let said = stdout(&hive.run(&["worker", "run", "server", "--", "--version"]));
    assert_eq!(said, "beta says 42\n");
}

/// Processes that have this as one of their arguments.
fn alive(mark: &str) -> usize {
    let processes = fs_err::read_dir("/proc").unwrap().flatten();
    let commands = processes.filter_map(|p| fs_err::read(p.path().join("cmdline")).ok());
    commands.filter(|c| c.split(|b| *b == 0).any(|a| a == mark.as_bytes())).count()
}

#[test]
fn a_hive_that_is_killed_takes_a_build_on_dependencies_with_it() {
    let hive = TestContext::new();
    let index = hive.chain();
    let mark = format!("86203.{}", std::process::id());
    hive.put(
        "server",
        &format!(
            "pkgname=server\npkgver=1\npkgrel=1\narch=(any)\ndepends=(libalpha)\n\
             _worker_entrypoint=usr/bin/server\npackage() {{\n  \
             setsid bash -c 'trap \"\" TERM INT HUP; sleep {mark}' & echo ready; wait\n}}\n"
        ),
    );
    let mut child = hive
        .command(&["--json", "--index", &index, "worker", "install", "server"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("\"ready\"")));
    while alive(&mark) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let start = Instant::now();
    while alive(&mark) > 0 {
        assert!(start.elapsed() < Duration::from_secs(5), "it is still there");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_imported_package_finds_what_another_recipe_provides() {
    let hive = TestContext::new();
    let index = hive.chain();
    succeeds(&hive.run(&["--index", &index, "worker", "install", "server"]));
    let file = hive.folder.path().join("server.pkg.tar.zst");
    let file = file.to_str().unwrap();
    succeeds(&hive.run(&["worker", "export", "server", "-o", file]));
    succeeds(&hive.run(&["worker", "remove", "server"]));
    // Its smoke test needs libbeta, which the recipe beta has in a package of that name.
    succeeds(&hive.run(&["worker", "import", file]));
    let output = hive.run(&["worker", "run", "server", "--", "--version"]);
    assert_eq!(stdout(&output), "beta says 42\n", "{output:?}");
}

#[test]
fn a_damaged_library_is_repaired_with_a_worker_that_needs_it() {
    let hive = TestContext::new();
    let index = hive.chain();
    succeeds(&hive.run(&["--index", &index, "worker", "install", "server"]));
    let library = document(&hive.run(&["--json", "worker", "show", "libalpha"]));
    let file = Path::new(library["path"].as_str().unwrap()).join("usr/lib/libalpha.so.1");
    fs_err::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    fs_err::write(&file, "no library").unwrap();
    let verified = hive.run(&["worker", "verify", "libalpha"]);
    assert_eq!(verified.status.code(), Some(9));
    let told = stdout(&verified);
    assert!(told.contains("install --force WORKER, of a worker that needs it"), "{told}");
    succeeds(&hive.run(&["--index", &index, "worker", "install", "--force", "server"]));
    assert_eq!(hive.run(&["worker", "verify"]).status.code(), Some(0));
}
