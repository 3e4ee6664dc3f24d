//! A copy of everything, and its way back.
//!
//! In: a database, running or not. Out: one file, a tar archive with the database as it stood at one moment,
//! the letters and the files beside it, and a list of what is in it with its hashes. Never: a restored
//! database that was not checked first, or one that takes the place of another somebody has open. The index
//! of words is not in it; it is drawn again.

use crate::{
    blobs::{Folder, Hash},
    failure::Failure,
    hex::hex,
    store::{Audit, Verdict, sqlite},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
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

/// Checks an archive and puts its database where `url` says. With `replace`, one that is there already is set
/// aside.
pub async fn restore(url: &str, there: Beside<'_>, from: &Path, replace: bool) -> Result<String, Failure> {
    let database = file_of(url)?;
    if database.exists() && !replace {
        let there = database.display();
        return Err(format!("there is a database at {there} already; --replace sets it aside").into());
    }
    if let Some(folder) = database.parent().filter(|f| !f.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let copy = beside(&database, "restore");
    let letters = beside(&database, "restore-mail");
    let files = beside(there.files, "restore");
    for unpacked in [&letters, &files] {
        let _ = fs::remove_dir_all(unpacked);
    }
    let done = async {
        let list = unpack(from, &copy, &letters, &files)?;
        let (migration, entries, lines, head) = check(&copy).await?;
        if (migration, entries, lines, &head)
            != (list.migration, list.entries, list.audit_lines, &list.audit_head)
        {
            return Err("the database in the archive is not the one its list tells of".into());
        }
        if migration > sqlite::newest_migration() {
            return Err(format!(
                "the backup is from a newer Bellhop ({}); restore it with that one",
                list.version
            )
            .into());
        }
        // Files first: what is there and used by nothing harms nobody.
        move_files(&files, there.files)?;
        let made = domain::Millis(list.made_at).iso();
        note(&copy, format!("a backup of {made} with {entries} entries, by Bellhop {}", list.version))
            .await?;
        let aside = if database.exists() { set_aside(&database).await? } else { String::new() };
        sqlite::remove_beside(&database)?;
        fs::rename(&copy, &database)?;
        sync_folder(&database)?;
        if letters.is_dir() {
            fs::create_dir_all(there.mail)?;
            for letter in fs::read_dir(&letters)? {
                let letter = letter?;
                fs::copy(letter.path(), there.mail.join(letter.file_name()))?;
            }
        }
        Ok::<_, Failure>(format!("{entries} entries, {lines} lines of audit trail up to {head}{aside}"))
    }
    .await;
    let _ = fs::remove_file(&copy);
    for unpacked in [&letters, &files] {
        let _ = fs::remove_dir_all(unpacked);
    }
    done
}

/// Takes the files out of an archive, each against its hash.
fn unpack(from: &Path, database: &Path, letters: &Path, files: &Path) -> Result<List, Failure> {
    let file =
        File::open(from).map_err(|e| format!("{:?} cannot be read: {e}", from.display().to_string()))?;
    let mut archive = tar::Archive::new(file);
    let mut list: Option<List> = None;
    let mut seen = 0;
    for entry in archive.entries()? {
        let mut entry = entry.map_err(|e| format!("the archive is damaged: {e}"))?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let Some(known) = &list else {
            if path != LIST {
                return Err("this is not a backup of Bellhop".into());
            }
            let read: List =
                serde_json::from_reader(&mut entry).map_err(|_| "the archive's list cannot be read")?;
            if read.format > FORMAT {
                return Err(format!(
                    "the backup is from a newer Bellhop ({}); restore it with that one",
                    read.version
                )
                .into());
            }
            list = Some(read);
            continue;
        };
        let Some(listed) = known.files.iter().find(|f| f.path == path) else {
            return Err(format!("{path:?} is in the archive, but not in its list").into());
        };
        let to = match path.strip_prefix("mail/") {
            // A name, never a path: an archive must not write elsewhere.
            Some(name) if !name.contains(['/', '\\']) && name != ".." => {
                fs::create_dir_all(letters)?;
                letters.join(name)
            }
            None if is_file_of_ours(&path) => {
                let to = files.join(&path["files/".len()..]);
                fs::create_dir_all(to.parent().unwrap_or(files))?;
                to
            }
            None if path == DATABASE => database.to_path_buf(),
            _ => return Err(format!("{path:?} has no place in a backup").into()),
        };
        let mut file = File::create(&to)?;
        let (bytes, sha256) = digest(&mut Tee { from: &mut entry, to: &mut file })?;
        file.sync_all()?;
        if (bytes, &sha256) != (listed.bytes, &listed.sha256) {
            return Err(format!("{path:?} in the archive is damaged").into());
        }
        seen += 1;
    }
    match list {
        Some(list) if seen == list.files.len() => Ok(list),
        Some(_) => Err("the archive is cut off: files of its list are missing".into()),
        None => Err("this is not a backup of Bellhop".into()),
    }
}

/// `files/ab/abcd…`: a folder and a hash, never another path.
fn is_file_of_ours(path: &str) -> bool {
    path.strip_prefix("files/").is_some_and(|path| Hash::at_path(path).is_some())
}

/// Puts unpacked files where files lie. What is there already is the same.
fn move_files(from: &Path, to: &Path) -> Result<(), Failure> {
    if !from.is_dir() {
        return Ok(());
    }
    for folder in fs::read_dir(from)? {
        let folder = folder?;
        let into = to.join(folder.file_name());
        fs::create_dir_all(&into)?;
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            fs::rename(file.path(), into.join(file.file_name()))?;
        }
        File::open(&into)?.sync_all()?;
    }
    File::open(to)?.sync_all()?;
    Ok(())
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

/// Writes into a database's trail that it was put back: what came after it is in another file.
async fn note(file: &Path, detail: String) -> Result<(), Failure> {
    let mut db = open(file, false).await?;
    let at = domain::Millis(chrono::Utc::now().timestamp_millis());
    let mut step = db.begin().await?;
    sqlite::put_audit(&mut step, Audit { at, what: "restored", by: None, hotel: None, detail }).await?;
    step.commit().await?;
    Ok(db.close().await?)
}

/// Gives a database a second name, to keep it under when another takes its place. Fails while anybody has it
/// open, for leaving WAL mode needs it alone.
async fn set_aside(database: &Path) -> Result<String, Failure> {
    let mut db = open(database, false).await?;
    let alone = sqlx::query_scalar::<_, String>("PRAGMA journal_mode = DELETE").fetch_one(&mut db).await;
    let _ = db.close().await;
    if alone.is_ok_and(|mode| mode == "delete") {
        let aside = beside(database, &format!("before-{}", chrono::Utc::now().format("%Y%m%dT%H%M%S")));
        if aside.exists() {
            return Err(format!("{} is there already; wait a second", aside.display()).into());
        }
        // Whenever the power goes, there is a database under the first name. Not every file system has links.
        fs::hard_link(database, &aside).or_else(|_| fs::rename(database, &aside))?;
        return Ok(format!("; what was there lies in {}", aside.display()));
    }
    Err("the database is in use; stop the server first".into())
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

/// Writes what is read from it.
struct Tee<'a, R, W> {
    from: &'a mut R,
    to: &'a mut W,
}

impl<R: Read, W: Write> Read for Tee<'_, R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.to.write_all(&buffer[..n])?;
        Ok(n)
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
