use std::{ffi::OsString, net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use rbee_hive_worker_catalog::Folders;

use super::{
    form::{ColorWhen, LogFilter, LogFormat, Mode, Size},
    setting::{
        Default::{Found, Told, Value},
        Entry,
        Places::{NotFile, SecretVariable},
        Setting,
    },
};

pub(crate) static CONFIG: Setting<Option<OsString>> = Setting::new(
    "config",
    "HIVE_CONFIG",
    "FILE",
    "A file of settings instead of the system's and the user's; an empty name means none",
)
.default(Told("/etc/rbee/config.toml, then ~/.config/rbee/config.toml over it"))
.only_in(NotFile)
.may_be_empty();

pub(crate) static DATA_DIR: Setting<Option<PathBuf>> =
    Setting::new("data_dir", "HIVE_DATA_DIR", "FOLDER", "The folder of what is installed").default(
        Found("~/.local/share/rbee", || Some(Folders::from_env().ok()?.data().as_os_str().into())),
    );

pub(crate) static CACHE_DIR: Setting<Option<PathBuf>> = Setting::new(
    "cache_dir",
    "HIVE_CACHE_DIR",
    "FOLDER",
    "The folder of what can be fetched or built again",
)
.default(Found("~/.cache/rbee", || Some(Folders::from_env().ok()?.cache().as_os_str().into())));

pub(crate) static INDEX: Setting<Option<OsString>> = Setting::new(
    "index",
    "WORKER_CATALOG_URL",
    "URL_OR_PATH",
    "Where recipes come from: a folder of NAME/PKGBUILD, or the URL of a catalog",
)
.default(Told("the built-in recipes"));

pub(crate) static MAKEPKG_CONF: Setting<Option<OsString>> = Setting::new(
    "makepkg_conf",
    "HIVE_MAKEPKG_CONF",
    "FILE",
    "Settings of makepkg.conf's form instead of the host's and the user's; an empty name means \
     only the built-in ones",
)
.default(Told(
    "/etc/makepkg.conf and its .d folder, then ~/.config/pacman/makepkg.conf or ~/.makepkg.conf",
))
.may_be_empty();

pub(crate) static HIVE: Setting<Option<String>> = Setting::new(
    "hive",
    "HIVE_URL",
    "URL",
    "The daemon that does it, on this machine or another: http://HOST:PORT, https://HOST:PORT or \
     unix:/PATH",
)
.default(Told("this process itself"))
.may_be_empty();

pub(crate) static TOKEN: Setting<Option<String>> =
    Setting::new("token", "HIVE_TOKEN", "", "The secret that a daemon asks for")
        .only_in(SecretVariable);

pub(crate) static TOKEN_FILE: Setting<Option<PathBuf>> = Setting::new(
    "token_file",
    "HIVE_TOKEN_FILE",
    "FILE",
    "The file of the secret that `serve` asks for and that --hive sends; HIVE_TOKEN is the secret \
     itself",
);

pub(crate) static CACERT: Setting<Option<PathBuf>> = Setting::new(
    "cacert",
    "HIVE_CACERT",
    "FILE",
    "Certificates in PEM that vouch for the daemon of --hive, besides the system's",
);

pub(crate) static COLOR: Setting<ColorWhen> = Setting::new(
    "color",
    "HIVE_COLOR",
    "WHEN",
    "Colours; `auto` means on a terminal, unless NO_COLOR is set",
)
.default(Value("auto"));

pub(crate) static LISTEN: Setting<Vec<SocketAddr>> = Setting::new(
    "serve.listen",
    "HIVE_LISTEN",
    "ADDRESS:PORT",
    "Where to listen, several parted by commas; beyond this machine only with a token; port 0 \
     means any that is free",
)
.default(Value("127.0.0.1:7835"));

pub(crate) static SOCKET: Setting<Option<PathBuf>> = Setting::new(
    "serve.socket",
    "HIVE_SOCKET",
    "FILE",
    "A Unix socket to listen on; who may open it needs no token. Without --listen, nothing else \
     is listened on",
);

pub(crate) static SOCKET_MODE: Setting<Mode> = Setting::new(
    "serve.socket_mode",
    "HIVE_SOCKET_MODE",
    "MODE",
    "Who may open the Unix socket, as the mode of a file",
)
.default(Value("0600"));

pub(crate) static TLS_CERT: Setting<Option<PathBuf>> = Setting::new(
    "serve.tls_cert",
    "HIVE_TLS_CERT",
    "FILE",
    "The certificates for HTTPS, in PEM: the hive's own first, then those that vouch for it",
);

pub(crate) static TLS_KEY: Setting<Option<PathBuf>> =
    Setting::new("serve.tls_key", "HIVE_TLS_KEY", "FILE", "The key for HTTPS, in PEM");

pub(crate) static ALLOWED_HOSTS: Setting<Vec<String>> = Setting::new(
    "serve.allowed_hosts",
    "HIVE_ALLOWED_HOSTS",
    "NAME",
    "Names by which the hive is reached, besides localhost and its addresses; several parted by \
     commas",
);

pub(crate) static BUILDS: Setting<NonZeroUsize> =
    Setting::new("serve.builds", "HIVE_BUILDS", "N", "How many jobs run at once")
        .default(Value("1"));

pub(crate) static FETCHES: Setting<NonZeroUsize> = Setting::new(
    "serve.fetches",
    "HIVE_FETCHES",
    "N",
    "How many downloads run at once, of all jobs",
)
.default(Value("4"));

pub(crate) static KEEP_LOGS_DAYS: Setting<u32> = Setting::new(
    "serve.keep_logs_days",
    "HIVE_KEEP_LOGS_DAYS",
    "DAYS",
    "How long the logs of jobs stay; a worker's last one always does",
)
.default(Value("30"));

pub(crate) static KEEP_LOGS_SIZE: Setting<Size> = Setting::new(
    "serve.keep_logs_size",
    "HIVE_KEEP_LOGS_SIZE",
    "SIZE",
    "How much room the logs of jobs take; the oldest go first",
)
.default(Value("1GiB"));

pub(crate) static LOG_FORMAT: Setting<LogFormat> =
    Setting::new("serve.log_format", "HIVE_LOG_FORMAT", "FORMAT", "How the daemon's own log looks")
        .default(Value("text"));

pub(crate) static LOG_LEVEL: Setting<LogFilter> = Setting::new(
    "serve.log_level",
    "HIVE_LOG_LEVEL",
    "LEVEL",
    "What the daemon logs: error, warn, info, debug, trace or off, or MODULE=LEVEL,...",
)
.default(Value("info"));

pub(crate) static ALLOW_SANDBOX_NONE: Setting<bool> = Setting::new(
    "serve.allow_sandbox_none",
    "HIVE_ALLOW_SANDBOX_NONE",
    "BOOL",
    "Let requests have recipes run without a sandbox, with the daemon's own rights",
)
.default(Value("false"));

pub(crate) static ALLOW_SYNCDEPS: Setting<bool> = Setting::new(
    "serve.allow_syncdeps",
    "HIVE_ALLOW_SYNCDEPS",
    "BOOL",
    "Let requests install packages of this host that a recipe needs",
)
.default(Value("false"));

pub(crate) static DRAIN_SECONDS: Setting<u32> = Setting::new(
    "serve.drain_seconds",
    "HIVE_DRAIN_SECONDS",
    "SECONDS",
    "How long the daemon takes to end after SIGTERM; jobs that were running run again after its \
     next start",
)
.default(Value("30"));

/// Every setting, in the order in which people see them.
pub(crate) static TABLE: [&Entry; 25] = [
    &CONFIG.entry,
    &DATA_DIR.entry,
    &CACHE_DIR.entry,
    &INDEX.entry,
    &MAKEPKG_CONF.entry,
    &HIVE.entry,
    &TOKEN.entry,
    &TOKEN_FILE.entry,
    &CACERT.entry,
    &COLOR.entry,
    &LISTEN.entry,
    &SOCKET.entry,
    &SOCKET_MODE.entry,
    &TLS_CERT.entry,
    &TLS_KEY.entry,
    &ALLOWED_HOSTS.entry,
    &BUILDS.entry,
    &FETCHES.entry,
    &KEEP_LOGS_DAYS.entry,
    &KEEP_LOGS_SIZE.entry,
    &LOG_FORMAT.entry,
    &LOG_LEVEL.entry,
    &ALLOW_SANDBOX_NONE.entry,
    &ALLOW_SYNCDEPS.entry,
    &DRAIN_SECONDS.entry,
];
