//! A copy of everything; its way back is [`restore`]'s.
//!
//! In: a database, running or not. Out: one file, a tar archive with the database as it stood at one moment,
//! the letters and the files beside it, and a list of what is in it with its hashes. Never: the index of
//! words; it is drawn again.

mod restore;

pub use self::restore::restore;

use crate::{
    blobs::{Folder, Hash},
    failure::Failure,
    hex::hex,
    store::{Verdict, sqlite},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    str::FromStr as _,
    time::Duration,
};

/// Of the archive. A newer one is not understood.
const FORMAT: u32 = 2;

/// The migration from which on there is a chained audit trail.
const CHAINED: i64 = 3;

const LIST: &str = "backup.json";
const DATABASE: &str = "bellhop.db";

/// What is in an archive; its first file.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    format: u32,
    /// The program that made it.
    version: String,
    /// Milliseconds since 1970, UTC.
    made_at: i64,
    /// The newest migration of the database.
    migration: i64,
    entries: i64,
    audit_lines: i64,
    audit_head: String,
    files: Vec<Listed>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Listed {
    path: String,
    bytes: u64,
    sha256: String,
}

/// The file behind a database address.
fn file_of(url: &str) -> Result<PathBuf, Failure> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|_| format!("the database address {url:?} is not understood"))?;
    Ok(options.get_filename().to_path_buf())
}

async fn open(file: &Path, read_only: bool) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .read_only(read_only)
        .busy_timeout(Duration::from_secs(2))
        .disable_statement_logging()
        .connect()
        .await
}

/// What lies beside a database.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// Where letters are written while there is no mail server.
    pub mail: &'a Path,
    /// Where files lie that people send.
    pub files: &'a Path,
    /// Whether files lie in a bucket instead, which keeps them itself.
    pub bucket: bool,
}

/// Writes everything into `to`, which must not exist. The server may go on meanwhile.
pub async fn backup(url: &str, there: Beside<'_>, to: &Path) -> Result<String, Failure> {
    let database = file_of(url)?;
    if !database.exists() {
        return Err(format!("there is no database {:?}", database.display().to_string()).into());
    }
    if to.exists() {
        return Err(
            format!("{:?} exists already; a backup overwrites nothing", to.display().to_string()).into()
        );
    }
    let copy = beside(to, "database");
    let part = beside(to, "part");
    let made = write_archive(&database, there, &copy, &part).await;
    let _ = fs::remove_file(&copy);
    let (list, missing) = match made {
        Ok(made) => made,
        Err(e) => {
            let _ = fs::remove_file(&part);
            return Err(e);
        }
    };
    fs::rename(&part, to)?;
    sync_folder(to)?;
    let missing = match missing {
        0 => String::new(),
        n if there.bucket => format!("; {n} files of it stay where they are, in their bucket"),
        n => format!("; {n} files of it were not there: `bellhop files check` says more"),
    };
    Ok(format!(
        "{} entries, {} lines of audit trail up to {}{missing}",
        list.entries, list.audit_lines, list.audit_head
    ))
}

