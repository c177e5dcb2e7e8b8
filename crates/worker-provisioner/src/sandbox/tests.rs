//! What a confined program can and cannot do, tried with real programs.

use std::{path::Path, time::Duration};

use rbee_hive_artifact_catalog::Stream;
use tokio_util::sync::CancellationToken;

use super::{Confined, Limits, Mount, SandboxError, SandboxMode, Tier, process::Ending, run};

fn shell(script: &str, mounts: Vec<Mount>) -> Confined {
    Confined {
        program: "/bin/bash".into(),
        args: ["--norc", "-c", script].map(Into::into).to_vec(),
        env: vec![("PATH".to_owned(), crate::host::PATH.into())],
        folder: "/".into(),
        mounts,
        network: false,
        devices: false,
        channel: true,
    }
}

const LIMITS: Limits = Limits { wall: Duration::from_mins(1), channel: 1 << 20 };

async fn confine(
    confined: Confined,
    limits: Limits,
    cancel: &CancellationToken,
) -> (Result<Ending, SandboxError>, Vec<(Stream, String)>) {
    let tier = Tier::choose(SandboxMode::Auto).unwrap();
    let mut lines = Vec::new();
    let ending =
        run(&tier, &confined, limits, cancel, &mut |stream, line| lines.push((stream, line))).await;
    (ending, lines)
}

/// What a script prints, which must succeed.
async fn output(script: &str, mounts: Vec<Mount>) -> String {
    let (ending, lines) = confine(shell(script, mounts), LIMITS, &CancellationToken::new()).await;
    assert_eq!(ending.unwrap().code, 0, "{lines:?}");
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

fn alive(mark: &str) -> usize {
    let processes = fs_err::read_dir("/proc").unwrap().flatten();
    let commands = processes.filter_map(|p| fs_err::read(p.path().join("cmdline")).ok());
    commands.filter(|c| String::from_utf8_lossy(c).contains(mark)).count()
}

#[tokio::test]
async fn output_channel_and_status_come_back() {
    let confined = shell("echo out; echo err >&2; printf record >&3; exit 7", Vec::new());
    let (ending, mut lines) = confine(confined, LIMITS, &CancellationToken::new()).await;
    let ending = ending.unwrap();
    lines.sort_by_key(|(stream, _)| *stream == Stream::Stderr);
    assert_eq!((ending.code, ending.channel.as_slice()), (7, b"record".as_slice()));
    assert_eq!(lines, [(Stream::Stdout, "out".to_owned()), (Stream::Stderr, "err".to_owned())]);
}

#[tokio::test]
async fn nothing_of_the_host_but_the_toolchain_is_seen() {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let secret = folder.path().join("secret");
    fs_err::write(&secret, "hidden content\n").unwrap();
    let script = format!("cat {} 2>&1; ls -A /root /home 2>&1; env; ls /", secret.display());
    let (_, lines) = confine(shell(&script, Vec::new()), LIMITS, &CancellationToken::new()).await;
    let seen: String = lines.into_iter().map(|(_, line)| line + "\n").collect();
    assert!(!seen.contains("hidden content"), "{seen}");
    assert!(!seen.contains("HOME="), "{seen}");
    assert!(!seen.lines().any(|l| l == "home" || l == "root" || l == "var"), "{seen}");
}

#[tokio::test]
async fn only_a_writable_mount_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let (read, write) = (folder.path().join("read"), folder.path().join("write"));
    fs_err::create_dir(&read).unwrap();
    fs_err::create_dir(&write).unwrap();
    let mounts = vec![Mount::read(&read, "/r"), Mount::write(&write, "/w")];
    let script = "for f in / /usr /etc /r /w; do touch $f/x 2>/dev/null && echo $f; done; true";
    assert_eq!(output(script, mounts).await, "/w\n");
    assert!(write.join("x").exists());
}

#[tokio::test]
async fn there_is_no_network_and_no_way_to_more_rights() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!(
        "(: </dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo tcp
         unshare -U true 2>/dev/null && echo userns
         mount -t tmpfs none /tmp 2>/dev/null && echo mount
         chown 0:0 /tmp && id -u"
    );
    assert_eq!(output(&script, Vec::new()).await, "0\n");
}

