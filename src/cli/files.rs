//! `bellhop files …`

use crate::{failure::Failure, house::House};
use clap::Subcommand;
use std::collections::BTreeSet;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find files that are missing, damaged or left over; the server may run meanwhile
    Check {
        /// Remove what is left over; the server must not run
        #[arg(long)]
        remove: bool,
    },
    /// Bring files that lie in the folder to BELLHOP_FILES_URL; the server may run meanwhile
    Move,
}

pub async fn run(house: &House, command: Command) -> Result<(), Failure> {
    match command {
        Command::Check { remove } => check(house, remove).await,
        Command::Move if house.desk.settings.files.files_url.is_none() => {
            Err("there is no bucket to move files to: BELLHOP_FILES_URL is missing".into())
        }
        Command::Move => {
            println!("{} files moved.", house.desk.files.blobs.gather().await?);
            Ok(())
        }
    }
}

async fn check(house: &House, remove: bool) -> Result<(), Failure> {
    let (blobs, store) = (&house.desk.files.blobs, &house.desk.store);
    // What lies there first: whatever comes meanwhile is noted before it lies there.
    let there = blobs.all().await?;
    let noted: BTreeSet<_> = store.noted_files().await?.into_iter().collect();
    let (mut missing, mut damaged) = (0, 0);
    for hash in &noted {
        match blobs.get(*hash).await {
            Ok(Some(bytes)) if blobs.is_named(*hash, &bytes) => {}
            Ok(Some(_)) => {
                damaged += 1;
                println!("damaged   {hash}");
            }
            Ok(None) => {
                missing += 1;
                println!("missing   {hash}");
            }
            Err(e) => {
                damaged += 1;
                println!("damaged   {hash}: {e}");
            }
        }
    }
    let left_over: Vec<_> = there.difference(&noted).collect();
    for hash in &left_over {
        println!("left over {hash}{}", if remove { ", removed" } else { "" });
        if remove {
            blobs.remove(**hash).await?;
        }
    }
    println!("{} files, {missing} missing, {damaged} damaged, {} left over.", noted.len(), left_over.len());
    match missing + damaged {
        0 => Ok(()),
        n => Err(format!("{n} files cannot be given to anybody; put them back from a backup").into()),
    }
}
