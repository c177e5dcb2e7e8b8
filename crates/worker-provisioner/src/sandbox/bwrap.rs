//! The command line of `bwrap`: what the program sees, in the order it is mounted.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    overlay,
    seccomp::FILTERS,
    tier::{Access, Confined},
};

/// The bytes that a folder in memory can take.
const MEMORY: &str = "268435456";

/// Folders of the toolchain. On a merged-`/usr` host all but the first are links into it.
const TOOLCHAIN: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// What of `/etc` the toolchain reads. None of it tells who uses the machine.
const ETC: &[&str] = &[
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
];

/// What a phase with network needs besides: name resolution and certificate authorities.
const ETC_NETWORK: &[&str] = &[
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/resolv.conf",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
];

/// Where the vendors of accelerators put their toolchains and runtimes.
const ACCELERATORS: &[&str] = &["/opt/cuda", "/opt/rocm", "/etc/OpenCL", "/etc/vulkan"];

/// Descriptors that the caller maps into the `bwrap` process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Descriptors {
    pub(super) status: i32,
    pub(super) filters: [i32; FILTERS],
}

/// The arguments of `bwrap` that confine a program, up to and including the program's own.
pub(super) fn arguments(
    confined: &Confined,
    fds: Descriptors,
    has_disable_userns: bool,
) -> Vec<OsString> {
    let mut args = Arguments(Vec::with_capacity(128));
    args.flags(&["--unshare-all", "--unshare-user"]);
    if has_disable_userns {
        args.flags(&["--disable-userns"]);
    }
    if confined.network {
        args.flags(&["--share-net"]);
    }
    // A session of its own: no terminal to push input into. And an end with the hive's, whatever
    // ends the hive.
    args.flags(&["--new-session", "--die-with-parent", "--cap-drop", "ALL"]);
    // Root inside is nobody special outside; `install -o root` works without fakeroot.
    args.flags(&["--uid", "0", "--gid", "0", "--hostname", "rbee-hive"]);
    args.flags(&["--json-status-fd", &fds.status.to_string()]);
    for filter in fds.filters {
        args.flags(&["--add-seccomp-fd", &filter.to_string()]);
    }

    let usr = overlay::mounted(&overlay::layers(confined));
    for folder in TOOLCHAIN {
        match &usr {
            Some(usr) if *folder == "/usr" => args.mount("--ro-bind", usr, folder),
            _ => args.toolchain(Path::new(folder)),
        }
    }
    for path in ETC {
        args.mount("--ro-bind-try", path, path);
    }
    if confined.network {
        for path in ETC_NETWORK {
            args.mount("--ro-bind-try", path, path);
        }
    }
    // Root of the host is root in here too, and /proc/sys asks for no more than that.
    args.flags(&["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]);
    if confined.devices {
        args.devices();
    }
    // Shared memory is the only part of it that programs write.
    args.memory("/dev/shm");
    args.flags(&["--remount-ro", "/dev"]);
    args.memory("/tmp");
    for mount in &confined.mounts {
        let flag = match mount.access {
            Access::Read => "--ro-bind",
            Access::Write => "--bind",
            Access::Link if args.has(&mount.inside) => continue,
            Access::Link => "--symlink",
            Access::Layer => continue,
        };
        args.mount(flag, &mount.host, &mount.inside);
    }
    // The root itself was writable until here, for the mount points.
    args.flags(&["--remount-ro", "/"]);
    args.flags(&["--clearenv"]);
    for (name, value) in &confined.env {
        args.0.extend(["--setenv".into(), name.into(), value.clone()]);
    }
    args.mount_point("--chdir", &confined.folder);
    args.flags(&["--"]);
    args.0.push(confined.program.clone().into());
    args.0.extend(confined.args.iter().cloned());
    args.0
}

struct Arguments(Vec<OsString>);

impl Arguments {
    fn flags(&mut self, flags: &[&str]) {
        self.0.extend(flags.iter().map(OsString::from));
    }

    /// Whether something of the host is at this place already, which no link can replace.
    fn has(&self, inside: &Path) -> bool {
        self.0.iter().any(|argument| argument == inside) && inside.exists()
    }

    fn mount(&mut self, flag: &str, host: impl AsRef<Path>, inside: impl AsRef<Path>) {
        self.0.extend([flag.into(), host.as_ref().into(), inside.as_ref().into()]);
    }

    /// A folder in memory. (Its size can be limited from the release that can disable user namespaces.)
    fn memory(&mut self, folder: &str) {
        if self.0.iter().any(|argument| argument == "--disable-userns") {
            self.flags(&["--size", MEMORY]);
        }
        self.flags(&["--tmpfs", folder]);
    }

    fn mount_point(&mut self, flag: &str, path: &Path) {
        self.0.extend([flag.into(), path.into()]);
    }

    /// A toolchain folder: the same link as on the host, or the folder itself.
    fn toolchain(&mut self, folder: &Path) {
        if let Ok(target) = fs_err::read_link(folder) {
            self.mount("--symlink", target, folder);
        } else if folder.is_dir() {
            self.mount("--ro-bind", folder, folder);
        }
    }

    fn devices(&mut self) {
        let names = fs_err::read_dir("/dev").into_iter().flatten().flatten();
        let wanted = names.map(|e| e.path()).filter(|p| is_accelerator(p));
        for device in wanted.collect::<Vec<PathBuf>>() {
            self.mount("--dev-bind-try", &device, &device);
        }
        for path in ACCELERATORS {
            self.mount("--ro-bind-try", path, path);
        }
        self.mount("--ro-bind-try", "/sys", "/sys");
    }
}

fn is_accelerator(device: &Path) -> bool {
    let name = device.file_name().unwrap_or_default().to_string_lossy();
    name == "dri" || name == "kfd" || name == "dxg" || name.starts_with("nvidia")
}
