//! The program under load, and what the system says of it.

use super::Failure;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// The password of everybody in a load run.
const PASSWORD: &str = "a password for the load";

/// Somebody whose password is [`PASSWORD`].
pub const PASSWORD_HASH_OF: &str = "admin@load.example";

/// Clock ticks per second of /proc/PID/stat (USER_HZ is 100 on every Linux).
const TICKS: u64 = 100;

pub struct Server {
    pub address: String,
    child: Child,
    _output: BufReader<std::process::ChildStdout>,
    folder: tempfile::TempDir,
}

/// Keeps this client off the server's core, where there are two.
pub fn pin_self() {
    let _ = Command::new("taskset")
        .args(["-pc", "1", &std::process::id().to_string()])
        .stdout(Stdio::null())
        .status();
}

impl Server {
    pub fn start(settings: &[(&str, &str)]) -> Result<Self, Failure> {
        Self::with(settings, |_| Ok(()))
    }

    /// The same with more in the database: `fill` may run the program's own commands before it serves.
    pub fn with(
        settings: &[(&str, &str)],
        fill: impl FnOnce(&dyn Fn(&[&str]) -> Result<(), Failure>) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let database = format!("sqlite://{}", folder.path().join("bellhop.db").display());
        let program = env!("CARGO_BIN_EXE_bellhop");
        let run = |args: &[&str]| -> Result<(), Failure> {
            let mut child = Command::new(program)
                .args(args)
                .env("BELLHOP_DATABASE_URL", &database)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()?;
            child.stdin.take().ok_or("no input")?.write_all(format!("{PASSWORD}\n").as_bytes())?;
            if child.wait()?.success() { Ok(()) } else { Err(format!("bellhop {args:?} failed").into()) }
        };
        run(&["hotel", "add", "load", "--name", "Load", "--time-zone", "UTC"])?;
        fill(&run)?;
        Self::serve(folder, settings)
    }

    fn serve(folder: tempfile::TempDir, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let database = format!("sqlite://{}", folder.path().join("bellhop.db").display());
        let mut child = Command::new("taskset")
            .args(["-c", "0", env!("CARGO_BIN_EXE_bellhop"), "serve"])
            .env("BELLHOP_DATABASE_URL", &database)
            .env("BELLHOP_EXPORT_DIR", folder.path().join("exports"))
            .env("BELLHOP_FILES_DIR", folder.path().join("files"))
            .env("BELLHOP_GUEST_FILE_MB_PER_HOUR", "4000")
            .env("BELLHOP_ADDR", "127.0.0.1:0")
            .env("BELLHOP_LOG", "warn")
            .env("BELLHOP_NEW_GUESTS_PER_MINUTE", "4000000000")
            .env("BELLHOP_GUEST_MESSAGES_PER_MINUTE", "4000000000")
            .env("BELLHOP_COMMANDS_PER_SECOND", "1000000")
            .env("BELLHOP_REQUESTS_PER_HOUR", "100000000")
            .env("BELLHOP_SOCKETS_PER_PERSON", "100000")
            .env("BELLHOP_SOCKETS_PER_ADDRESS", "100000")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        output.read_line(&mut line)?;
        let address = line.trim().strip_prefix("Bellhop listens on http://").ok_or("no address")?.to_owned();
        Ok(Self { address, child, folder, _output: output })
    }

