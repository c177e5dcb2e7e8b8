use std::path::Path;

use rbee_hive_artifact_catalog::{SourceRecord, Step, job::redact};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Error,
    events::JobEvents,
    provisioner::WorkerProvisioner,
    recipe::Recipe,
    source::{self, Fetched, SignatureContext, Signed, Source, ToolRunner, TrustedKeys},
};

/// What is known of the sources of one provision, once they are verified.
pub(crate) struct Verified {
    /// Those that nothing vouches for, which the caller allowed.
    pub(crate) unverified: Vec<String>,
    signed: Signed,
}

impl WorkerProvisioner {
    /// Compares the sources with the recipe's sums, and checks their signatures with its keys.
    pub(crate) async fn verify_sources(
        &self,
        recipe: &Recipe,
        folder: &Path,
        (sources, fetched): (&[Source], &[Fetched]),
        runner: &ToolRunner,
        events: &JobEvents,
        cancel: &CancellationToken,
    ) -> Result<Verified, Error> {
        let keys = TrustedKeys::read(recipe.declared.array("validpgpkeys"), folder)
            .map_err(Error::io("read the recipe's keys"))?;
        let allow_unverified = self.options.allow_unverified;
        let context = SignatureContext {
            runner,
            allow_unverified,
            warn: &|text| events.warn(Step::Verify, &text),
        };
        let signed = source::check_signatures(sources, fetched, &keys, &context, cancel).await?;
        let unverified = source::verify(sources, fetched, &signed, allow_unverified)?;
        for name in &unverified {
            events.warn(Step::Verify, &format!("{name} is accepted without a check"));
        }
        Ok(Verified { unverified, signed })
    }
}

impl Verified {
    /// The sources as the provenance has them.
    pub(crate) fn records(&self, sources: &[Source], fetched: &[Fetched]) -> Vec<SourceRecord> {
        let pairs = sources.iter().zip(fetched);
        let records = pairs.map(|(source, fetched)| SourceRecord {
            name: source.name.to_string(),
            origin: redact(&source.origin),
            digest: fetched.digest(),
            signed_by: self.signed.by.get(&fetched.index).cloned(),
        });
        records.collect()
    }
}
