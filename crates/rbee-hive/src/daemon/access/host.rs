use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::daemon::{
    Daemon, Settings,
    api::{ApiError, ApiErrorKind},
    listen::Peer,
};

/// Answers only requests that name this hive. A page elsewhere whose name was made to lead here
/// (DNS rebinding) is not answered, though its browser takes this hive for that page's own.
pub(crate) async fn require_known_host(
    State(daemon): State<Daemon>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let foreign = names(&request).find(|name| !is_known(name, peer, daemon.settings()));
    match foreign.map(host_of) {
        None => next.run(request).await,
        Some(name) => {
            let name = name.escape_debug();
            let message = format!(
                "the hive is not known as {name}; if it is reached by that name, start it with \
                 --allowed-hosts {name}"
            );
            ApiError::new(ApiErrorKind::Forbidden, message).into_response()
        }
    }
}

/// By what the request calls this hive. A client that names nothing is no browser.
fn names(request: &Request) -> impl Iterator<Item = &str> {
    // Of bytes that are no text, none is a name of ours.
    let headers = request.headers().get_all(header::HOST).into_iter();
    let headers = headers.map(|value| value.to_str().unwrap_or("?"));
    headers.chain(request.uri().authority().map(Authority::as_str))
}

fn is_known(name: &str, peer: Option<Peer>, settings: &Settings) -> bool {
    let name = host_of(name).trim_end_matches('.').to_ascii_lowercase();
    let by_address = |address: IpAddr| {
        let is = |ours: IpAddr| ours.to_canonical() == address.to_canonical();
        let called = matches!(peer, Some(Peer::Tcp { local, .. }) if is(local.ip()));
        called
            || address.to_canonical().is_loopback()
            || settings.listen.iter().any(|listen| is(listen.ip()))
    };
    match peer {
        // Whoever may open the socket is no browser that was led astray.
        Some(Peer::Unix) => true,
        Some(Peer::Tcp { .. }) | None => {
            name == "localhost"
                || name.ends_with(".localhost")
                || settings.allowed_hosts.iter().any(|allowed| host_of(allowed) == name)
                || name.trim_matches(['[', ']']).parse().is_ok_and(by_address)
        }
    }
}

/// A name or address without its port.
pub(super) fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_no_part_of_a_name() {
        assert_eq!(host_of("hive.example:7835"), "hive.example");
        assert_eq!(host_of("hive.example"), "hive.example");
        assert_eq!(host_of("[::1]:7835"), "[::1]");
        assert_eq!(host_of("[::1]"), "[::1]");
    }

    #[test]
    fn a_hive_is_known_by_its_addresses_and_the_names_it_is_given() {
        let settings = Settings {
            listen: vec!["192.0.2.7:7835".parse().unwrap()],
            allowed_hosts: vec!["hive.example".to_owned()],
            ..Settings::default()
        };
        let peer = Peer::Tcp {
            remote: "198.51.100.1:1".parse().unwrap(),
            local: "203.0.113.9:7835".parse().unwrap(),
            tls: false,
        };
        let known = |name: &str| is_known(name, Some(peer), &settings);
        for name in [
            "localhost:7835",
            "LocalHost",
            "hive.localhost",
            "127.0.0.1:7835",
            "127.1.2.3",
            "[::1]:7835",
            "[::ffff:127.0.0.1]",
            "192.0.2.7:7835",
            "203.0.113.9",
            "Hive.Example.:7835",
        ] {
            assert!(known(name), "{name}");
        }
        for name in ["evil.example", "localhost.evil.example", "198.51.100.1", "[::2]", "", "?"] {
            assert!(!known(name), "{name}");
            assert!(is_known(name, Some(Peer::Unix), &settings), "{name}");
        }
    }
}
