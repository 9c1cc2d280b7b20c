//! A program in a terminal: what it shows there, and what somebody answers.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, ExitStatus, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What a program did in a terminal of 80 columns.
pub struct Shown {
    /// How it ended.
    pub status: ExitStatus,
    /// Everything that it wrote, to standard output or standard error, with what was typed in between.
    pub text: Vec<u8>,
}

/// Runs the command whose standard output is a terminal. Standard error is none, and shows no progress.
pub fn show(command: Command) -> Shown {
    run(command, None)
}

/// Runs the command in a terminal in which somebody types this.
pub fn answer(command: Command, typed: &str) -> Shown {
    run(command, Some(typed))
}

fn run(mut command: Command, typed: Option<&str>) -> Shown {
    let (mut master, terminal) = open();
    if let Some(typed) = typed {
        command.stdin(terminal.try_clone().unwrap()).stderr(terminal.try_clone().unwrap());
        master.write_all(typed.as_bytes()).unwrap();
    } else {
        command.stdin(Stdio::null()).stderr(Stdio::null());
    }
    let mut process = command.stdout(terminal).env("NO_COLOR", "1").spawn().unwrap();
    // It holds the terminal open too.
    drop(command);
    let mut text = Vec::new();
    // A terminal in which nothing runs any more fails to be read (EIO).
    drop(master.read_to_end(&mut text));
    Shown { status: process.wait().unwrap(), text }
}

/// A terminal of 80 columns: the end of who looks at it, and that of the program.
fn open() -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    tcsetwinsize(&master, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let terminal =
        OpenOptions::new().read(true).write(true).open(OsStr::from_bytes(name.to_bytes())).unwrap();
    (File::from(master), terminal)
}

impl Shown {
    /// What it wrote, as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.text.clone()).unwrap().replace("\r\n", "\n")
    }
}
