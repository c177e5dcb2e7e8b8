use std::time::Duration;

use rbee_hive_worker_catalog::Event;

use crate::terminal::{Style, duration, plain_line, plain_text};

/// How an event looks without a terminal that can be drawn on, if it is shown at all. Of a build's
/// output only the end is worth reading, and that only when it fails; the error has it then.
/// `took` is the time of the step that the event finishes, if that is worth a figure.
pub(super) fn line(
    event: &Event,
    took: Option<Duration>,
    verbose: bool,
    style: Style,
) -> Option<String> {
    match event {
        Event::StepStarted { step } => Some(style.bold(&format!("==> {step}"))),
        Event::Output { line, .. } => verbose.then(|| format!("  {}", plain_line(line))),
        Event::Waiting { reason } => Some(format!("waiting: {}", plain_line(reason))),
        Event::Restarted { reason } => {
            Some(format!("{} {}", style.yellow("restarted:"), plain_line(reason)))
        }
        Event::Note { text, .. } => Some(style.dim(&indented(text))),
        Event::Warning { text, .. } => {
            Some(format!("  {} {}", style.yellow("warning:"), indented(text).trim_start()))
        }
        Event::StepFinished { .. } => {
            took.map(|took| style.dim(&format!("  done in {}", duration(took))))
        }
        // The verb tells how it ended.
        _ => None,
    }
}

fn indented(text: &str) -> String {
    let text = plain_text(text);
    text.lines().map(|l| format!("  {l}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use rbee_hive_worker_catalog::{Outcome, Step, Stream};

    use super::*;

    fn show(verbose: bool) -> String {
        let step = Step::Build;
        let events = [
            Event::Waiting { reason: "job x builds the same".into() },
            Event::StepStarted { step },
            Event::Output { step, stream: Stream::Stdout, line: "\x1b[2J[1/2] cc".into() },
            Event::Progress { step, done: 1, total: None },
            Event::Note { step, text: "kept".into() },
            Event::Warning { step, text: "no sum\nfor x".into() },
            Event::StepFinished { step },
            Event::Ended(Outcome::Cancelled),
        ];
        let lines = events
            .iter()
            .filter_map(|e| line(e, Some(Duration::from_secs(72)), verbose, Style::new(false)));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn output_is_left_out_unless_it_is_asked_for() {
        insta::assert_snapshot!(show(false), @r"
        waiting: job x builds the same
        ==> build
          kept
          warning: no sum
          for x
          done in 1m 12s
        ");
        assert!(show(true).contains("\n  [1/2] cc\n"));
    }
}
