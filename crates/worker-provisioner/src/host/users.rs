use std::{collections::HashMap, fmt::Write as _};

/// Ids below it are the system's.
const FIRST_PERSON: u32 = 1000;

/// Whom nothing belongs to.
const NOBODY: u32 = 65534;

/// This host's `passwd` and `group` as recipes see them: the names of the system's own users and
/// groups, so that a package can give files to them, and none that tells who uses the machine.
pub(crate) fn system_users() -> (String, String) {
    let read = |path| fs_err::read_to_string(path).unwrap_or_default();
    (passwd(&read("/etc/passwd")), group(&read("/etc/group")))
}

/// The names of the system's own users and groups on this host, by number.
#[derive(Debug)]
pub(crate) struct OwnerNames {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
}

impl OwnerNames {
    pub(crate) fn of_host() -> Self {
        let read = |path| fs_err::read_to_string(path).unwrap_or_default();
        let names = |host: &str| {
            let root = std::iter::once((0, "root".to_owned()));
            system(host).map(|(name, id, _)| (id, name.to_owned())).chain(root).collect()
        };
        Self { users: names(&read("/etc/passwd")), groups: names(&read("/etc/group")) }
    }

    /// The name of a user, or nothing: a person's is nobody's business.
    pub(crate) fn user(&self, id: u32) -> &str {
        self.users.get(&id).map_or("", String::as_str)
    }

    /// The name of a group, or nothing.
    pub(crate) fn group(&self, id: u32) -> &str {
        self.groups.get(&id).map_or("", String::as_str)
    }
}

fn passwd(host: &str) -> String {
    let mut text = "root:x:0:0:root:/tmp/home:/bin/bash\n".to_owned();
    for (name, id, fields) in system(host) {
        let group = fields.get(3).copied().unwrap_or("65534");
        let _ = writeln!(text, "{name}:x:{id}:{group}::/:/bin/false");
    }
    text
}

fn group(host: &str) -> String {
    let mut text = "root:x:0:\n".to_owned();
    for (name, id, _) in system(host) {
        let _ = writeln!(text, "{name}:x:{id}:");
    }
    text
}

/// The name, the id and the fields of every entry that is the system's, but root.
fn system(host: &str) -> impl Iterator<Item = (&str, u32, Vec<&str>)> {
    host.lines().filter_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        let (name, id) = (*fields.first()?, fields.get(2)?.parse().ok()?);
        let is_system = (1..FIRST_PERSON).contains(&id) || id == NOBODY;
        is_system.then_some((name, id, fields))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_systems_own_are_shown() {
        let host = "root:x:0:0:me:/root:/bin/zsh\ndaemon:x:1:1:d:/usr/sbin:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nodd\n";
        assert_eq!(
            passwd(host),
            "root:x:0:0:root:/tmp/home:/bin/bash\ndaemon:x:1:1::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
        );
        assert_eq!(group("root:x:0:\nwww:x:33:ann\nann:x:1000:\n"), "root:x:0:\nwww:x:33:\n");
    }
}
