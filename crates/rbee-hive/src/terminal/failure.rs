//! How an error looks to a person.

use super::{Style, plain_text};
use crate::error::Error;
use rbee_hive_worker_catalog::ErrorKind;

/// The error and its causes, each line with its newline. Further lines of a message, such as the
/// end of a build's output, are indented under its first.
pub(crate) fn render(error: &Error, style: Style) -> String {
    if error.leaves_job() && error.kind() == ErrorKind::Cancelled {
        return format!("{error}\n");
    }
    if error.kind() == ErrorKind::Cancelled {
        return format!("{}\n", style.yellow("cancelled"));
    }
    let mut out = String::new();
    push(&mut out, &format!("{} ", style.red("error:")), "  ", &error.to_string());
    for cause in error.causes() {
        push(&mut out, &format!("  {} ", style.yellow("because")), "    ", &cause);
    }
    out
}

fn push(out: &mut String, first: &str, indent: &str, message: &str) {
    for (number, line) in plain_text(message.trim_end()).lines().enumerate() {
        if number == 0 {
            out.push_str(first);
        } else if !line.is_empty() {
            out.push_str(indent);
        }
        out.push_str(line);
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn causes_follow_and_long_messages_are_indented() {
        let cause = io::Error::other("it said:\n\x1b[31mone\n\ntwo\n");
        let error = Error::Exec { program: "/x/y".into(), source: cause };
        insta::assert_snapshot!(render(&error, Style::new(false)), @r"
        error: failed to run /x/y; `rbee-hive worker verify` tells whether it is damaged
          because it said:
            one

            two
        ");
    }

    #[test]
    fn a_cancellation_is_no_error() {
        assert_eq!(render(&Error::Cancelled, Style::new(false)), "cancelled\n");
    }
}
