use maud::{Markup, html};
use rbee_hive_worker_catalog::{Event, LoggedEvent, Outcome, Stream};

use crate::{
    terminal::plain_line,
    web::{ansi, words},
};

/// An event as lines of the log; nothing, if it is none of its.
pub(super) fn line(logged: &LoggedEvent) -> Option<Markup> {
    Some(match &logged.event {
        Event::Output { stream: Stream::Stdout, line, .. } => {
            html! { span.line { (ansi::render(line)) "\n" } }
        }
        Event::Output { line, .. } => html! { span.line.err { (ansi::render(line)) "\n" } },
        Event::StepStarted { step } => html! { span.line.mark { (step) "\n" } },
        event => {
            let (class, text) = told(event)?;
            html! { span class={ "line " (class) } { (text) "\n" } }
        }
    })
}

/// What is not a program's output, in words, and how it looks.
fn told(event: &Event) -> Option<(&'static str, String)> {
    Some(match event {
        Event::Waiting { reason } => ("note", format!("waiting: {}", plain_line(reason))),
        Event::Restarted { reason } => ("mark", format!("begins again: {}", plain_line(reason))),
        Event::Note { text, .. } => ("note", plain_line(text)),
        Event::Warning { text, .. } => ("warning", format!("warning: {}", plain_line(text))),
        Event::Ended(Outcome::Succeeded { worker }) => ("good", format!("installed {}", worker.id)),
        Event::Ended(Outcome::Failed { message, .. }) => {
            ("failed", format!("failed: {}", plain_line(message)))
        }
        Event::Ended(Outcome::Cancelled) => ("note", "cancelled".to_owned()),
        _ => return None,
    })
}

/// An event as plain lines, for who wants the log as a file.
pub(super) fn plain(logged: &LoggedEvent) -> Option<String> {
    match &logged.event {
        Event::Output { line, .. } => Some(plain_line(line)),
        Event::StepStarted { step } => Some(format!("== {step}")),
        Event::Ended(Outcome::Failed { message, causes, .. }) => {
            let causes = causes.iter().map(|cause| format!("\n  {}", plain_line(cause)));
            Some(format!("failed: {}{}", plain_line(message), causes.collect::<String>()))
        }
        event => told(event).map(|(_, text)| text),
    }
}

/// What stands for lines that are not shown.
pub(super) fn left_out(lines: u64, log: &str) -> Markup {
    html! {
        span.line.gap {
            (words::count(lines, "line is", "lines are")) " not shown here: "
            a href=(log) { "the whole log" } " has them all.\n"
        }
    }
}

#[cfg(test)]
mod tests {
    use rbee_hive_worker_catalog::Step;

    use super::*;

    fn logged(event: Event) -> LoggedEvent {
        LoggedEvent { number: 1, at: jiff::Timestamp::UNIX_EPOCH, event }
    }

    #[test]
    fn a_line_is_text_with_its_colours() {
        let text = "\x1b[31m<error>\x1b[0m \x1b]0;title\x07".to_owned();
        let event = Event::Output { step: Step::Build, stream: Stream::Stderr, line: text };
        let logged = logged(event);
        assert_eq!(
            line(&logged).unwrap().into_string(),
            "<span class=\"line err\"><span class=\"i1\">&lt;error&gt;</span> \n</span>"
        );
        assert_eq!(plain(&logged).unwrap(), "<error> ");
    }

    #[test]
    fn progress_is_no_line() {
        let event = Event::Progress { step: Step::Fetch, done: 1, total: None };
        assert!(line(&logged(event)).is_none());
    }
}
