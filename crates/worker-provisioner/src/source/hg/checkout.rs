use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::{HgSource, program::HG};
use crate::source::{SourceError, client::Client, entry::FileName, tool::ToolRunner};

/// Makes a working copy at `srcdir/<name>`, at the node. It stands on its own: through a hard link
/// the build could write into the mirror.
pub(in crate::source) async fn checkout(
    name: &FileName,
    hg: &HgSource,
    mirror: &Path,
    node: &str,
    srcdir: &Path,
    runner: &ToolRunner,
    cancel: &CancellationToken,
) -> Result<(), SourceError> {
    let program = Client { system: &HG, runner, cancel, url: &hg.url };
    let copy = srcdir.join(name.as_str());
    let updated = format!("--updaterev={node}");
    let clone = ["clone", "--quiet", "--pull", &updated, "--"].map(AsRef::as_ref);
    let places = [mirror.as_os_str(), copy.as_os_str()];
    program.run(srcdir, &clone.into_iter().chain(places).collect::<Vec<_>>()).await?;
    // Not the mirror's place on this machine.
    fs_err::write(copy.join(".hg/hgrc"), format!("[paths]\ndefault = {}\n", hg.url))
        .map_err(SourceError::io("write to a working copy"))
}
