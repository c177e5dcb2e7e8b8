use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::{GitReference, GitSource, program::GIT};
use crate::source::{SourceError, client::Client, entry::FileName, tool::ToolRunner};

/// Makes a working copy at `srcdir/<name>`, as makepkg does: on a branch `makepkg` at the commit, or
/// on the remote's own branch where the recipe names no reference.
///
/// It stands on its own. makepkg's shares the mirror's objects by path, and the sandbox does not see
/// the mirror. Hard links would be visible there, and the build could write through them into the
/// mirror. So the objects are copied.
pub(in crate::source) async fn checkout(
    name: &FileName,
    git: &GitSource,
    mirror: &Path,
    commit: &str,
    srcdir: &Path,
    runner: &ToolRunner,
    cancel: &CancellationToken,
) -> Result<(), SourceError> {
    let program = Client { system: &GIT, runner, cancel, url: &git.url };
    let copy = srcdir.join(name.as_str());
    let mirror = mirror.as_os_str();
    let clone = ["clone", "--quiet", "--no-hardlinks", "--no-checkout", "--template="];
    let clone = clone.iter().map(AsRef::as_ref);
    let places = ["--origin=origin".as_ref(), "--".as_ref(), mirror, copy.as_os_str()];
    program.run(srcdir, &clone.chain(places).collect::<Vec<_>>()).await?;
    // Not the mirror's place on this machine.
    program.run(&copy, &["remote", "set-url", "origin", &git.url]).await?;
    let own = match git.reference {
        GitReference::Default => program.ask(&copy, &["symbolic-ref", "--short", "HEAD"]).await?,
        _ => None,
    };
    let branch = own.as_deref().unwrap_or("makepkg");
    let args = ["checkout", "--quiet", "--force", "--no-track", "-B", branch, commit, "--"];
    program.run(&copy, &args).await.map(drop)
}
