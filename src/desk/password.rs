//! Passwords: argon2id, always off the async threads, and two at a time so that a flood of logins does not starve the
//! desk.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// The fewest characters of a password (NIST SP 800-63B: 8).
pub const SHORTEST: usize = 8;

/// And the most. What is typed to sign in is not looked at beyond 1,024 bytes.
pub const LONGEST: usize = 256;

/// One hash takes 19 MiB and tens of milliseconds; two at once leave the desk its cores.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Something to verify against when there is nobody, so that "no such person" takes as long as "wrong password".
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

pub async fn hash(password: String) -> Result<String, HashError> {
    let _turn = TURNS.acquire().await;
    match tokio::task::spawn_blocking(move || hash_now(&password)).await {
        Ok(hash) => hash,
        Err(e) => Err(HashError(e.to_string())),
    }
}

/// Whether `password` is the one behind `hash`; false if there is no hash, after the same work.
pub async fn matches(password: String, hash: Option<String>) -> bool {
    let _turn = TURNS.acquire().await;
    let verify = move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let Ok(hash) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known
    };
    tokio::task::spawn_blocking(verify).await.unwrap_or(false)
}

fn hash_now(password: &str) -> Result<String, HashError> {
    Ok(Argon2::default().hash_password(password.as_bytes()).map_err(|e| HashError(e.to_string()))?.to_string())
}
