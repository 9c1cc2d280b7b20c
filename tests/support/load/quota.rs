//! The share of a processor that Lambda gives a function of some memory, by a control group. Needs root on Linux.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Memory with which a function has one processor, in MB
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
const MB_PER_PROCESSOR: u64 = 1_769;

/// The time in which a group has its share, in microseconds.
const PERIOD: u64 = 20_000;

const ROOT: &str = "/sys/fs/cgroup";

/// The control group of one sandbox, which is removed when this is dropped.
pub struct Quota(PathBuf);

impl Quota {
    /// Makes a group with the share of this memory in MB. Version 2 of control groups has one hierarchy
    /// (<https://docs.kernel.org/admin-guide/cgroup-v2.html>), version 1 one for each controller.
    ///
    /// # Errors
    ///
    /// The groups are not this program's to change.
    pub fn of(memory: u64) -> io::Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("mailhooks-load-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let quota = PERIOD * memory / MB_PER_PROCESSOR;
        let root = Path::new(ROOT);
        let is_v2 = root.join("cgroup.controllers").exists();
        let group = Self(if is_v2 { root.join(name) } else { root.join("cpu").join(name) });
        if is_v2 {
            fs::write(root.join("cgroup.subtree_control"), "+cpu")?;
        }
        fs::create_dir(&group.0)?;
        if is_v2 {
            fs::write(group.0.join("cpu.max"), format!("{quota} {PERIOD}"))?;
        } else {
            fs::write(group.0.join("cpu.cfs_period_us"), PERIOD.to_string())?;
            fs::write(group.0.join("cpu.cfs_quota_us"), quota.to_string())?;
        }
        Ok(group)
    }

    /// Limits a process from now on.
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub fn limit(&self, process: u32) -> io::Result<()> {
        fs::write(self.0.join("cgroup.procs"), process.to_string())
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // A group with a process cannot be removed, and its process ends about now.
        for _ in 0..1_000_000 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::yield_now();
        }
    }
}
