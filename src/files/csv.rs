//! Comma-separated values (RFC 4180), one line for each entry. For spreadsheets: with a byte order mark,
//! without which they take UTF-8 for something else.

use crate::{
    hex::hex,
    store::{AuditLine, Mark},
};
use domain::{AttachmentId, Conversation, Entry, Hotel, Millis};
use std::io::{self, Read};

const COLUMNS: [&str; 17] = [
    "hotel",
    "conversation",
    "guest",
    "room",
    "status",
    "rating",
    "tags",
    "opened_at",
    "seq",
    "at",
    "kind",
    "by_kind",
    "by",
    "body",
    "to",
    "read_by",
    "files",
];

const AUDIT: [&str; 8] = ["seq", "at", "what", "by", "by_id", "hotel", "detail", "hash"];

pub(super) fn head() -> Vec<u8> {
    names(COLUMNS)
}

pub(super) fn audit_head() -> Vec<u8> {
    names(AUDIT)
}

/// The line of the columns' names, behind the mark.
fn names<const N: usize>(columns: [&str; N]) -> Vec<u8> {
    let mut bytes = "\u{FEFF}".as_bytes().to_vec();
    bytes.extend(lines([columns.map(str::to_owned)]));
    bytes
}

pub(super) fn entries(c: &Conversation, hotel: &Hotel, entries: &[Entry], marks: &[Mark]) -> Vec<u8> {
    lines(entries.iter().map(|e| {
        let read = Mark::of(marks, e.seq)
            .iter()
            .map(|mark| format!("{} {}", mark.name.as_deref().unwrap_or("guest"), stamp(mark.at)));
        [
            hotel.slug.clone(),
            c.id.to_string(),
            c.label(),
            c.room().unwrap_or_default(),
            c.status.as_str().to_owned(),
            c.rating.map(|n| n.to_string()).unwrap_or_default(),
            c.tags.join(", "),
            stamp(c.opened_at),
            e.seq.to_string(),
            stamp(e.at),
            e.kind.as_str().to_owned(),
            e.by.kind.as_str().to_owned(),
            if e.by.is_guest() { c.label() } else { e.by.name.clone() },
            e.body.clone(),
            e.to.as_ref().map(|p| p.name.clone()).unwrap_or_default(),
            read.collect::<Vec<_>>().join("; "),
            e.files
                .iter()
                .map(|file| format!("{} /files/{}", file.label(), file.id))
                .collect::<Vec<_>>()
                .join("; "),
        ]
    }))
}

/// The ids of the files in what `entries` wrote.
pub(super) fn files_in(written: impl Read) -> impl Iterator<Item = io::Result<AttachmentId>> {
    ::csv::Reader::from_reader(written).into_records().flat_map(|row| match row {
        Ok(row) => {
            let files = row.get(COLUMNS.len() - 1).unwrap_or_default();
            // `Photo /files/ID; Menu.pdf /files/ID`; a name has no slash in it.
            files.split("/files/").skip(1).filter_map(|id| id.get(..36)?.parse().ok()).map(Ok).collect()
        }
        Err(e) => vec![Err(e.into())],
    })
}

pub(super) fn audit(trail: &[AuditLine], slug: impl Fn(&AuditLine) -> Option<String>) -> Vec<u8> {
    lines(trail.iter().map(|line| {
        [
            line.seq.to_string(),
            stamp(line.at),
            line.what.clone(),
            line.by_name.clone().unwrap_or_default(),
            line.by.map(|id| id.to_string()).unwrap_or_default(),
            slug(line).unwrap_or_default(),
            line.detail.clone(),
            hex(&line.hash),
        ]
    }))
}

fn lines<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing into memory does not fail.
        let _ = writer.write_record(row.map(inert));
    }
    writer.into_inner().unwrap_or_default()
}

/// A spreadsheet takes text that begins so for a formula, and a guest could have it computed on the reader's
/// machine.
fn inert(cell: String) -> String {
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@');
    let mut text = String::with_capacity(cell.len());
    let mut begins = true;
    for c in cell.chars() {
        if begins && (formula(c) || text.is_empty() && matches!(c, '\t' | '\r')) {
            text.push('\'');
        }
        text.push(c);
        // Where lists are separated by `;`, a spreadsheet takes what follows one, or a line's end, for the
        // next cell; quotes around nothing are nothing to it.
        begins = matches!(c, ';' | '\n' | '\r' | '\t') || begins && matches!(c, ' ' | '"');
    }
    text
}

/// To the millisecond, in UTC.
fn stamp(at: Millis) -> String {
    let iso = at.iso();
    format!("{}.{:03}Z", iso.trim_end_matches('Z'), at.0.rem_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_guest_wrote_is_text_in_a_spreadsheet_whatever_it_looks_like() {
        let row = |cell: &str| String::from_utf8(lines([[cell.to_owned()]])).unwrap();
        assert_eq!(row("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"\r\n");
        assert_eq!(row("@SUM(1)"), "'@SUM(1)\r\n");
        assert_eq!(row("hi;=1+1"), "hi;'=1+1\r\n");
        assert_eq!(row("hi\n =1"), "\"hi\n '=1\"\r\n");
        assert_eq!(row("hi;\"=1+1"), "\"hi;\"\"'=1+1\"\r\n");
        assert_eq!(row("\"\"=1+1"), "\"\"\"\"\"'=1+1\"\r\n");
        assert_eq!(row("1-2=3"), "1-2=3\r\n");
        assert_eq!(row("two\nlines, one \"cell\""), "\"two\nlines, one \"\"cell\"\"\"\r\n");
        assert_eq!(row("東京"), "東京\r\n");
        assert_eq!(stamp(Millis(1_772_322_245_007)), "2026-02-28T23:44:05.007Z");
    }
}
