//! Conversations as files: CSV for spreadsheets, JSON Lines for programs, PDF for people.
//!
//! In: a conversation, its entries, who read how far. Out: bytes. Never: a question to the store, or more of
//! a conversation in memory than it is handed.

mod csv;
mod jsonl;
mod pdf;

pub use pdf::{Pictures, pdf};

use crate::store::{AuditLine, Mark};
use domain::{AttachmentId, Conversation, Entry, Hotel};
use std::io::{self, BufRead};

/// The formats in which many conversations are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    JsonLines,
}

impl Format {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Format::Csv),
            "jsonl" => Some(Format::JsonLines),
            _ => None,
        }
    }

    /// Also the ending of the file's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
        }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::JsonLines => "application/jsonl",
        }
    }

    /// What a file begins with.
    pub fn head(self) -> Vec<u8> {
        match self {
            Format::Csv => csv::head(),
            Format::JsonLines => Vec::new(),
        }
    }

    /// A conversation's own line, where the format has one.
    pub fn conversation(self, conversation: &Conversation, hotel: &Hotel, marks: &[Mark]) -> Vec<u8> {
        match self {
            Format::Csv => Vec::new(),
            Format::JsonLines => jsonl::conversation(conversation, hotel, marks),
        }
    }

    /// Some of its entries.
    pub fn entries(
        self,
        conversation: &Conversation,
        hotel: &Hotel,
        entries: &[Entry],
        marks: &[Mark],
    ) -> Vec<u8> {
        match self {
            Format::Csv => csv::entries(conversation, hotel, entries, marks),
            Format::JsonLines => jsonl::entries(conversation, entries),
        }
    }

    /// The files that stand beside words in what was written in this format.
    pub fn files_in(
        self,
        written: impl BufRead + 'static,
    ) -> Box<dyn Iterator<Item = io::Result<AttachmentId>>> {
        match self {
            Format::Csv => Box::new(csv::files_in(written)),
            Format::JsonLines => Box::new(jsonl::files_in(written)),
        }
    }

    /// What a file of the audit trail begins with, and lines of it.
    pub fn audit_head(self) -> Vec<u8> {
        match self {
            Format::Csv => csv::audit_head(),
            Format::JsonLines => Vec::new(),
        }
    }

    pub fn audit(self, lines: &[AuditLine], slug: impl Fn(&AuditLine) -> Option<String>) -> Vec<u8> {
        match self {
            Format::Csv => csv::audit(lines, slug),
            Format::JsonLines => jsonl::audit(lines, slug),
        }
    }
}
