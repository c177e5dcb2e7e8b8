use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::{
    SvnSource,
    mirror::hold,
    program::{CP, SVN},
};
use crate::source::{SourceError, client::Client, entry::FileName, tool::ToolRunner};

/// Copies the working copy to `srcdir/<name>`, as makepkg does.
///
/// # Errors
/// If another process has brought it to another revision by now.
pub(in crate::source) async fn checkout(
    name: &FileName,
    svn: &SvnSource,
    mirror: &Path,
    revision: &str,
    srcdir: &Path,
    runner: &ToolRunner,
    cancel: &CancellationToken,
) -> Result<(), SourceError> {
    let folder = mirror.parent().unwrap_or(mirror);
    let _lock = hold(folder, name.as_str(), &|_| {}, cancel).await?;
    let program = Client { system: &SVN, runner, cancel, url: &svn.url };
    let found = program.run(mirror, &["info", "--show-item=revision"]).await?;
    if found != revision {
        let (url, wanted) = (svn.url.clone(), revision.to_owned());
        return Err(SourceError::Moved { url, wanted, found });
    }
    let copy = Client { system: &CP, ..program };
    let args = ["-a".as_ref(), "--".as_ref(), mirror.as_os_str(), srcdir.as_os_str()];
    copy.run(srcdir, &args).await.map(drop)
}