/// The list of what is in it, and how many files are not that should be.
async fn write_archive(
    database: &Path,
    there: Beside<'_>,
    copy: &Path,
    part: &Path,
) -> Result<(List, usize), Failure> {
    let mail = there.mail;
    let _ = fs::remove_file(copy);
    // Of hashes of passwords nobody else reads, not even while it is made.
    File::options().write(true).create_new(true).mode(0o600).open(copy)?;
    // One read transaction: a copy of one moment, without what was deleted, whatever is written meanwhile.
    let mut db = open(database, false).await?;
    sqlx::query("VACUUM INTO $1").bind(copy.display().to_string()).execute(&mut db).await?;
    db.close().await?;
    let (migration, entries, audit_lines, audit_head) = check(copy).await?;

    let mut files = vec![(DATABASE.to_owned(), copy.to_path_buf())];
    if mail.is_dir() {
        for letter in fs::read_dir(mail)? {
            let letter = letter?;
            if letter.file_type()?.is_file() {
                files.push((format!("mail/{}", letter.file_name().to_string_lossy()), letter.path()));
            }
        }
    }
    // Letters are small and may change meanwhile: what is hashed is what goes in.
    let mut letters = Vec::new();
    for (path, file) in files.drain(1..) {
        letters.push((path, fs::read(file)?));
    }
    let (bytes, sha256) = digest(&mut File::open(copy)?)?;
    let mut listed = vec![Listed { path: DATABASE.to_owned(), bytes, sha256 }];
    for (path, letter) in &letters {
        let (bytes, sha256) = digest(&mut letter.as_slice())?;
        listed.push(Listed { path: path.clone(), bytes, sha256 });
    }
    // What a hash names never changes, so a file is read twice: once for the list, once for the archive.
    let folder = Folder::new(&there.files.to_string_lossy());
    let (mut files, mut missing) = (Vec::new(), 0);
    for hash in noted(copy).await? {
        let found = folder.find(hash).and_then(|path| {
            let (bytes, sha256) = digest(&mut File::open(&path).ok()?).ok()?;
            let below = path.strip_prefix(there.files).ok()?.to_string_lossy().into_owned();
            Some((Listed { path: format!("files/{below}"), bytes, sha256 }, path))
        });
        match found {
            Some((one, path)) => {
                files.push((one.path.clone(), path));
                listed.push(one);
            }
            None => missing += 1,
        }
    }
    let list = List {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: chrono::Utc::now().timestamp_millis(),
        migration,
        entries,
        audit_lines,
        audit_head,
        files: listed,
    };
    // Hashes of passwords and the keys of hotels are in it.
    let mut archive = tar::Builder::new(File::options().write(true).create_new(true).mode(0o600).open(part)?);
    let mut put = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, path, bytes)
    };
    put(LIST, &serde_json::to_vec_pretty(&list)?)?;
    for (path, letter) in &letters {
        put(path, letter)?;
    }
    archive.append_path_with_name(copy, DATABASE)?;
    for (path, file) in &files {
        archive.append_path_with_name(file, path)?;
    }
    archive.into_inner()?.sync_all()?;
    Ok((list, missing))
}

/// The files that a database knows of.
async fn noted(database: &Path) -> Result<Vec<Hash>, Failure> {
    let mut db = open(database, true).await?;
    let noted = sqlite::noted_files(&mut db).await?;
    db.close().await?;
    Ok(noted)
}

/// Whether a database is whole: its newest migration, how many entries, the trail's length and head.
async fn check(file: &Path) -> Result<(i64, i64, i64, String), Failure> {
    let mut db = open(file, true).await?;
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_all(&mut db).await?;
    if found != ["ok"] {
        return Err(format!("the database is damaged: {}", found.join("; ")).into());
    }
    let migration: i64 =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut db).await?;
    if migration < CHAINED {
        return Err(
            "the database is from an older Bellhop; bring it up to date first (bellhop migrate)".into()
        );
    }
    let entries: i64 = sqlx::query_scalar("SELECT count(*) FROM entry").fetch_one(&mut db).await?;
    let gaps: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM conversation c WHERE c.joined_to IS NULL AND c.last_seq <> (SELECT count(*) \
         FROM entry e WHERE e.conversation = c.id)",
    )
    .fetch_one(&mut db)
    .await?;
    if gaps > 0 {
        return Err(format!("{gaps} conversations have gaps").into());
    }
    let verdict = sqlite::verify_trail(&mut db, None).await?;
    db.close().await?;
    match verdict {
        Verdict::Whole { lines, head } => Ok((migration, entries, lines, head)),
        Verdict::Broken { seq, why } => Err(format!("line {seq} of the audit trail: {why}").into()),
    }
}

/// `to.tar` → `to.tar.part`.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Length and SHA-256 of all there is to read.
fn digest(from: &mut impl Read) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let n = from.read(&mut buffer)?;
        if n == 0 {
            return Ok((bytes, hex(&hasher.finalize())));
        }
        hasher.update(&buffer[..n]);
        bytes += n as u64;
    }
}

/// Goes through the audit trail of a database, running or not. With `expect`, a hash noted earlier must be in
/// it.
pub async fn verify(url: &str, expect: Option<&str>) -> Result<String, Failure> {
    let file = file_of(url)?;
    let mut db = open(&file, true).await.map_err(|e| format!("{} cannot be read: {e}", file.display()))?;
    let verdict = sqlite::verify_trail(&mut db, expect).await?;
    db.close().await?;
    match verdict {
        Verdict::Whole { lines, head } => {
            Ok(format!("The audit trail is whole: {lines} lines, the last one {head}"))
        }
        Verdict::Broken { seq, why } => Err(format!("the audit trail is broken at line {seq}: {why}").into()),
    }
}
