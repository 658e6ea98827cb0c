//! The cloud is killed under a traveller who waits: it comes back and the trip goes on, or it does not and the traveller
//! is told how to go on later.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};

use super::{Cloud, printed, sentence, sojourn};

/// A trip beyond policy, whose traveller waits for the approver and then answers nothing more.
fn waiting(data: &Path, arguments: &[&str]) -> (Child, String) {
    let arguments = [&["book"], arguments].concat();
    let mut child = sojourn(data, &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut answers = child.stdin.take().expect("piped");
    answers.write_all(b"w\n\n").expect("written");
    let mut shown = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    let mut booking = None;
    while !line.contains("must approve") {
        line.clear();
        assert!(shown.read_line(&mut line).expect("text") > 0, "it ended");
        if let Some(id) = line.strip_prefix("Booking ") {
            booking = Some(id.trim().to_owned());
        }
    }
    // Read to its end, or the child would wait for a reader.
    std::thread::spawn(move || shown.read_to_string(&mut String::new()));
    (child, booking.expect("a booking"))
}

fn killed(cloud: Cloud, data: &Path) {
    drop(cloud);
    std::fs::remove_file(data.join("running.json")).expect("the note of the one that was killed");
}

#[test]
fn a_cloud_that_goes_away_is_waited_for_and_not_for_ever() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let cloud = Cloud::start(&data, &log);
    let request = sentence();
    let (child, booking) = waiting(&data, &["--choose", "5", "--reconnect-for", "7", &request]);
    killed(cloud, &data);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(7), "{said}");
    for part in [
        "Connection lost",
        "Still no connection after",
        "Gave up after 7 s",
        &format!("book --resume {booking} --as traveller"),
        &format!("/#/trips/{booking}"),
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }

    // Taken up again; and a cloud that is back, at another address, is found by itself.
    let cloud = Cloud::start(&data, &log);
    let (child, same) = waiting(&data, &["--resume", &booking]);
    assert_eq!(same, booking);
    killed(cloud, &data);
    let cloud = Cloud::start(&data, &log);
    printed(&data, &["approve", &booking, "--as", "manager"]);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Connected again; nothing was lost."), "{said}");
    drop(cloud);
}
