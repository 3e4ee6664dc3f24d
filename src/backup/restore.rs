//! The way back of a backup.
//!
//! In: an archive. Out: its database, letters and files where they belong. Never: a database that was not
//! checked first, or one that takes the place of another somebody has open.

use super::{Beside, DATABASE, FORMAT, LIST, List, beside, check, digest, file_of, open, sync_folder};
use crate::{
    blobs::Hash,
    failure::Failure,
    store::{Audit, sqlite},
};
use sqlx::Connection as _;
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

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