#[tokio::test]
async fn a_cancel_ends_processes_that_detached_and_ignore_signals() {
    let cancel = CancellationToken::new();
    let mark = "86399.25";
    let script = format!(
        "for i in 1 2 3 4 5; do setsid bash -c 'trap \"\" TERM INT HUP; sleep {mark}' & done; echo ready; wait"
    );
    let tier = Tier::choose(SandboxMode::Auto).unwrap();
    let (token, confined) = (cancel.clone(), shell(&script, Vec::new()));
    let ending = run(&tier, &confined, LIMITS, &cancel, &mut |_, line| {
        if line == "ready" {
            token.cancel();
        }
    })
    .await;
    assert!(matches!(ending, Err(SandboxError::Cancelled)), "{ending:?}");
    assert_eq!(alive(mark), 0);
}

#[tokio::test]
async fn a_program_that_never_ends_is_stopped() {
    let limits = Limits { wall: Duration::from_millis(300), ..LIMITS };
    let confined = shell("sleep 86399.5", Vec::new());
    let (ending, _) = confine(confined, limits, &CancellationToken::new()).await;
    assert!(matches!(ending, Err(SandboxError::TimedOut { .. })), "{ending:?}");
    assert_eq!(alive("86399.5"), 0);
}

#[tokio::test]
async fn a_dropped_run_leaves_no_process() {
    let confined = shell("echo started; sleep 86399.75", Vec::new());
    let cancel = CancellationToken::new();
    let run = confine(confined, LIMITS, &cancel);
    let dropped = tokio::time::timeout(Duration::from_millis(300), run).await;
    assert!(dropped.is_err());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(alive("86399.75"), 0);
}

#[tokio::test]
async fn a_sandbox_that_cannot_be_set_up_is_said_so() {
    let confined = shell("true", vec![Mount::read(Path::new("/no/such/folder"), "/x")]);
    let (ending, _) = confine(confined, LIMITS, &CancellationToken::new()).await;
    let error = ending.unwrap_err();
    assert!(error.to_string().contains("/no/such/folder"), "{error}");
}

#[tokio::test]
async fn unconfined_programs_end_with_what_they_started() {
    let mark = "86398.25";
    let confined = shell(&format!("setsid sleep {mark} & disown; echo started"), Vec::new());
    let mut lines = Vec::new();
    let cancel = CancellationToken::new();
    let ending =
        run(&Tier::None, &confined, LIMITS, &cancel, &mut |_, line| lines.push(line)).await;
    assert_eq!(ending.unwrap().code, 0);
    assert_eq!(lines, ["started"]);
    assert_eq!(alive(mark), 0);
}

#[tokio::test]
async fn kernel_settings_cannot_be_changed_though_root_runs_this() {
    // Opening suffices to know; nothing is written.
    let script = "for f in kernel/core_pattern kernel/hostname vm/drop_caches; do
         (: >>/proc/sys/$f) 2>/dev/null && echo $f; done
         (: >>/proc/sysrq-trigger) 2>/dev/null && echo sysrq; true";
    assert_eq!(output(script, Vec::new()).await, "");
}

#[tokio::test]
async fn descriptors_of_whoever_started_us_stay_outside() {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use std::os::fd::AsRawFd;
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("secret"), "secret").unwrap();
    // Without CLOEXEC, as a shell leaves one.
    let open = openat(CWD, folder.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
    let script = format!("cat /proc/self/fd/{}/secret 2>/dev/null; true", open.as_raw_fd());
    assert_eq!(output(&script, Vec::new()).await, "");
}

#[tokio::test]
async fn sockets_that_ignore_the_network_namespace_are_denied() {
    let script = "command -v python3 >/dev/null || { echo denied; exit; }
         python3 -c 'import socket
try: socket.socket(40, socket.SOCK_STREAM)
except PermissionError: print(\"denied\")'";
    assert_eq!(output(script, Vec::new()).await, "denied\n");
}

/// A tree like those of the store, with a file `usr/share/NAME/word`.
fn tree(folder: &Path, name: &str, word: &str) -> std::path::PathBuf {
    let tree = folder.join(name);
    fs_err::create_dir_all(tree.join(".rbee")).unwrap();
    fs_err::create_dir_all(tree.join("usr/share/layer")).unwrap();
    fs_err::write(tree.join("usr/share/layer").join(word), name).unwrap();
    fs_err::write(tree.join("usr/share/layer/both"), name).unwrap();
    tree
}

#[tokio::test]
async fn layers_are_seen_over_usr_the_first_over_the_others_and_the_host_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    // What options of a mount are parted by.
    let odd = folder.path().join("a, b\\c d");
    let trees = [tree(&odd, "one", "1"), tree(&odd, "two", "2")];
    let layers: Vec<_> = trees.iter().map(Mount::layer).collect();
    let script = "cd /usr/share/layer; echo *; cat both; echo; touch x 2>/dev/null || echo closed
         ls /usr/bin/env /tmp; unshare -U true 2>/dev/null && echo userns; true";
    assert_eq!(output(script, layers).await, "1 2 both\none\nclosed\n/usr/bin/env\n\n/tmp:\n");
    assert!(!Path::new("/usr/share/layer").exists());
    assert_eq!(fs_err::read_dir(trees[0].join(".rbee")).unwrap().count(), 0);
}

