//! Passwords: argon2id on two threads of their own, so that a flood of logins neither starves the desk nor
//! keeps memory.
//!
//! In: passwords, from as many requests at once as may wait. Out: hashes, and whether one fits. Never: more
//! than two hashes at a time, a queue without an end, or memory that is kept once nobody signs in any more.

use argon2::{
    Argon2, Block, Params,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Condvar, LazyLock, Mutex, PoisonError},
    thread,
    time::Duration,
};
use tokio::sync::oneshot;

/// The fewest characters of a password (NIST SP 800-63B: 8).
pub const SHORTEST: usize = 8;

/// And the most. What is typed to sign in is not looked at beyond 1,024 bytes.
pub const LONGEST: usize = 256;

/// One hash takes 19 MiB and tens of milliseconds; two at once leave the desk its cores.
const THREADS: usize = 2;

/// Requests that may wait for their turn: some seconds' worth. Whoever comes then is told to try again,
/// instead of waiting for a login that takes half a minute.
const WAITING: usize = 128;

/// A thread that had nothing to do for this long gives its memory back.
const IDLE: Duration = Duration::from_secs(10);

/// Blocks (of 1 KiB) set aside at once. Beyond 32 MiB glibc maps a piece of memory by itself and unmaps it
/// when it is given back (mallopt(3), M_MMAP_THRESHOLD); a smaller one it would keep. What is not used of it
/// takes no memory.
const ROOM: usize = 33 * 1024;

/// Hashed when there is nobody, so that "no such person" takes as long as "wrong password".
const NOBODY: &[u8] = b"nobody has this password";

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    #[error("too many passwords are waiting to be checked")]
    Busy,
    #[error("the password could not be hashed: {0}")]
    Failed(String),
}

/// The hash of a new password, as a PHC string.
pub async fn hash(password: String) -> Result<String, HashError> {
    on_a_thread(move |memory| hash_now(password.as_bytes(), memory)).await?
}

/// Whether `password` is the one behind `hash`; false if there is no hash, after the same work.
pub async fn matches(password: String, hash: Option<String>) -> Result<bool, HashError> {
    on_a_thread(move |memory| match hash {
        Some(hash) => verify_now(password.as_bytes(), &hash, memory),
        None => hash_now(NOBODY, memory).map(|_| false),
    })
    .await?
}

type Memory = Vec<Block>;
type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The jobs that wait, and the threads that do them for as long as the program runs.
static QUEUE: LazyLock<Queue> = LazyLock::new(|| {
    for _ in 0..THREADS {
        thread::spawn(|| QUEUE.work());
    }
    Queue::default()
});

#[derive(Default)]
struct Queue {
    jobs: Mutex<VecDeque<Job>>,
    more: Condvar,
}

impl Queue {
    fn push(&self, job: Job) -> Result<(), HashError> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= WAITING {
            return Err(HashError::Busy);
        }
        jobs.push_back(job);
        self.more.notify_one();
        Ok(())
    }

    fn work(&self) {
        let mut memory = Memory::new();
        loop {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let (mut jobs, waited) = self
                .more
                .wait_timeout_while(jobs, IDLE, |jobs| jobs.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            let job = jobs.pop_front();
            drop(jobs);
            match job {
                // A thread that ended with one password would be missing for all that follow.
                Some(job) => drop(catch_unwind(AssertUnwindSafe(|| job(&mut memory)))),
                None if waited.timed_out() => memory = Memory::new(),
                None => {}
            }
        }
    }
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce(&mut Memory) -> T + Send + 'static,
) -> Result<T, HashError> {
    let (reply, done) = oneshot::channel();
    QUEUE.push(Box::new(move |memory| {
        // Whoever asked may have gone away meanwhile.
        if !reply.is_closed() {
            let _ = reply.send(work(memory));
        }
    }))?;
    done.await.map_err(|e| HashError::Failed(e.to_string()))
}

fn hash_now(password: &[u8], memory: &mut Memory) -> Result<String, HashError> {
    let salt = Salt::generate();
    let (argon2, params) = (Argon2::default(), Params::DEFAULT);
    let hash = Some(output(&argon2, &params, password, &salt, Params::DEFAULT_OUTPUT_LEN, memory)?);
    let params = ParamsString::try_from(&params).map_err(failed)?;
    let hash = PasswordHash {
        algorithm: argon2::Algorithm::Argon2id.ident(),
        version: Some(argon2::Version::V0x13.into()),
        params,
        salt: Some(salt),
        hash,
    };
    Ok(hash.to_string())
}

/// As it was hashed: with the parameters the hash itself names.
fn verify_now(password: &[u8], hash: &str, memory: &mut Memory) -> Result<bool, HashError> {
    let hash = PasswordHash::new(hash).map_err(failed)?;
    let (Some(salt), Some(right)) = (hash.salt, hash.hash) else { return Ok(false) };
    let params = Params::try_from(&hash).map_err(failed)?;
    let algorithm = argon2::Algorithm::new(hash.algorithm.as_str()).map_err(failed)?;
    let version =
        hash.version.map(argon2::Version::try_from).transpose().map_err(failed)?.unwrap_or_default();
    let argon2 = Argon2::new(algorithm, version, params.clone());
    // Compared in constant time: that is what equality of two outputs is.
    Ok(output(&argon2, &params, password, &salt, right.len(), memory)? == right)
}

fn output(
    argon2: &Argon2<'_>,
    params: &Params,
    password: &[u8],
    salt: &Salt,
    length: usize,
    memory: &mut Memory,
) -> Result<Output, HashError> {
    let blocks = params.block_count();
    memory.reserve_exact(blocks.max(ROOM).saturating_sub(memory.len()));
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let mut buffer = [0; Output::MAX_LENGTH];
    let out = buffer.get_mut(..length).ok_or_else(|| failed("a hash that is too long"))?;
    argon2.hash_password_into_with_memory(password, salt, out, &mut memory[..blocks]).map_err(failed)?;
    Output::new(out).map_err(failed)
}

fn failed(why: impl ToString) -> HashError {
    HashError::Failed(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordVerifier as _;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_no_other() {
        let hashed = hash("correct horse".into()).await.unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", hashed.as_str()).is_ok(), "{hashed}");
        assert!(matches("correct horse".into(), Some(hashed.clone())).await.unwrap());
        assert!(!matches("correct horsf".into(), Some(hashed)).await.unwrap());
        assert!(!matches("nobody has this password".into(), None).await.unwrap());
        // Made with other parameters, and by the library itself.
        let other = "$argon2id$v=19$m=16,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$B9G0Pz3oTIvmfbMwJOTz0w";
        let fits = Argon2::default().verify_password(b"correct horse", other).is_ok();
        assert_eq!(matches("correct horse".into(), Some(other.into())).await.unwrap(), fits);
        assert!(matches("x".into(), Some("not a hash".into())).await.is_err());
    }

    #[tokio::test]
    async fn whoever_comes_when_too_many_wait_is_told_at_once_and_the_others_are_served() {
        let all = (0..WAITING + 64).map(|_| matches("a guess".into(), None));
        let answers = futures::future::join_all(all).await;
        let busy = answers.iter().filter(|a| matches!(a, Err(HashError::Busy))).count();
        assert!((1..=64).contains(&busy), "{busy} of {} were told to come again", answers.len());
        assert!(!matches("a guess".into(), None).await.unwrap(), "and it goes on");
    }
}
