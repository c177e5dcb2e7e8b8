/// Replaces the user and password of every URL in a line by `***`. A user without a password is a
/// secret over HTTP only, where it may be a token: `npm://NAME@VERSION` and `ssh://git@host` stay.
pub fn redact(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, authority) = rest.split_at(at + 3);
        out.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'');
        let end = authority.find(ends).unwrap_or(authority.len());
        let (authority, after) = authority.split_at(end);
        let over_http = before.ends_with("http://") || before.ends_with("https://");
        match authority.rsplit_once('@') {
            Some((user, host)) if over_http || user.contains(':') => {
                out.push_str("***@");
                out.push_str(host);
            }
            _ => out.push_str(authority),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn passwords_in_urls_are_not_shown() {
        assert_eq!(
            redact("get https://u:p@h/x and ftp://q:r@h"),
            "get https://***@h/x and ftp://***@h"
        );
        assert_eq!(redact("https://h/a@b plain a@b"), "https://h/a@b plain a@b");
        assert_eq!(redact("git+ssh://git:p@ss@h:1/x"), "git+ssh://***@h:1/x");
        assert_eq!(redact("https://token@h/x"), "https://***@h/x");
        for plain in ["pypi://six@1.16.0", "npm://@scope/name@1.0", "git+ssh://git@h/x", "://"] {
            assert_eq!(redact(plain), plain);
        }
    }
}
