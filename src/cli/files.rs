//! `bellhop files …`

use crate::{blobs::Hash, failure::Failure, house::House};
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
}

pub async fn run(house: &House, Command::Check { remove }: Command) -> Result<(), Failure> {
    let (blobs, store) = (&house.desk.files.blobs, &house.desk.store);
    // What lies there first: whatever comes meanwhile is noted before it lies there.
    let there: BTreeSet<Hash> = blobs.all()?.into_iter().collect();
    let noted: BTreeSet<Hash> = store.noted_files().await?.into_iter().collect();
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
    let left_over: Vec<&Hash> = there.difference(&noted).collect();
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
