use std::path::Path;

/// The family of distributions that a host belongs to; it decides how packages are named and
/// installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Debian,
    Fedora,
    Arch,
    Unknown,
}

impl Family {
    /// The family of this host, from `/etc/os-release` (os-release(5)).
    pub(crate) fn of_host() -> Self {
        let read = |path: &str| fs_err::read_to_string(Path::new(path)).ok();
        let text = read("/etc/os-release").or_else(|| read("/usr/lib/os-release"));
        Self::of(&text.unwrap_or_default())
    }

    fn of(os_release: &str) -> Self {
        let value = |key: &str| {
            let line = os_release.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
        };
        let names = format!("{} {}", value("ID"), value("ID_LIKE"));
        names
            .split_whitespace()
            .find_map(|name| match name {
                "debian" | "ubuntu" => Some(Self::Debian),
                "fedora" | "rhel" | "centos" => Some(Self::Fedora),
                "arch" | "archlinux" => Some(Self::Arch),
                _ => None,
            })
            .unwrap_or(Self::Unknown)
    }

    /// The program and arguments that install packages, without asking.
    fn installer(self) -> &'static [&'static str] {
        match self {
            Self::Debian => &["apt-get", "install", "-y", "--no-install-recommends"],
            Self::Fedora => &["dnf", "install", "-y"],
            Self::Arch => &["pacman", "-S", "--needed", "--noconfirm"],
            Self::Unknown => &[],
        }
    }

    /// The command that a person types to install packages.
    pub(crate) fn install(self, packages: &[&str]) -> String {
        let packages = packages.join(" ");
        if self == Self::Unknown {
            return format!("your package manager: {packages}");
        }
        format!("{}{} {packages}", sudo(), self.installer().join(" "))
    }

    /// The words of the command that installs packages with nobody there to answer.
    pub(crate) fn install_words(self, packages: &[&str]) -> Vec<String> {
        let words = self.installer().iter().copied().chain(["--"]).chain(packages.iter().copied());
        alone(words)
    }

    /// The words of the command that brings the lists of packages up to date, where installing does
    /// not.
    pub(crate) fn refresh_words(self) -> Option<Vec<String>> {
        (self == Self::Debian).then(|| alone(["apt-get", "update"].into_iter()))
    }
}

/// A sudo that would ask has nobody to answer.
fn alone<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let sudo: &[&str] = if sudo().is_empty() { &[] } else { &["sudo", "-n"] };
    sudo.iter().copied().chain(words).map(ToOwned::to_owned).collect()
}

fn sudo() -> &'static str {
    if rustix::process::geteuid().is_root() { "" } else { "sudo " }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_read_from_os_release() {
        assert_eq!(Family::of("ID=debian\n"), Family::Debian);
        assert_eq!(Family::of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), Family::Debian);
        assert_eq!(Family::of("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), Family::Fedora);
        assert_eq!(Family::of("ID=cachyos\nID_LIKE=arch\n"), Family::Arch);
        assert_eq!(Family::of("ID=nixos\n"), Family::Unknown);
        assert_eq!(Family::of(""), Family::Unknown);
    }
}
