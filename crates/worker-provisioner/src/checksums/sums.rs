use std::collections::BTreeMap;

use rbee_hive_artifact_catalog::Step;
use tokio_util::sync::CancellationToken;

use super::{ChecksumsError, scan::Assignment};
use crate::{
    error::Error,
    events::JobEvents,
    recipe::Declared,
    source::{self, Algorithm, FetchContext, Location, Source, SourceError},
};

/// A source array and the checksum arrays that belong to it.
#[derive(Debug)]
pub(super) struct Group {
    /// `""`, or `_ARCHITECTURE`.
    pub(super) suffix: String,
    sources: Vec<Source>,
    /// Kinds of sums, each with what the recipe has now.
    sums: BTreeMap<Algorithm, Vec<String>>,
}

/// What `SKIP` is written for what has no sum.
const SKIP: &str = "SKIP";

impl Group {
    /// Every source array that is not empty. A recipe keeps the kinds of sums that it has; an array
    /// without any gets those of the others, or else SHA-256.
    ///
    /// # Errors
    /// If a source cannot be read.
    pub(super) fn all(declared: &Declared) -> Result<Vec<Self>, SourceError> {
        let architectures = declared.array("arch").iter().filter(|arch| *arch != "any");
        let suffixes = [String::new()].into_iter().chain(architectures.map(|a| format!("_{a}")));
        let mut groups = Vec::new();
        for suffix in suffixes {
            let entries = declared.array(&format!("source{suffix}"));
            if entries.is_empty() {
                continue;
            }
            let sources: Result<_, _> = entries.iter().map(|entry| Source::parse(entry)).collect();
            let present = Algorithm::ALL.into_iter().filter_map(|algorithm| {
                let sums = declared.array(&format!("{}{suffix}", algorithm.array()));
                (!sums.is_empty()).then(|| (algorithm, sums.to_vec()))
            });
            let sums = present.collect();
            groups.push(Self { suffix, sources: sources?, sums });
        }
        let mut used: Vec<_> = groups.iter().flat_map(|g| g.sums.keys().copied()).collect();
        if used.is_empty() {
            used.push(Algorithm::Sha256);
        }
        for group in groups.iter_mut().filter(|group| group.sums.is_empty()) {
            group.sums = used.iter().map(|algorithm| (*algorithm, Vec::new())).collect();
        }
        Ok(groups)
    }

    /// The name of a checksum array of this group.
    pub(super) fn array(&self, algorithm: Algorithm) -> String {
        format!("{}{}", algorithm.array(), self.suffix)
    }

    /// The source array, if it is a plain assignment that a missing checksum array can follow.
    ///
    /// # Errors
    /// If it is not.
    pub(super) fn place<'a>(
        &self,
        assignments: &'a [Assignment],
        array: &str,
    ) -> Result<&'a Assignment, ChecksumsError> {
        let source_array = format!("source{}", self.suffix);
        let last = assignments.iter().rev().find(|a| a.name == source_array);
        last.filter(|last| !last.nested)
            .ok_or_else(|| ChecksumsError::NoPlace { array: array.to_owned(), source_array })
    }

    /// The checksum arrays with what is in them now.
    pub(super) fn present(&self) -> impl Iterator<Item = (Algorithm, &[String])> {
        self.sums.iter().map(|(algorithm, sums)| (*algorithm, sums.as_slice()))
    }

    /// The file names of the sources.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.sources.iter().map(|source| source.name.to_string())
    }

    /// Fetches what a sum is wanted of, and computes the arrays anew.
    ///
    /// # Errors
    /// If a source cannot be fetched.
    pub(super) async fn compute(
        &self,
        context: &FetchContext<'_>,
        events: &JobEvents,
        cancel: &CancellationToken,
    ) -> Result<BTreeMap<Algorithm, Vec<String>>, Error> {
        let wanted: Vec<_> =
            (0..self.sources.len()).filter(|index| self.is_wanted(*index)).collect();
        let sources: Vec<_> = wanted
            .iter()
            .map(|index| Source {
                asked: self.sums.keys().copied().collect(),
                ..self.sources[*index].clone()
            })
            .collect();
        let fetched = source::fetch(&sources, context, cancel).await?;
        let mut computed: BTreeMap<_, _> = self
            .sums
            .keys()
            .map(|algorithm| (*algorithm, vec![SKIP.to_owned(); self.sources.len()]))
            .collect();
        for one in &fetched {
            let index = wanted[one.index];
            for (algorithm, sums) in &mut computed {
                let sum = one.sum(*algorithm).filter(|sum| self.keeps(*algorithm, index, sum));
                if let Some(sum) = sum {
                    sum.clone_into(&mut sums[index]);
                }
            }
            let name = &self.sources[index].name;
            events.note(Step::Fetch, &format!("{name}: {}", one.digest()));
        }
        Ok(computed)
    }

    /// Whether it can have a sum, and is not a pinned repository that never had one.
    fn is_wanted(&self, index: usize) -> bool {
        let source = &self.sources[index];
        if source.is_signature() || source.no_sum().is_some() {
            return false;
        }
        !is_repository(source) || self.sums.keys().any(|algorithm| self.had(*algorithm, index))
    }

    /// Whether a repository's sum goes into the array: if there was one before.
    fn keeps(&self, algorithm: Algorithm, index: usize, sum: &str) -> bool {
        let all = &self.sums[&algorithm];
        !is_repository(&self.sources[index])
            || if all.len() == self.sources.len() {
                all[index] != SKIP
            } else {
                // Which entry was which is not known any more.
                !all.is_empty() && (!all.iter().any(|s| s == SKIP) || all.iter().any(|s| s == sum))
            }
    }

    fn had(&self, algorithm: Algorithm, index: usize) -> bool {
        let all = &self.sums[&algorithm];
        if all.len() == self.sources.len() {
            all[index] != SKIP
        } else {
            all.iter().any(|sum| sum != SKIP)
        }
    }
}

fn is_repository(source: &Source) -> bool {
    matches!(source.location, Location::Git(_) | Location::Hg(_) | Location::Svn(_))
}
