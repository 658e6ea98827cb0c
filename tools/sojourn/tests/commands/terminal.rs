//! A traveller at a terminal: the screen as they see it, their keys, and the status they leave with.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use vt100::Parser;

use super::{Cloud, LOOK, PATIENCE, sentence, sojourn};

/// High enough for all options at once.
const ROWS: u16 = 70;
const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";

struct Terminal {
    child: Child,
    keys: File,
    written: Arc<Mutex<Written>>,
}

/// What the command wrote, as it came and as it looks.
struct Written {
    bytes: Vec<u8>,
    screen: Parser,
}

impl Terminal {
    /// `book` for the usual sentence, of a cloud that runs on `data`.
    fn booking(data: &Path, columns: u16, environment: &[(&str, &str)]) -> Self {
        let (ours, theirs) = pair(columns);
        let theirs = || theirs.try_clone().expect("a file");
        let mut command = sojourn(data, &["book", &sentence()]);
        command.stdin(theirs()).stdout(theirs()).stderr(theirs());
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        command.envs(environment.iter().copied());
        let child = command.spawn().expect("the command runs");
        let written = Arc::new(Mutex::new(Written {
            bytes: Vec::new(),
            screen: screen(columns),
        }));
        let shared = Arc::clone(&written);
        let mut output = ours.try_clone().expect("a file");
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut written = shared.lock().expect("no reader panics");
                written.bytes.extend(&buffer[..count]);
                written.screen.process(&buffer[..count]);
            }
        });
        Self {
            child,
            keys: ours,
            written,
        }
    }

    fn screen(&self) -> String {
        self.written
            .lock()
            .expect("no reader panics")
            .screen
            .screen()
            .contents()
    }

    /// Waits until the screen shows it.
    #[allow(clippy::disallowed_methods, reason = "the real binary runs by the real clock")]
    fn shows(&mut self, what: &str) -> String {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let ended = self.child.try_wait().expect("a child");
            std::thread::sleep(LOOK);
            let screen = self.screen();
            if screen.contains(what) {
                return screen;
            }
            assert!(
                ended.is_none(),
                "{ended:?} without {what:?} on the screen:\n{screen}"
            );
        }
        panic!("{what:?} is not on the screen:\n{}", self.screen());
    }

    fn press(&mut self, key: &str) {
        self.keys.write_all(key.as_bytes()).expect("a terminal");
        self.keys.flush().expect("a terminal");
    }

    /// Its status, and all that it wrote.
    fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("a child").code();
        // The last of it may still be under way.
        std::thread::sleep(LOOK);
        let written = self.written.lock().expect("no reader panics");
        (status, String::from_utf8_lossy(&written.bytes).into_owned())
    }
}

fn screen(columns: u16) -> Parser {
    let size = |length| NonZero::new(length).expect("not nothing");
    Parser::new(size(ROWS), size(columns), 0)
}

/// The two ends of a terminal: whoever sits before it, and the command's.
fn pair(columns: u16) -> (File, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
    grantpt(&ours).expect("a terminal");
    unlockpt(&ours).expect("a terminal");
    let size = Winsize {
        ws_row: ROWS,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&ours, size).expect("a terminal");
    let name = ptsname(&ours, Vec::new()).expect("its name").into_bytes();
    let theirs = OpenOptions::new()
        .read(true)
        .write(true)
        .open(OsString::from_vec(name))
        .expect("its other end");
    (ours.into(), theirs)
}

/// Whether anything was written in colour: an escape sequence that ends in `m` and does more than to begin anew.
fn coloured(text: &str) -> bool {
    text.split("\x1b[").skip(1).any(|rest| {
        let end = rest.find(|letter: char| letter.is_ascii_alphabetic());
        end.is_some_and(|end| rest[end..].starts_with('m') && rest[..end] != *"0")
    })
}

#[test]
fn a_trip_is_booked_with_the_arrow_keys_on_a_narrow_screen_too() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let _cloud = Cloud::start(&data, &log);
    for columns in [100, 50] {
        let mut terminal = Terminal::booking(&data, columns, &[]);
        let screen = terminal.shows("Arrow keys or a number");
        assert!(screen.contains("> [1]"), "{screen}");
        assert!(
            !screen.contains('…'),
            "at {columns} columns something is cut:\n{screen}"
        );
        terminal.press(DOWN);
        terminal.shows("> [2]");
        terminal.press(DOWN);
        let screen = terminal.shows("> [3]");
        assert_eq!(
            screen.matches("> [").count(),
            1,
            "drawn over, not again:\n{screen}"
        );
        terminal.press(UP);
        terminal.shows("> [2]");
        terminal.press(ENTER);
        terminal.shows("Taking option 2");
        terminal.shows("Buy it? [Y/n]");
        terminal.press(ENTER);
        terminal.shows("Confirmed for");
        let (status, written) = terminal.end();
        assert_eq!(status, Some(0), "{written}");
        assert!(coloured(&written), "a terminal has colours:\n{written}");
    }
}

#[test]
fn without_colour_nothing_is_coloured_and_leaving_says_what_becomes_of_the_trip() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let _cloud = Cloud::start(&data, &log);
    let mut terminal = Terminal::booking(&data, 80, &[("NO_COLOR", "1")]);
    terminal.shows("Arrow keys or a number");
    terminal.press(CTRL_C);
    terminal.shows("Left without choosing.");
    let (status, written) = terminal.end();
    assert_eq!(status, Some(130), "{written}");
    assert!(!coloured(&written), "{written:?}");
    assert!(written.contains("\x1b[?25h"), "the cursor is back: {written:?}");
    assert!(written.contains("goes on as far as it can"), "{written}");
}