    pub fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("bellhop.db")
    }

    /// Ends the program and keeps its data.
    pub fn stop(&mut self) -> Result<(), Failure> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again.
    pub fn go_on(&mut self, settings: &[(&str, &str)]) -> Result<(), Failure> {
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir()?);
        *self = Self::serve(folder, settings)?;
        Ok(())
    }

    /// A page as somebody who is signed in sees it.
    pub async fn get_as(&self, path: &str, cookie: &str) -> Result<(u16, Vec<u8>), Failure> {
        let (head, body) = self
            .exchange(&format!("GET {path} HTTP/1.0\r\nhost: {}\r\ncookie: {cookie}\r\n\r\n", self.address))
            .await?;
        Ok((head.split(' ').nth(1).ok_or("no status")?.parse()?, body))
    }

    pub async fn post_as(&self, path: &str, form: &str, cookie: &str) -> Result<(), Failure> {
        let head = format!(
            "POST {path} HTTP/1.0\r\nhost: {}\r\ncookie: {cookie}\r\ncontent-type: \
             application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{form}",
            self.address,
            form.len()
        );
        self.exchange(&head).await.map(drop)
    }

    /// Brings a file as a guest and takes it back.
    pub async fn bring(&self, cookie: &str, file: &[u8]) -> Result<(), Failure> {
        let head = |method: &str, path: &str, more: String, length: usize| {
            format!(
                "{method} {path} HTTP/1.0\r\nhost: {}\r\ncookie: {cookie}\r\n{more}content-length: \
                 {length}\r\n\r\n",
                self.address
            )
        };
        let length = format!("upload-length: {}\r\n", file.len());
        let (begun, _) = self.exchange(&head("POST", "/chat/load/files", length, 0)).await?;
        let at = begun.lines().find_map(|line| line.strip_prefix("location: ")).ok_or(begun.clone())?;
        let mut tcp = TcpStream::connect(&self.address).await?;
        let offset = "upload-offset: 0\r\n".to_owned();
        tcp.write_all(head("PATCH", at, offset, file.len()).as_bytes()).await?;
        tcp.write_all(file).await?;
        let mut answer = Vec::new();
        tcp.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if !answer.lines().next().is_some_and(|status| status.contains(" 200")) {
            return Err(answer.into());
        }
        self.exchange(&head("DELETE", at, String::new(), 0)).await.map(drop)
    }

    /// Resident memory in bytes.
    pub fn rss(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse::<u64>()? * 1024)
    }

    /// CPU time used so far, user and system.
    pub fn cpu(&self) -> Result<Duration, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(") ").next().ok_or("no stat")?.split(' ').collect();
        let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        Ok(Duration::from_millis(ticks * 1_000 / TICKS))
    }

    /// One GET, without a library between; returns the body as it came over the wire.
    pub async fn get(&self, path: &str, encoding: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.request(path, encoding).await?.1)
    }

    /// The head of one GET's answer.
    pub async fn head(&self, path: &str) -> Result<String, Failure> {
        Ok(self.request(path, "").await?.0)
    }

    pub async fn guest_cookie(&self) -> Result<String, Failure> {
        let (head, _) = self.request("/chat/load", "").await?;
        let set = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).ok_or("no cookie")?;
        Ok(set.split(';').next().unwrap_or_default().to_owned())
    }

    /// Signs somebody in; returns their cookie.
    pub async fn staff_cookie(&self, email: &str) -> Result<String, Failure> {
        let form = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        let head = format!(
            "POST /login HTTP/1.0\r\nhost: {}\r\ncontent-type: \
             application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.address,
            form.len()
        );
        let (head, _) = self.exchange(&head).await?;
        let set = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).ok_or("not signed in")?;
        Ok(set.split(';').next().unwrap_or_default().to_owned())
    }

    async fn request(&self, path: &str, encoding: &str) -> Result<(String, Vec<u8>), Failure> {
        self.exchange(&format!(
            "GET {path} HTTP/1.0\r\nhost: {}\r\naccept-encoding: {encoding}\r\n\r\n",
            self.address
        ))
        .await
    }

    async fn exchange(&self, request: &str) -> Result<(String, Vec<u8>), Failure> {
        let mut tcp = TcpStream::connect(&self.address).await?;
        tcp.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        tcp.read_to_end(&mut answer).await?;
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").ok_or("no end of head")?;
        Ok((String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end + 4..].to_vec()))
    }

    /// Stores this many entries beside what the load writes, in conversations of a hundred. Written straight
    /// into the database, with the server's own schema, because saying a million messages would take the time
    /// of the whole run.
    pub fn fill(&self, entries: u64) -> Result<(), Failure> {
        let path = self.folder.path().join("bellhop.db");
        let sql = format!(
            "PRAGMA synchronous=OFF; BEGIN;
             CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < \
             {conversations} - 1) SELECT i FROM n;
             INSERT INTO guest (id, created_at) SELECT randomblob(16), i FROM n;
             INSERT INTO conversation (id, hotel, guest, guest_name, guest_language, status, epoch, last_seq,
               last_staff_seq, last_other_seq, rev, opened_at, resolved_at, last_line, last_by, last_at,
               unread, guest_read, staff_read)
               SELECT randomblob(16), (SELECT id FROM hotel), g.id, '', '', 'resolved', 1, 100, 0, 0, 1,
               g.created_at, 1, 'x', 'guest', 1, 0, 0, 0 FROM guest g WHERE g.created_at < {conversations};
             INSERT INTO entry (conversation, seq, kind, by_kind, by_id, by_name, body, client_id, at)
               SELECT c.id, k.i + 1, 'said', 'guest', c.guest, 'Guest',
               'Could we have a late check-out on Sunday, please?', randomblob(16), 1
               FROM conversation c, (SELECT i FROM n WHERE i < 100) k WHERE c.status = 'resolved';
             COMMIT;",
            conversations = (entries / 100).max(100)
        );
        let mut child = Command::new("sqlite3")
            .arg(path)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|_| "`stored` needs the sqlite3 program")?;
        child.stdin.take().ok_or("no input")?.write_all(sql.as_bytes())?;
        assert!(child.wait()?.success());
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The size of `bytes` after `gzip -9`.
pub fn gzip(bytes: &[u8]) -> Result<usize, Failure> {
    let mut child = Command::new("gzip").arg("-9c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(bytes)?;
    let mut out = Vec::new();
    child.stdout.take().ok_or("no output")?.read_to_end(&mut out)?;
    child.wait()?;
    Ok(out.len())
}

/// The built front end's files as they are served, compressed with brotli.
pub fn built_files() -> Result<Vec<(String, u64)>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir("target/site/pkg")? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".br") && !name.contains(".d.") {
            files.push((name, entry.metadata()?.len()));
        }
    }
    files.sort();
    Ok(files)
}
