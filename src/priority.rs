//! What can wait goes behind the desk: reading back, and looking into files. Its threads run when the others
//! have nothing to do.
//!
//! SQLite's work is done on a thread per connection, a file is looked into on one of its own. Linux counts a
//! priority for each thread; elsewhere, and where it is refused, everything runs at the same one, and only
//! the pauses between steps are left.

/// The name of the follower's thread; at most 15 characters, which is what Linux keeps.
pub const FOLLOWER: &str = "bellhop-follow";

/// The name of the threads that answer those who review.
pub const READER: &str = "bellhop-review";

/// Puts the threads of this name behind the others: 0 is as they are, 19 the last.
#[cfg(target_os = "linux")]
pub fn put_behind(name: &str, by: i32) {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return };
    for thread in threads.flatten() {
        let called = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        let id = thread
            .file_name()
            .to_str()
            .and_then(|id| id.parse().ok())
            .and_then(rustix::process::Pid::from_raw);
        if let (true, Some(id)) = (called.trim_end() == name, id)
            && let Err(e) = rustix::process::setpriority_process(Some(id), by)
        {
            tracing::debug!(error = %e, name, "a thread could not be put behind the others");
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub fn put_behind(_: &str, _: i32) {}

/// From here on this thread runs only while no other wants to. A low priority is not enough for work that
/// goes on for a tenth of a second at a time: whoever wakes up meanwhile would wait for the end of its turn.
#[cfg(target_os = "linux")]
pub fn only_when_idle() {
    use thread_priority::{NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy};
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let thread = thread_priority::thread_native_id();
    if let Err(e) = thread_priority::set_thread_priority_and_policy(thread, ThreadPriority::Min, idle) {
        tracing::debug!(error = ?e, "a thread could not be told to run only when nothing else does");
    }
}

#[cfg(not(target_os = "linux"))]
pub fn only_when_idle() {}
