use std::fmt::Write as _;

use crate::context::TestContext;

#[test]
fn every_value_is_shown_with_where_it_came_from() {
    let context = TestContext::new();
    let file = context.write(
        "config.toml",
        "index = \"recipes\"\n\n[serve]\nlisten = [\"127.0.0.1:1\", \"[::1]:1\"]\nbuilds = 2\n\
         keep_logs_size = \"2GiB\"\nallow_syncdeps = true\n",
    );
    let show = |more: &[&str]| {
        let mut command = context.command(&[&["config", "show"], more].concat());
        command.env("HIVE_CONFIG", &file).env("HIVE_BUILDS", "3").env("HIVE_TOKEN", "c0ffee");
        command.env("HIVE_DATA_DIR", "/srv/hive").env("HIVE_CACHE_DIR", "/var/cache/hive");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", context.told(&output.stderr));
        context.told(&output.stdout)
    };
    let table = show(&["--fetches=8", "--allow-sandbox-none"]);
    // Columns are as wide as this test's folder is long.
    let table: Vec<_> =
        table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    insta::assert_snapshot!("show", table.join("\n"));
    insta::assert_snapshot!("show-json", show(&["--json", "--listen=127.0.0.1:9,127.0.0.1:8"]));
}

#[test]
fn the_users_file_is_read_over_the_systems() {
    let context = TestContext::new();
    context.write("home/.config/rbee/config.toml", "[serve]\nbuilds = 5\n");
    context.write("xdg/rbee/config.toml", "[serve]\nbuilds = 6\n");
    let builds = |set: &[(&str, &str)]| {
        let mut command = context.command(&["config", "show"]);
        command.env_remove("HIVE_CONFIG").envs(set.iter().copied());
        let shown = context.told(&command.output().unwrap().stdout);
        let line = shown.lines().find(|line| line.starts_with("serve.builds")).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(builds(&[]), "serve.builds 5 FOLDER/home/.config/rbee/config.toml:2");
    let xdg = context.path("xdg");
    let xdg = [("XDG_CONFIG_HOME", xdg.to_str().unwrap())];
    assert_eq!(builds(&xdg), "serve.builds 6 FOLDER/xdg/rbee/config.toml:2");
    assert_eq!(builds(&[("HIVE_CONFIG", "")]), "serve.builds 1 default");
}

#[test]
fn what_is_wrong_is_told_before_anything_is_done() {
    let context = TestContext::new();
    let unknown = context.write("unknown.toml", "[serve]\n  bilds = 2\n");
    let value = context.write("value.toml", "[serve]\nlisten = [\"everywhere\"]\n");
    let syntax = context.write("syntax.toml", "[serve\n");
    let empty = context.write("empty", " \n");
    let absent = context.path("absent");
    let absent = absent.to_str().unwrap();
    let mut told = String::new();
    for arguments in [
        &["worker", "list", "--config", &unknown][..],
        &["--json", "worker", "list", "--config", &unknown],
        &["serve", "--config", &value],
        &["serve", "--config", &syntax],
        &["serve", "--config", absent],
        &["serve", "--token-file", &empty],
        &["serve", "--token-file", absent],
        &["serve", "--tls-cert", &empty],
        &["serve", "--tls-cert", &empty, "--tls-key", &empty],
        &["serve", "--builds", "0"],
        &["serve", "--log-format", "xml"],
        &["serve", "--listen", ""],
    ] {
        let output = context.run(arguments);
        let line = context.told(arguments.join(" ").as_bytes());
        assert_eq!(output.status.code(), Some(2), "{line}");
        let (out, err) = (context.told(&output.stdout), context.told(&output.stderr));
        let _ = writeln!(told, "$ rbee-hive {line}\n{out}{err}");
    }
    insta::assert_snapshot!("refused", told);

    let mut command = context.command(&["serve"]);
    let output = command.env("HIVE_LISTEN", "here").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(
        context.told(&output.stderr),
        @r#"error: HIVE_LISTEN is "here"; it is to be an address and a port, for example 127.0.0.1:7835, [::1]:7835 or 0.0.0.0:7835"#
    );
}
