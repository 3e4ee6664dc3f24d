//! A Bellhop of one's own: the real program, a fresh database, a free port.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse";

/// How long anything may take before a test calls it lost. Generous: these are not timed tests.
pub const DEADLINE: Duration = Duration::from_secs(20);

pub struct House {
    pub folder: TempDir,
    pub address: String,
    settings: Vec<(String, String)>,
    server: Option<Child>,
}

impl House {
    /// Starts with one hotel, `alpha`, and rates so high that no test meets them by accident.
    pub fn open() -> Self {
        Self::with(&[])
    }

    /// The same with settings of its own (environment variables).
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let mut house = Self::empty(settings);
        house.run(&["hotel", "add", "alpha", "--name", "Hotel Alpha", "--time-zone", "Europe/Zurich"], "");
        house.start();
        house
    }

    /// A database with nothing in it, and no server yet.
    pub fn empty(settings: &[(&str, &str)]) -> Self {
        let generous = [
            ("BELLHOP_ADDR", "127.0.0.1:0"),
            ("BELLHOP_LOG", "warn"),
            ("BELLHOP_LOGINS_PER_MINUTE", "100000"),
            ("BELLHOP_NEW_GUESTS_PER_MINUTE", "1000000"),
            ("BELLHOP_GUEST_MESSAGES_PER_MINUTE", "1000000"),
            ("BELLHOP_COMMANDS_PER_SECOND", "100000"),
            ("BELLHOP_REQUESTS_PER_HOUR", "100000"),
            ("BELLHOP_CALLS_PER_MINUTE", "1000000"),
            ("BELLHOP_GUEST_FILE_MB_PER_HOUR", "100000"),
        ];
        let mut all: Vec<(String, String)> =
            generous.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        for (key, value) in settings {
            all.retain(|(k, _)| k != key);
            all.push((key.to_string(), value.to_string()));
        }
        Self { folder: tempfile::tempdir().unwrap(), address: String::new(), settings: all, server: None }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("bellhop.db")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bellhop"));
        command.args(args).env("BELLHOP_DATABASE_URL", format!("sqlite://{}", self.database().display()));
        command.env("BELLHOP_MAIL_DIR", self.folder.path().join("mail"));
        command.env("BELLHOP_FILES_DIR", self.folder.path().join("files"));
        command.env("BELLHOP_EXPORT_DIR", self.folder.path().join("exports"));
        command.envs(self.settings.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        command
    }

    /// Runs a command of the program; returns whether it succeeded, and what it printed on both streams.
    pub fn try_run(&self, args: &[&str], input: &str) -> (bool, String) {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.success(), text)
    }

    pub fn run(&self, args: &[&str], input: &str) -> String {
        let (succeeded, text) = self.try_run(args, input);
        assert!(succeeded, "bellhop {args:?}: {text}");
        text
    }

    pub fn add_hotel(&self, slug: &str) {
        self.run(&["hotel", "add", slug, "--name", slug, "--time-zone", "UTC"], "");
    }

    /// Adds a person: `kind` is `--agent` or `--manager` with a hotel, or `--admin`.
    pub fn add_staff(&self, name: &str, kind: &[&str]) {
        let email = email(name);
        let args = [&["staff", "add", email.as_str(), "--name", name], kind].concat();
        self.run(&args, &format!("{PASSWORD}\n"));
    }

    pub fn start(&mut self) {
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut server = self.command(&["serve"]).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let line = lines
            .find_map(|line| line.unwrap().strip_prefix("Bellhop listens on http://").map(str::to_owned));
        self.address = line.expect("the server says where it listens");
        // The rest of what it prints is read away, so that a full pipe never stops it.
        std::thread::spawn(move || lines.for_each(drop));
        self.server = Some(server);
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// SIGTERM; returns how long the server took to end, and whether it ended well.
    pub fn stop(&mut self) -> (Duration, bool) {
        let mut server = self.server.take().unwrap();
        let started = std::time::Instant::now();
        Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
        let status = server.wait().unwrap();
        (started.elapsed(), status.success())
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The letters written so far, in no order.
    pub fn letters(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.folder.path().join("mail")) else { return Vec::new() };
        folder.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    /// Changes the database beside the server, as time would.
    pub fn write(&self, statement: &str) {
        let url = format!("sqlite://{}", self.database().display());
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        let write = async move {
            let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
            sqlx::query(statement).execute(&pool).await.unwrap();
            pool.close().await;
        };
        std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(write)
        })
        .join()
        .unwrap();
    }

    /// What one query over the stopped or running database says, read beside it.
    pub fn rows(&self, query: &str) -> Vec<Vec<String>> {
        self.rows_of("bellhop.db", query)
    }

    /// The same of another file of the house.
    pub fn rows_of(&self, file: &str, query: &str) -> Vec<Vec<String>> {
        use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};
        let url = format!("sqlite://{}?mode=ro", self.folder.path().join(file).display());
        let query = sqlx::AssertSqlSafe(query.to_owned());
        let read = async move {
            let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
            let rows = sqlx::query(query).fetch_all(&pool).await.unwrap();
            let text = |row: &sqlx::sqlite::SqliteRow, i: usize| {
                let raw = row.try_get_raw(i).unwrap();
                let kind = raw.type_info().name().to_owned();
                match kind.as_str() {
                    _ if raw.is_null() => String::new(),
                    "INTEGER" | "BOOLEAN" => row.get::<i64, _>(i).to_string(),
                    "BLOB" => row.get::<uuid::Uuid, _>(i).to_string(),
                    _ => row.get::<String, _>(i),
                }
            };
            let all = rows
                .iter()
                .map(|row| row.columns().iter().map(|c| text(row, c.ordinal())).collect())
                .collect();
            pool.close().await;
            all
        };
        // Tests are async already; a thread of its own keeps this callable from anywhere.
        std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(read)
        })
        .join()
        .unwrap()
    }

    pub fn number(&self, query: &str) -> i64 {
        self.rows(query)[0][0].parse().unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

pub fn email(name: &str) -> String {
    format!("{}@hotel.example", name.to_lowercase())
}
