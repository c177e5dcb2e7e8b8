use std::sync::{Mutex, PoisonError};

use super::{error::ApiError, etag::Tagged};

/// How many bytes of answers are kept, with what was asked.
const MOST: usize = 24 << 20;

/// How many answers are kept. Whoever asks can think of any number of questions, and each is looked
/// for among all.
const MOST_ANSWERS: usize = 64;

/// Answers about what is installed, kept for as long as that does not change. Programs ask for the
/// same list again and again, and with many workers it takes long to write.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    kept: Mutex<Kept>,
    /// One at a time writes an answer: it has the whole list in memory.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Of the catalog that the answers are about.
    revision: u64,
    /// By what was asked, the one that was asked for last at the end.
    answers: Vec<(String, Tagged)>,
}

impl Answers {
    /// The answer to `key`, about the catalog as it is in this revision or a later one; written by
    /// `write`, unless it is there.
    pub(super) async fn get<W>(
        &self,
        revision: u64,
        key: String,
        write: impl FnOnce() -> W,
    ) -> Result<Tagged, ApiError>
    where
        W: Future<Output = Result<Tagged, ApiError>>,
    {
        if let Some(answer) = self.kept(revision, &key) {
            return Ok(answer);
        }
        let _turn = self.writing.lock().await;
        if let Some(answer) = self.kept(revision, &key) {
            return Ok(answer);
        }
        let answer = write().await?;
        self.keep(revision, key, answer.clone());
        Ok(answer)
    }

    fn kept(&self, revision: u64, key: &str) -> Option<Tagged> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.revision != revision {
            return None;
        }
        let position = kept.answers.iter().position(|(asked, _)| asked == key)?;
        kept.answers[position..].rotate_left(1);
        kept.answers.last().map(|(_, answer)| answer.clone())
    }

    fn keep(&self, revision: u64, key: String, answer: Tagged) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.revision != revision {
            kept.revision = revision;
            kept.answers.clear();
        }
        kept.answers.push((key, answer));
        let size = |kept: &Kept| -> usize {
            kept.answers.iter().map(|(asked, answer)| asked.len() + answer.size()).sum()
        };
        while kept.answers.len() > MOST_ANSWERS || size(&kept) > MOST {
            kept.answers.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(answers: &Answers, revision: u64, key: &str, body: &str) -> Tagged {
        let write = || async { Tagged::new(&body) };
        answers.get(revision, key.to_owned(), write).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_written_once_a_revision() {
        let answers = Answers::default();
        let first = ask(&answers, 1, "", "first").await.size();
        assert_eq!(ask(&answers, 1, "", "not asked for").await.size(), first);
        assert_ne!(ask(&answers, 1, "limit=1", "another").await.size(), first);
        assert_ne!(ask(&answers, 2, "", "changed since").await.size(), first);
        assert_eq!(answers.kept.lock().unwrap().answers.len(), 1);
    }

    #[tokio::test]
    async fn questions_that_differ_do_not_fill_the_memory() {
        let answers = Answers::default();
        for number in 0..2 * MOST_ANSWERS {
            ask(&answers, 1, &format!("name={number}"), "none").await;
        }
        assert_eq!(answers.kept.lock().unwrap().answers.len(), MOST_ANSWERS);
        ask(&answers, 1, &"x".repeat(MOST), "none").await;
        assert!(answers.kept.lock().unwrap().answers.is_empty());
    }

    #[tokio::test]
    async fn what_was_asked_for_longest_ago_goes_first() {
        let answers = Answers::default();
        let large = "x".repeat(MOST / 3);
        for key in ["a", "b", "a", "c"] {
            ask(&answers, 1, key, &large).await;
        }
        let kept = answers.kept.lock().unwrap();
        let keys: Vec<_> = kept.answers.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["a", "c"]);
    }
}
