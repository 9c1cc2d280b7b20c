//! A program in a terminal: the output it shows and the answers a user types.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::mem;
use std::num::NonZeroU16;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// The result of running a program in a terminal.
pub struct Shown {
    /// Its exit status.
    pub status: ExitStatus,
    /// All of its output, on standard output and standard error, together with the typed input.
    pub text: Vec<u8>,
    columns: u16,
}

/// Runs the command with a terminal of 80 columns as its standard output. Standard error is no terminal, so it shows no progress.
pub fn show(command: Command) -> Shown {
    show_in(80, command)
}

/// Runs the command with a terminal of this width as its standard output.
pub fn show_in(columns: u16, command: Command) -> Shown {
    Running::start(columns, command).finish()
}

/// Runs the command in a terminal of 80 columns in which a user types this.
pub fn answer(command: Command, typed: &str) -> Shown {
    Running::launch(80, command, Some(typed)).finish()
}

/// A program that runs in a terminal until it is killed.
pub struct Running {
    process: Child,
    master: File,
    text: Vec<u8>,
    columns: u16,
}

impl Running {
    /// Starts the command with a terminal of this width as its standard output.
    pub fn start(columns: u16, command: Command) -> Self {
        Self::launch(columns, command, None)
    }

    fn launch(columns: u16, mut command: Command, typed: Option<&str>) -> Self {
        let (mut master, terminal) = open(columns);
        if let Some(typed) = typed {
            command.stdin(terminal.try_clone().unwrap()).stderr(terminal.try_clone().unwrap());
            master.write_all(typed.as_bytes()).unwrap();
        } else {
            command.stdin(Stdio::null()).stderr(Stdio::null());
        }
        let process = command.stdout(terminal).env("NO_COLOR", "1").spawn().unwrap();
        Self { process, master, text: Vec::new(), columns }
    }

    /// Waits until the program has written this word.
    pub fn wait_for(&mut self, word: &str) {
        while !String::from_utf8_lossy(&self.text).contains(word) {
            let mut bytes = [0; 4096];
            let read = self.master.read(&mut bytes).unwrap();
            self.text.extend(&bytes[..read]);
        }
    }

    /// Kills it.
    pub fn kill(mut self) -> Shown {
        self.process.kill().unwrap();
        self.finish()
    }

    fn finish(mut self) -> Shown {
        // Reading fails (EIO) when no program has the terminal open.
        drop(self.master.read_to_end(&mut self.text));
        let text = mem::take(&mut self.text);
        Shown { status: self.process.wait().unwrap(), text, columns: self.columns }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
    }
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
