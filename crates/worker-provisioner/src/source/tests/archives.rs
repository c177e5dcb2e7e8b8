use std::{
    io::Write,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
    process::Command,
};

use super::{
    context::{TestContext, noise, skipped},
    server::{Answer, Server},
};
use crate::source::{Limits, Mount, Source, SourceError};

/// A tar under construction, member by member.
struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// Writes the names as they are, however bad they are.
    fn member(mut self, kind: tar::EntryType, name: &[u8], link: &[u8], content: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o4755);
        header.set_mtime(1_000_000_000);
        header.set_size(content.len() as u64);
        let raw = header.as_gnu_mut().unwrap();
        raw.name[..name.len()].copy_from_slice(name);
        raw.linkname[..link.len()].copy_from_slice(link);
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, name: &str, content: &[u8]) -> Self {
        self.member(tar::EntryType::Regular, name.as_bytes(), b"", content)
    }

    fn symlink(self, name: &str, target: &str) -> Self {
        self.member(tar::EntryType::Symlink, name.as_bytes(), target.as_bytes(), b"")
    }

    fn hard_link(self, name: &str, target: &str) -> Self {
        self.member(tar::EntryType::Link, name.as_bytes(), target.as_bytes(), b"")
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

/// Unpacks these files of a recipe folder.
async fn unpack(ctx: &TestContext, files: &[(&str, &[u8])]) -> Result<Vec<Mount>, SourceError> {
    let mut sources = Vec::new();
    for (name, content) in files {
        fs_err::write(ctx.path("recipe").join(name), content).unwrap();
        sources.push(Source::parse(name).unwrap());
    }
    let fetched = ctx.fetch(&sources).await.unwrap();
    ctx.extract(&sources, &fetched).await
}

fn through(program: &str, content: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .arg("-c")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let content = content.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(&content).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.stdout
}

fn text(ctx: &TestContext, name: &str) -> String {
    fs_err::read_to_string(ctx.path("srcdir").join(name)).unwrap()
}

#[tokio::test]
async fn tars_are_known_by_their_content() {
    for program in ["cat", "gzip", "bzip2", "xz", "zstd", "lz4"] {
        let ctx = TestContext::new();
        let tar = Tar::new().file("d/f", program.as_bytes()).bytes();
        let packed = if program == "cat" { tar } else { through(program, &tar) };
        unpack(&ctx, &[("archive.bin", &packed)]).await.unwrap();
        assert_eq!(text(&ctx, "d/f"), program);
        assert!(ctx.path("srcdir/archive.bin").is_file());
    }
}

#[tokio::test]
async fn single_files_are_decompressed_by_their_extension() {
    let ctx = TestContext::new();
    let (gz, xz) = (through("gzip", b"gz"), through("xz", b"xz"));
    let (bz2, zst, lz4) =
        (through("bzip2", b"bz2"), through("zstd", b"zst"), through("lz4", b"lz4"));
    let two = [&gz[..], &gz[..]].concat();
    let files: [(&str, &[u8]); 7] = [
        ("a.gz", &gz),
        ("b.xz", &xz),
        ("c.bz2", &bz2),
        ("d.zst", &zst),
        ("e.lz4", &lz4),
        ("model", &gz),
        ("twice.gz", &two),
    ];
    unpack(&ctx, &files).await.unwrap();
    for (name, content) in
        [("a", "gz"), ("b", "xz"), ("c", "bz2"), ("d", "zst"), ("e", "lz4"), ("twice", "gzgz")]
    {
        assert_eq!(text(&ctx, name), content);
    }
    assert_eq!(fs_err::read(ctx.path("srcdir/model")).unwrap(), gz);
}

#[tokio::test]
async fn what_is_no_archive_is_left_as_it_is() {
    let ctx = TestContext::new();
    let script = ctx.path("recipe/run.sh");
    fs_err::write(&script, b"#!/bin/sh\n").unwrap();
    fs_err::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let broken = [&[0x1f, 0x8b, 8][..], &noise(100)].concat();
    unpack(&ctx, &[("run.sh", b"#!/bin/sh\n"), ("zeros", &[0; 4096]), ("x.gz.txt", &broken)])
        .await
        .unwrap();
    let mode = fs_err::metadata(ctx.path("srcdir/run.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    let names = fs_err::read_dir(ctx.path("srcdir")).unwrap().count();
    assert_eq!(names, 3);
}

#[tokio::test]
async fn noextract_is_honoured() {
    let ctx = TestContext::new();
    fs_err::write(ctx.path("recipe/a.tar"), Tar::new().file("f", b"x").bytes()).unwrap();
    let mut source = Source::parse("a.tar").unwrap();
    source.noextract = true;
    let fetched = ctx.fetch(&[source.clone()]).await.unwrap();
    ctx.extract(&[source], &fetched).await.unwrap();
    assert!(!ctx.path("srcdir/f").exists() && ctx.path("srcdir/a.tar").exists());
}

#[tokio::test]
async fn members_keep_what_they_are() {
    let ctx = TestContext::new();
    let tar = Tar::new()
        .member(tar::EntryType::Directory, b"./d/", b"", b"")
        .member(tar::EntryType::Regular, b"./d/na\xefve", b"", b"x")
        .file("run", b"first")
        .hard_link("again", "./run")
        .symlink("link", "d")
        .file("link/through", b"y")
        .member(tar::EntryType::Fifo, b"fifo", b"", b"")
        .member(tar::EntryType::Char, b"dev", b"", b"")
        .bytes();
    unpack(&ctx, &[("a.tar", &tar)]).await.unwrap();
    let metadata = fs_err::metadata(ctx.path("srcdir/run")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o755);
    let since = metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(since.as_secs(), 1_000_000_000);
    assert_eq!(text(&ctx, "again"), "first");
    assert_eq!(text(&ctx, "d/through"), "y");
    assert!(ctx.path("srcdir/d").join(std::ffi::OsStr::from_bytes(b"na\xefve")).exists());
    assert!(!ctx.path("srcdir/fifo").exists() && !ctx.path("srcdir/dev").exists());
    assert!(ctx.said("left out fifo: it is a FIFO") && ctx.said("left out dev: it is a device"));
}

#[tokio::test]
async fn long_names_are_read() {
    let ctx = TestContext::new();
    let name = format!("{}/{}", "d".repeat(120), "f".repeat(120));
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o644);
    builder.append_data(&mut header, &name, &b"x"[..]).unwrap();
    unpack(&ctx, &[("a.tar", &builder.into_inner().unwrap())]).await.unwrap();
    assert_eq!(text(&ctx, &name), "x");
    // But not into all of the memory.
    let ctx = TestContext::new();
    let long = vec![b'x'; 8 << 20];
    let tar = Tar::new().member(tar::EntryType::GNULongName, b"././@LongLink", b"", &long);
    let error = unpack(&ctx, &[("a.tar", &tar.file("x", b"").bytes())]).await.unwrap_err();
    assert_eq!(cause(&error), "a member's name is too long");
}

fn cause(error: &SourceError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

#[tokio::test]
async fn nothing_lands_outside() {
    let attacks: [(&str, Tar); 8] = [
        ("leads up", Tar::new().file("../evil", b"x")),
        ("leads up", Tar::new().file("a/../../evil", b"x")),
        ("absolute", Tar::new().file("/tmp/evil", b"x")),
        ("out of the folder", Tar::new().symlink("l", "..").file("l/evil", b"x")),
        ("out of the folder", Tar::new().symlink("l", "/").file("l/tmp/evil", b"x")),
        ("out of the folder", Tar::new().symlink("l", "..").hard_link("h", "l/recipe/a.tar")),
        ("leads up", Tar::new().hard_link("h", "../recipe/a.tar")),
        ("absolute", Tar::new().hard_link("h", "/etc/passwd")),
    ];
    for (reason, tar) in attacks {
        let ctx = TestContext::new();
        let error = unpack(&ctx, &[("a.tar", &tar.bytes())]).await.unwrap_err();
        assert!(matches!(error, SourceError::Member { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!ctx.path("evil").exists());
        assert!(!ctx.path("srcdir/h").exists());
    }
    assert!(!Path::new("/tmp/evil").exists());
}

#[tokio::test]
async fn a_bomb_is_stopped() {
    let mut ctx = TestContext::new();
    ctx.limits = Limits { bytes: 1 << 20, members: 100 };
    let bomb = through("gzip", &Tar::new().file("zeros", &vec![0; 4 << 20]).bytes());
    let error = unpack(&ctx, &[("a.tgz", &bomb)]).await.unwrap_err();
    assert!(error.to_string().contains("more bytes than allowed"), "{error}");
    let many = (0..200).fold(Tar::new(), |tar, n| tar.file(&format!("f{n}"), b""));
    let error = unpack(&ctx, &[("b.tar", &many.bytes())]).await.unwrap_err();
    assert!(error.to_string().contains("more members than allowed"), "{error}");
}

#[tokio::test]
async fn a_truncated_archive_is_an_error() {
    let ctx = TestContext::new();
    let packed = through("gzip", &Tar::new().file("f", &noise(100_000)).bytes());
    let error = unpack(&ctx, &[("a.tgz", &packed[..50_000])]).await.unwrap_err();
    assert_eq!(error.to_string(), "failed to unpack a.tgz");
}

#[tokio::test]
async fn what_is_left_of_an_archive_is_an_error_if_it_is_named_like_one() {
    for (program, name) in
        [("gzip", "a.tar.gz"), ("bzip2", "a.bz2"), ("xz", "a.tar.xz"), ("zstd", "a.zst")]
    {
        let ctx = TestContext::new();
        let packed = through(program, &Tar::new().file("f", &noise(100_000)).bytes());
        let error = unpack(&ctx, &[(name, &packed[..20])]).await.unwrap_err();
        assert_eq!(error.to_string(), format!("failed to unpack {name}"));
        unpack(&ctx, &[("blob.bin", &packed[..20])]).await.unwrap();
        assert_eq!(fs_err::read(ctx.path("srcdir/blob.bin")).unwrap(), packed[..20]);
    }
}

#[tokio::test]
async fn zips_and_debs() {
    use zip::write::SimpleFileOptions;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.add_directory("d", options).unwrap();
    zip.start_file("d/run", options.unix_permissions(0o755)).unwrap();
    zip.write_all(b"zipped").unwrap();
    zip.add_symlink("link", "d/run", options).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let mut deb = ar::Builder::new(Vec::new());
    for (name, content) in [("debian-binary", &b"2.0\n"[..]), ("data.tar", b"tar")] {
        let mut header = ar::Header::new(name.into(), content.len() as u64);
        header.set_mode(0o644);
        deb.append(&header, content).unwrap();
    }
    let deb = deb.into_inner().unwrap();
    let ctx = TestContext::new();
    unpack(&ctx, &[("x.whl", &zip), ("x.deb", &deb)]).await.unwrap();
    assert_eq!(text(&ctx, "d/run"), "zipped");
    assert_eq!(text(&ctx, "link"), "zipped");
    let mode = fs_err::metadata(ctx.path("srcdir/d/run")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    assert_eq!(text(&ctx, "debian-binary"), "2.0\n");
    assert_eq!(text(&ctx, "data.tar"), "tar");
}

#[tokio::test]
async fn large_cached_archives_are_mounted_and_hold_what_was_verified() {
    let content = Tar::new().file("member", &noise(2 << 20)).bytes();
    let bytes = content.clone();
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/large" => Answer::ok(&bytes),
        _ => Answer::ok(b"small"),
    });
    let ctx = TestContext::new();
    let sources = [skipped(&server.url("large")), skipped(&server.url("small"))];
    let fetched = ctx.fetch(&sources).await.unwrap();
    // Another process replaces the cached file.
    let crate::source::Content::File(large) = &fetched[0].content else { panic!("not a file") };
    let copy = ctx.path("copy");
    fs_err::hard_link(&large.path, &copy).unwrap();
    fs_err::remove_file(&large.path).unwrap();
    fs_err::write(&large.path, b"replaced").unwrap();
    let mounts = ctx.extract(&sources, &fetched).await.unwrap();
    assert_eq!(mounts.len(), 1);
    assert_eq!(mounts[0].name, "large");
    assert_eq!(fs_err::read(&mounts[0].host).unwrap(), content);
    assert!(!ctx.path("srcdir/large").exists());
    mounts[0].copy_into(&ctx.path("srcdir")).unwrap();
    assert_eq!(fs_err::read(ctx.path("srcdir/large")).unwrap(), content);
    assert_eq!(fs_err::metadata(ctx.path("srcdir/member")).unwrap().len(), 2 << 20);
    assert_eq!(text(&ctx, "small"), "small");
}

#[tokio::test]
async fn unpacking_can_be_cancelled() {
    let ctx = TestContext::new();
    let tar = Tar::new().file("f", &noise(30 << 20)).bytes();
    fs_err::write(ctx.path("recipe/a.tar"), tar).unwrap();
    let sources = [Source::parse("a.tar").unwrap()];
    let fetched = ctx.fetch(&sources).await.unwrap();
    ctx.cancel.cancel();
    let error = ctx.extract(&sources, &fetched).await.unwrap_err();
    assert!(matches!(error, SourceError::Cancelled), "{error}");
}
