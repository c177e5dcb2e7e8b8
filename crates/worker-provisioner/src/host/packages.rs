//! What the host's package manager has installed.

use std::process::Command;

use super::{Family, find_program};

/// The version of an installed package, as its project has it: without the epoch and the revision of
/// the distribution, which are no Arch ones.
pub(super) fn version(package: &str, family: Family) -> Option<String> {
    match family {
        Family::Debian => debian(package),
        Family::Fedora => fedora(package),
        Family::Arch => arch(package),
        Family::Unknown => None,
    }
}

/// From dpkg's own record (dpkg(1)), which is faster than to ask the program.
fn debian(package: &str) -> Option<String> {
    let status = fs_err::read("/var/lib/dpkg/status").ok()?;
    installed(&String::from_utf8_lossy(&status), package)
        .map(|version| upstream(&version).to_owned())
}

fn installed(status: &str, package: &str) -> Option<String> {
    let head = format!("Package: {package}\n");
    let starts = status.match_indices(&head).map(|(start, _)| start);
    let begins_paragraph = |start: &usize| *start == 0 || status[..*start].ends_with("\n\n");
    // One for each architecture that it is installed for.
    starts.filter(begins_paragraph).find_map(|start| {
        let paragraph = status[start..].split("\n\n").next()?;
        let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name));
        let is_there = field("Status: ")?.ends_with(" installed");
        is_there.then(|| field("Version: ").map(|version| version.trim().to_owned()))?
    })
}

fn upstream(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    version.rsplit_once('-').map_or(version, |(version, _)| version)
}

fn fedora(package: &str) -> Option<String> {
    let output = Command::new(find_program("rpm")?)
        .args(["--query", "--queryformat", "%{VERSION}\n", "--", package])
        .env_clear()
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

/// pacman's record has a folder `NAME-VERSION-RELEASE` for each package.
fn arch(package: &str) -> Option<String> {
    let entries = fs_err::read_dir("/var/lib/pacman/local").into_iter().flatten().flatten();
    entries.map(|e| e.file_name().to_string_lossy().into_owned()).find_map(|name| {
        let mut parts = name.rsplitn(3, '-');
        let (release, version) = (parts.next()?, parts.next()?);
        (parts.next()? == package).then(|| format!("{version}-{release}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_installed_counts() {
        let status = "Package: a\nStatus: install ok installed\nVersion: 1:2.3-4\n\n\
                      Package: b\nStatus: deinstall ok config-files\nVersion: 1\n";
        assert_eq!(installed(status, "a").as_deref(), Some("1:2.3-4"));
        assert_eq!(installed(status, "b"), None);
        assert_eq!(installed(status, "c"), None);
    }

    #[test]
    fn a_revision_of_the_distribution_does_not_count() {
        assert_eq!(upstream("3.25.1-1"), "3.25.1");
        assert_eq!(upstream("1:4.1.0-3+deb12u1"), "4.1.0");
        assert_eq!(upstream("20240203"), "20240203");
    }
}
