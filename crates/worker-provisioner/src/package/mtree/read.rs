use std::{collections::HashSet, io::Read as _};

use flate2::read::MultiGzDecoder;

use super::{Kind, Member};

/// No package has so many members that their list is larger.
const LARGEST: u64 = 64 << 20;

/// The most members that are taken.
const MOST: usize = 1 << 20;

/// Why an `.MTREE` cannot be understood.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Unreadable {
    #[error("it cannot be decompressed")]
    Compression(#[source] std::io::Error),
    #[error("it is larger than {} MiB", LARGEST >> 20)]
    Size,
    #[error("it lists more than {MOST} members")]
    Members,
    #[error("line {line}: {problem}")]
    Line { line: usize, problem: String },
}

/// What `/set` says of the lines that follow, and each line of itself.
#[derive(Debug, Clone, Default)]
struct Keys {
    kind: Option<String>,
    mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
    time: Option<i64>,
    size: Option<u64>,
    sha256: Option<String>,
    md5: Option<String>,
    link: Option<Vec<u8>>,
}

/// The members that a compressed `.MTREE` lists, of the form that makepkg writes: each with its
/// whole path. The root itself is left out.
///
/// # Errors
/// If it is of another form, or a member lacks what is needed to compare it.
pub(crate) fn read(compressed: &[u8]) -> Result<Vec<Member>, Unreadable> {
    read_at_most(compressed, MOST)
}

fn read_at_most(compressed: &[u8], most: usize) -> Result<Vec<Member>, Unreadable> {
    let mut bytes = Vec::new();
    let mut decoder = MultiGzDecoder::new(compressed).take(LARGEST + 1);
    decoder.read_to_end(&mut bytes).map_err(Unreadable::Compression)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::Size);
    }
    let (mut general, mut members) = (Keys::default(), Vec::new());
    let mut seen = HashSet::new();
    for (number, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let at = |problem| Unreadable::Line { line: number + 1, problem };
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        match words.next() {
            None | Some(b".") => {}
            Some(word) if word.starts_with(b"#") => {}
            Some(b"/set") => words.try_for_each(|word| general.set(word)).map_err(at)?,
            Some(b"/unset") => words.for_each(|word| general.forget(word)),
            Some(word) => {
                let path = word.strip_prefix(b"./").ok_or_else(|| {
                    at(format!("{} is no path from the root", String::from_utf8_lossy(word)))
                })?;
                let mut keys = general.clone();
                words.try_for_each(|word| keys.take(word)).map_err(at)?;
                let member = keys.member(unescape(path).map_err(at)?).map_err(at)?;
                if members.len() == most {
                    return Err(Unreadable::Members);
                }
                if !seen.insert(member.path.clone()) {
                    return Err(at(format!("{} is listed twice", member.shown())));
                }
                members.push(member);
            }
        }
    }
    Ok(members)
}

impl Keys {
    /// Takes a value for all lines that follow. What can only be of one member is none such.
    fn set(&mut self, word: &[u8]) -> Result<(), String> {
        let own = ["link=", "size=", "sha256", "md5"];
        if own.iter().any(|key| word.starts_with(key.as_bytes())) {
            let key = word.split(|b| *b == b'=').next().unwrap_or_default();
            return Err(format!(
                "/set has {}, which is of one member",
                String::from_utf8_lossy(key)
            ));
        }
        self.take(word)
    }

    fn take(&mut self, word: &[u8]) -> Result<(), String> {
        let shown = || String::from_utf8_lossy(word).into_owned();
        let equals = word.iter().position(|b| *b == b'=');
        let (key, value) = word.split_at(equals.unwrap_or(word.len()));
        let value = value.get(1..).unwrap_or_default();
        if key == b"link" {
            self.link = Some(unescape(value)?);
            return Ok(());
        }
        let text = std::str::from_utf8(value).map_err(|_| shown())?;
        let bad = || format!("{} is no value", shown());
        match key {
            b"type" => self.kind = Some(text.to_owned()),
            b"mode" => self.mode = Some(u32::from_str_radix(text, 8).map_err(|_| bad())?),
            b"uid" => self.uid = Some(text.parse().map_err(|_| bad())?),
            b"gid" => self.gid = Some(text.parse().map_err(|_| bad())?),
            b"size" => self.size = Some(text.parse().map_err(|_| bad())?),
            b"time" => {
                let seconds = text.split_once('.').map_or(text, |(seconds, _)| seconds);
                self.time = Some(seconds.parse().map_err(|_| bad())?);
            }
            b"sha256digest" | b"sha256" => self.sha256 = Some(text.to_ascii_lowercase()),
            b"md5digest" | b"md5" => self.md5 = Some(text.to_ascii_lowercase()),
            // Others say nothing that pacman compares.
            _ => {}
        }
        Ok(())
    }

