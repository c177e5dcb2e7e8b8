use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use flate2::{Compression, GzBuilder};

use super::{Kind, Member};

/// The compressed `.MTREE` of these members. The same members give the same bytes.
///
/// # Errors
/// Never, since it writes to memory.
pub(crate) fn write(members: &[Member]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    encoder.write_all(text(members).as_bytes())?;
    encoder.finish()
}

fn text(members: &[Member]) -> String {
    let mut text = "#mtree\n/set type=file uid=0 gid=0 mode=644\n".to_owned();
    for member in members {
        // Writing to a String cannot fail.
        let _ = write!(text, "./{} time={}.0", escape(&member.path), member.time);
        if member.mode != 0o644 {
            let _ = write!(text, " mode={:o}", member.mode);
        }
        if member.gid != 0 {
            let _ = write!(text, " gid={}", member.gid);
        }
        if member.uid != 0 {
            let _ = write!(text, " uid={}", member.uid);
        }
        let _ = match &member.kind {
            Kind::Folder => write!(text, " type=dir"),
            Kind::Symlink { target } => write!(text, " type=link link={}", escape(target)),
            Kind::File { size, sha256, md5 } => {
                let md5 = md5.iter().fold(String::new(), |_, md5| format!(" md5digest={md5}"));
                write!(text, " size={size}{md5} sha256digest={sha256}")
            }
        };
        text.push('\n');
    }
    text
}

/// A path in one word: what could be taken for something else is `\` and three octal digits.
fn escape(path: &[u8]) -> String {
    path.iter().fold(String::with_capacity(path.len()), |mut text, byte| {
        if byte.is_ascii_graphic() && !b"#=\\".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "\\{byte:03o}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::mtree::read;

    #[test]
    fn what_is_written_is_read_back() {
        let member = |path: &[u8], mode, uid, kind| Member {
            path: path.to_vec(),
            mode,
            uid,
            gid: uid,
            time: 1_700_000_000,
            kind,
        };
        let file = |md5: Option<&str>| Kind::File {
            size: 1 << 40,
            sha256: "ab".repeat(32),
            md5: md5.map(str::to_owned),
        };
        let members = vec![
            member(b"usr", 0o755, 0, Kind::Folder),
            member("usr/größe # = \\ \t\n".as_bytes(), 0o644, 0, file(None)),
            member(b"usr/caf\xe9", 0o4755, 33, file(Some("00"))),
            member(b"usr/link", 0o777, 0, Kind::Symlink { target: b"../a b".to_vec() }),
        ];
        let bytes = write(&members).unwrap();
        assert_eq!(read(&bytes).unwrap(), members);
        assert_eq!(write(&members).unwrap(), bytes);
    }
}
