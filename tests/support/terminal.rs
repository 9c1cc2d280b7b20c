//! A program in a terminal: what it shows there, and what somebody answers.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, ExitStatus, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What a program did in a terminal.
pub struct Shown {
    /// How it ended.
    pub status: ExitStatus,
    /// Everything that it wrote, to standard output or standard error, with what was typed in between.
    pub text: Vec<u8>,
    columns: u16,
}

/// Runs the command with a terminal of 80 columns as its standard output. Standard error is no terminal, so it shows no progress.
pub fn show(command: Command) -> Shown {
    show_in(80, command)
}

/// Runs the command with a terminal of so many columns as its standard output.
pub fn show_in(columns: u16, command: Command) -> Shown {
    run(columns, command, None)
}

/// Runs the command in a terminal of 80 columns in which a user types this.
pub fn answer(command: Command, typed: &str) -> Shown {
    run(80, command, Some(typed))
}

fn run(columns: u16, mut command: Command, typed: Option<&str>) -> Shown {
    let (mut master, terminal) = open(columns);
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
    Shown { status: process.wait().unwrap(), text, columns }
}

/// Both ends of a terminal: the emulator's and the program's.
fn open(columns: u16) -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    tcsetwinsize(&master, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
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

    /// The lines that the terminal displays, as an emulator wraps them.
    pub fn screen(&self) -> Vec<String> {
        let [rows, columns] = [2_000, self.columns].map(|size| NonZeroU16::new(size).unwrap());
        let mut emulator = vt100::Parser::new(rows, columns, 0);
        emulator.process(&self.text);
        emulator.screen().rows(0, self.columns).map(|row| row.trim_end().to_owned()).collect()
    }
}
