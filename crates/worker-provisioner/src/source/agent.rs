use std::{
    ffi::OsString,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tokio_util::sync::CancellationToken;

use super::{
    SourceError,
    cache::{Slot, key},
    entry::FileName,
    tool::{ToolCommand, ToolError, ToolRunner, run_tool},
};
use crate::recipe::Declared;

/// Which program fetches which kind of URL: makepkg's `DLAGENTS`.
///
/// `npm` and `pypi` are there from the start. A later entry replaces an earlier one of its scheme,
/// and one for http or https replaces the hive's own client.
#[derive(Debug, Clone)]
pub(crate) struct DownloadAgents(Vec<Agent>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Agent {
    scheme: String,
    program: Program,
    /// With `%u` and `%o`.
    args: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Program {
    Path(PathBuf),
    /// A script of the hive's own.
    Script(&'static Script),
}

/// A shell script that is written out before it is used.
#[derive(Debug, PartialEq, Eq)]
struct Script {
    name: &'static str,
    text: &'static str,
}

static NPM: Script = Script { name: "npm", text: include_str!("agents/npm.sh") };
static PYPI: Script = Script { name: "pypi", text: include_str!("agents/pypi.sh") };

impl Default for DownloadAgents {
    fn default() -> Self {
        let own = |scheme: &str, script| Agent {
            scheme: scheme.to_owned(),
            program: Program::Script(script),
            args: vec!["%u".to_owned(), "%o".to_owned()],
        };
        Self(vec![own("npm", &NPM), own("pypi", &PYPI)])
    }
}

impl DownloadAgents {
    /// Those of the settings, their variable `DLAGENTS`, and after them those that were asked for. The
    /// programs run on the host: `settings` must be what the settings say with no recipe beside them.
    ///
    /// Every makepkg.conf names curl for http and https. Taken at its word, it would displace the
    /// hive's own client for everybody; so curl is used for them only if it is asked for.
    ///
    /// # Errors
    /// If a line cannot be read.
    pub(crate) fn configured(settings: &Declared, asked: &[String]) -> Result<Self, SourceError> {
        let mut agents = Self::default();
        for line in settings.array("DLAGENTS").iter().filter(|line| !is_stock(line)) {
            agents.add(line)?;
        }
        for line in asked {
            agents.add(line)?;
        }
        Ok(agents)
    }

    /// Adds `SCHEME::PROGRAM [ARGUMENTS]`, split at spaces and without quoting. `%u` becomes the
    /// URL, or it comes last; `%o` the file to write, or the program writes one named like the last
    /// component of the URL into its working folder.
    ///
    /// # Errors
    /// If the line has no scheme or no program. From makepkg.conf(5), "DLAGENTS".
    pub(crate) fn add(&mut self, line: &str) -> Result<(), SourceError> {
        let malformed = || SourceError::AgentLine { line: line.to_owned() };
        let (scheme, command) = line.split_once("::").ok_or_else(malformed)?;
        let mut words = command.split(' ').filter(|word| !word.is_empty());
        let program = words.next().ok_or_else(malformed)?;
        if scheme.is_empty() {
            return Err(malformed());
        }
        self.0.retain(|agent| agent.scheme != scheme);
        self.0.push(Agent {
            scheme: scheme.to_owned(),
            program: Program::Path(program.into()),
            args: words.map(Into::into).collect(),
        });
        Ok(())
    }

    /// Whether there is one for the scheme.
    pub(crate) fn knows(&self, scheme: &str) -> bool {
        self.get(scheme).is_some()
    }

    fn get(&self, scheme: &str) -> Option<&Agent> {
        self.0.iter().find(|agent| agent.scheme == scheme)
    }
}

/// Whether a line names curl for what the hive fetches itself.
fn is_stock(line: &str) -> bool {
    let Some((scheme, command)) = line.split_once("::") else { return false };
    let program = command.split(' ').find(|word| !word.is_empty()).unwrap_or_default();
    matches!(scheme, "http" | "https" | "file") && Path::new(program).ends_with("curl")
}

/// One file to be fetched by an agent. Whoever runs it holds the slot's lock.
pub(super) struct AgentDownload<'a> {
    pub(super) agents: &'a DownloadAgents,
    pub(super) runner: &'a ToolRunner,
    /// The source cache.
    pub(super) cache: &'a Path,
    pub(super) slot: &'a Slot,
    pub(super) name: &'a FileName,
    pub(super) scheme: &'a str,
    pub(super) url: &'a str,
    pub(super) cancel: &'a CancellationToken,
}

impl AgentDownload<'_> {
    /// The file that the agent wrote, somewhere in the slot's folder.
    ///
    /// # Errors
    /// If there is no agent, or it fails, or it exits with success and without a file.
    pub(super) async fn run(&self) -> Result<PathBuf, SourceError> {
        let agent = self.agents.get(self.scheme).ok_or_else(|| SourceError::NoAgent {
            entry: self.url.to_owned(),
            scheme: self.scheme.to_owned(),
        })?;
        let prepared = SourceError::io("prepare a download agent");
        let work = self.slot.folder().join("agent");
        let command = self.prepare(agent, &work).map_err(prepared)?;
        let output = run_tool(&command, self.runner, self.cancel)
            .await
            .map_err(|error| self.failed(error))?;
        let program = agent.name();
        // The hive's own scripts say so when what they stand for is not there.
        if output.status.code() == Some(127) && matches!(agent.program, Program::Script(_)) {
            return Err(SourceError::MissingProgram { program, needed_for: self.url.to_owned() });
        }
        let made = work.join(self.made(agent));
        let made_one = fs_err::symlink_metadata(&made).is_ok_and(|made| made.is_file());
        if !output.status.success() || !made_one {
            return Err(SourceError::Program {
                program,
                needed_for: self.url.to_owned(),
                status: if output.status.success() {
                    format!("no file {}", self.made(agent))
                } else {
                    output.status.to_string()
                },
                output: output.stderr_tail,
            });
        }
        let part = self.slot.part();
        fs_err::rename(&made, &part)
            .and_then(|()| fs_err::remove_dir_all(&work))
            .map_err(SourceError::io("take what a download agent fetched"))?;
        Ok(part)
    }

    /// An empty folder to work in, with one for temporary files beside what it fetches.
    fn prepare(&self, agent: &Agent, work: &Path) -> io::Result<ToolCommand> {
        match fs_err::remove_dir_all(work) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let temporary = work.join(".tmp");
        fs_err::create_dir_all(&temporary)?;
        let mut args = Vec::new();
        let program = match &agent.program {
            Program::Path(path) => path.clone(),
            Program::Script(script) => {
                // By name of the shell: the cache may lie where nothing can be executed.
                args.push(script.write(self.cache)?.into_os_string());
                "/bin/sh".into()
            }
        };
        args.extend(agent.fill(self.sent_url(), &self.made(agent)).into_iter().map(OsString::from));
        let env = [
            ("TMPDIR", temporary.clone()),
            // HOME is read-only, and npm wants to write to its cache.
            ("npm_config_cache", temporary.join("npm")),
            ("PYTHONDONTWRITEBYTECODE", "1".into()),
        ];
        Ok(ToolCommand {
            program,
            args,
            env: env.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            unset: Vec::new(),
            cwd: work.to_owned(),
            writable: vec![work.to_owned()],
            network: true,
            stdin: None,
        })
    }

    /// The file that the agent is to write into its working folder.
    fn made(&self, agent: &Agent) -> String {
        if agent.args.iter().any(|arg| arg.contains("%o")) {
            format!("{}.part", key(self.name.as_str()))
        } else {
            self.url.rsplit('/').next().unwrap_or_default().to_owned()
        }
    }

    fn sent_url(&self) -> &str {
        // As makepkg: scp takes HOST:PATH.
        self.url.strip_prefix("scp://").unwrap_or(self.url)
    }

    fn failed(&self, error: ToolError) -> SourceError {
        SourceError::tool(error, self.url)
    }
}

impl SourceError {
    /// A program that did not come to an end for `needed_for`.
    pub(super) fn tool(error: ToolError, needed_for: &str) -> Self {
        match error {
            ToolError::Missing { program } => {
                Self::MissingProgram { program, needed_for: needed_for.to_owned() }
            }
            ToolError::Run { program, source } => Self::Spawn { program, source },
            ToolError::Cancelled => Self::Cancelled,
        }
    }
}

impl Agent {
    fn name(&self) -> String {
        match &self.program {
            Program::Path(path) => path.display().to_string(),
            Program::Script(script) if script.name == "pypi" => "pip".to_owned(),
            Program::Script(script) => script.name.to_owned(),
        }
    }

    fn fill(&self, url: &str, output: &str) -> Vec<String> {
        let mut args: Vec<String> =
            self.args.iter().map(|arg| arg.replace("%o", output).replace("%u", url)).collect();
        if !self.args.iter().any(|arg| arg.contains("%u")) {
            args.push(url.to_owned());
        }
        args
    }
}

impl Script {
    /// Writes it into the cache, unless it is there.
    fn write(&self, cache: &Path) -> io::Result<PathBuf> {
        let folder = cache.join("agents").join(key(self.text));
        let path = folder.join(self.name);
        if fs_err::read(&path).is_ok_and(|text| text == self.text.as_bytes()) {
            return Ok(path);
        }
        fs_err::create_dir_all(&folder)?;
        let new = folder.join(format!(
            "{}.{}.{:?}",
            self.name,
            std::process::id(),
            std::thread::current().id()
        ));
        fs_err::write(&new, self.text)?;
        fs_err::set_permissions(&new, std::fs::Permissions::from_mode(0o555))?;
        fs_err::rename(&new, &path)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Value;

    #[test]
    fn what_every_makepkg_conf_says_displaces_nothing() {
        let curl = "/usr/bin/curl -qgb \"\" -fLC - --retry 3 -o %o %u";
        let mut lines: Vec<_> =
            ["file", "ftp", "http", "https"].map(|scheme| format!("{scheme}::{curl}")).to_vec();
        lines.push("rsync::/usr/bin/rsync --no-motd -z %u %o".to_owned());
        let configured = |lines: &[String]| {
            let mut declared = Declared::default();
            declared.globals.insert("DLAGENTS".to_owned(), Value::Array(lines.to_vec()));
            DownloadAgents::configured(&declared, &["scp::/usr/bin/scp -C %u %o".to_owned()])
        };
        let agents = configured(&lines).unwrap();
        let known = ["ftp", "rsync", "scp", "npm"];
        assert!(known.iter().all(|scheme| agents.knows(scheme)));
        assert!(!["http", "https", "file"].iter().any(|scheme| agents.knows(scheme)));
        lines.push("https::/usr/bin/wget -O %o %u".to_owned());
        assert!(configured(&lines).unwrap().knows("https"));
        assert!(configured(&["https".to_owned()]).is_err());
    }

    #[test]
    fn lines_mean_what_they_mean_to_makepkg() {
        let mut agents = DownloadAgents::default();
        assert!(agents.knows("npm") && agents.knows("pypi") && !agents.knows("ftp"));
        agents.add("ftp::/usr/bin/fetch -o %o  --url=%u").unwrap();
        let agent = agents.get("ftp").unwrap();
        assert_eq!(agent.program, Program::Path("/usr/bin/fetch".into()));
        assert_eq!(agent.fill("ftp://h/x", "x.part"), ["-o", "x.part", "--url=ftp://h/x"]);
        agents.add("ftp::/usr/bin/other -q").unwrap();
        assert_eq!(agents.get("ftp").unwrap().fill("ftp://h/x", "x"), ["-q", "ftp://h/x"]);
        for line in ["ftp", "ftp::", "::/bin/x", "ftp:: "] {
            assert!(agents.add(line).is_err(), "{line:?}");
        }
    }
}