#[tokio::test]
async fn more_layers_than_one_option_could_name_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(200));
    let trees = (0..60).map(|n| tree(&long, &format!("tree-{n}"), &n.to_string()));
    let layers = trees.map(Mount::layer).collect();
    assert_eq!(output("ls /usr/share/layer | wc -l", layers).await, "61\n");
}

#[tokio::test]
async fn a_cancel_ends_what_sees_layers_too() {
    let folder = tempfile::tempdir().unwrap();
    let cancel = CancellationToken::new();
    let mark = "86397.25";
    let script = format!("setsid bash -c 'trap \"\" TERM; sleep {mark}' & echo ready; wait");
    let confined = shell(&script, vec![Mount::layer(tree(folder.path(), "one", "1"))]);
    let tier = Tier::choose(SandboxMode::Auto).unwrap();
    let token = cancel.clone();
    let ending = run(&tier, &confined, LIMITS, &cancel, &mut |_, line| {
        if line == "ready" {
            token.cancel();
        }
    })
    .await;
    assert!(matches!(ending, Err(SandboxError::Cancelled)), "{ending:?}");
    assert_eq!(alive(mark), 0);
}

#[tokio::test]
async fn layers_that_cannot_be_mounted_are_an_error_that_says_why() {
    let confined = shell("true", vec![Mount::layer("/no/such/tree")]);
    let (ending, _) = confine(confined, LIMITS, &CancellationToken::new()).await;
    let error = ending.unwrap_err();
    assert!(matches!(error, SandboxError::Overlay { .. }), "{error:?}");
    assert!(error.to_string().contains("/no/such/tree"), "{error}");
}

#[tokio::test]
async fn a_layer_that_is_a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let secret = tree(folder.path(), "secret", "hidden");
    let tree = folder.path().join("tree");
    fs_err::create_dir_all(tree.join(".rbee")).unwrap();
    fs_err::os::unix::fs::symlink(secret.join("usr"), tree.join("usr")).unwrap();
    let confined = shell("cat /usr/share/layer/hidden", vec![Mount::layer(&tree)]);
    let (ending, lines) = confine(confined, LIMITS, &CancellationToken::new()).await;
    assert!(matches!(ending, Err(SandboxError::Overlay { .. })), "{ending:?} {lines:?}");
    assert_eq!(super::over_usr(&[&tree]), Ok(None));
}

#[tokio::test]
async fn a_link_is_shown_as_a_link_and_leads_to_what_is_inside() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("secret"), "hidden").unwrap();
    let mounts = vec![
        Mount::link(folder.path(), "/opt/out"),
        Mount::link("/usr/bin", "/opt/in"),
        // What the host shows at this place stays.
        Mount::link("/usr", "/etc/ld.so.cache"),
    ];
    let script = "readlink /opt/out; [ -e /opt/out ] || echo nothing; ls /opt/in/env
         [ -L /etc/ld.so.cache ] && echo link; true";
    let wanted = format!("{}\nnothing\n/opt/in/env\n", folder.path().display());
    assert_eq!(output(script, mounts).await, wanted);
}

#[test]
fn what_is_mounted_below_usr_is_named_where_it_is_in_the_way() {
    let said = "mount: overlay: failed".to_owned();
    let error = |below| SandboxError::Overlay { said: said.clone(), below }.to_string();
    let text = error(vec!["/usr/local".to_owned(), "/usr/x".to_owned()]);
    assert!(text.contains("forbids it: /usr/local, /usr/x; unmount that"), "{text}");
    assert!(error(Vec::new()).contains("Linux 5.11"));
}

#[test]
fn an_overlay_that_cannot_be_made_at_run_time_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let tree = tree(folder.path(), "one", "1");
    // What the script mounts its scratch folder on.
    fs_err::remove_dir(tree.join(".rbee")).unwrap();
    let why = super::over_usr(&[&tree]).unwrap_err();
    assert!(why.contains("/usr: ") && why.contains(".rbee"), "{why}");
}
