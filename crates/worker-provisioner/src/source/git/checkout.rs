use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::{GitSource, program::GIT};
use crate::source::{SourceError, client::Client, entry::FileName, tool::ToolRunner};

/// Makes a working copy at `srcdir/<name>`, on a branch `makepkg` at the commit, as makepkg does.
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
    let args = ["checkout", "--quiet", "--force", "--no-track", "-B", "makepkg", commit, "--"];
    program.run(&copy, &args).await.map(drop)
}
