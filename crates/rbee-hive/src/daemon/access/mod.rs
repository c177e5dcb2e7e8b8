//! Who is answered: nobody who comes by another's name, from another's page, or without the token.

mod credentials;
mod headers;
mod host;
mod login;
mod origin;
mod sessions;
#[cfg(test)]
mod tests;

pub(crate) use credentials::require_token;
pub(crate) use headers::protect;
pub(crate) use host::require_known_host;
pub(crate) use login::routes;
pub(crate) use origin::require_same_origin;
pub(crate) use sessions::Sessions;