    fn forget(&mut self, key: &[u8]) {
        match key {
            b"all" => *self = Self::default(),
            b"type" => self.kind = None,
            b"mode" => self.mode = None,
            b"uid" => self.uid = None,
            b"gid" => self.gid = None,
            b"time" => self.time = None,
            _ => {}
        }
    }

    fn member(self, path: Vec<u8>) -> Result<Member, String> {
        let lacks = |what: &str| format!("{} has no {what}", String::from_utf8_lossy(&path));
        let kind = match self.kind.as_deref() {
            Some("dir") => Kind::Folder,
            Some("link") => Kind::Symlink { target: self.link.ok_or_else(|| lacks("link"))? },
            Some("file") => Kind::File {
                size: self.size.ok_or_else(|| lacks("size"))?,
                sha256: self.sha256.ok_or_else(|| lacks("sha256digest"))?,
                md5: self.md5,
            },
            Some(other) => {
                let path = String::from_utf8_lossy(&path);
                return Err(format!("{path} is of the type {other}, which no package may have"));
            }
            None => return Err(lacks("type")),
        };
        Ok(Member {
            mode: self.mode.ok_or_else(|| lacks("mode"))? & 0o7777,
            uid: self.uid.unwrap_or(0),
            gid: self.gid.unwrap_or(0),
            time: self.time.ok_or_else(|| lacks("time"))?,
            kind,
            path,
        })
    }
}

/// The bytes of a word: `\` and three octal digits are one.
fn unescape(word: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let digits = after.get(..3).and_then(|d| std::str::from_utf8(d).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(
            byte.ok_or_else(|| format!("{} has a bad escape", String::from_utf8_lossy(word)))?,
        );
        rest = &after[3..];
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn compressed(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn parse(text: &str) -> Result<Vec<Member>, Unreadable> {
        read(&compressed(text))
    }

    #[test]
    fn general_values_hold_until_they_are_changed() {
        let members = parse(
            "#mtree\n/set type=file uid=0 gid=0 mode=644\n./.PKGINFO time=7.0 size=1 \
             sha256digest=AB\n. type=dir\n/set mode=755\n./usr time=7.0 type=dir\n/unset mode\n\
             ./usr/x time=7.5 mode=4711 uid=5 size=2 md5digest=c sha256=d\n",
        );
        let members = members.unwrap();
        let modes: Vec<_> = members.iter().map(|m| (m.shown(), m.mode, m.uid)).collect();
        let expected = [(".PKGINFO", 0o644, 0), ("usr", 0o755, 0), ("usr/x", 0o4711, 5)];
        assert_eq!(modes, expected.map(|(path, mode, uid)| (path.to_owned(), mode, uid)));
        let sha256 = "ab".to_owned();
        assert_eq!(members[0].kind, Kind::File { size: 1, sha256, md5: None });
    }

    #[test]
    fn what_cannot_be_compared_is_refused_with_its_line() {
        for (text, problem) in [
            ("./x type=file mode=644 size=1\n", "line 1: x has no sha256digest"),
            ("\n./x type=char mode=644\n", "line 2: x is of the type char"),
            ("x type=dir mode=755\n", "line 1: x is no path from the root"),
            ("./x type=dir mode=9\n", "line 1: mode=9 is no value"),
            ("/set link=x\n", "line 1: /set has link, which is of one member"),
            ("/set mode=644 size=7\n", "line 1: /set has size, which is of one member"),
            ("/set sha256digest=7\n", "line 1: /set has sha256digest, which is of one member"),
            ("/set type=dir mode=755 time=1\n./x\n./x\n", "line 3: x is listed twice"),
            ("./x\\9 type=dir mode=755\n", "line 1: x\\9 has a bad escape"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(problem), "{error}");
        }
        assert!(matches!(read(b"no gzip"), Err(Unreadable::Compression(_))));
    }

    #[test]
    fn a_list_has_limits() {
        let list = compressed("/set type=dir mode=755 time=1\n./a\n./b\n");
        assert_eq!(read_at_most(&list, 2).unwrap().len(), 2);
        assert!(matches!(read_at_most(&list, 1), Err(Unreadable::Members)));
        let large = " ".repeat(usize::try_from(LARGEST).unwrap() + 1);
        assert!(matches!(parse(&large), Err(Unreadable::Size)));
    }
}
