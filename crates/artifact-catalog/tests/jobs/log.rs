use std::{
    io::Write as _,
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant},
};

use rbee_hive_artifact_catalog::{
    ErrorKind, Event, JobLog, JobLogReader, LoggedEvent, Outcome, Step, Stream, parse_frames,
};
use tempfile::TempDir;

const STEP: Step = Step::Build;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs/a/events");
    (folder, path)
}

fn line(text: &str) -> Event {
    Event::Output { step: STEP, stream: Stream::Stdout, line: text.to_owned() }
}

fn progress(step: Step, done: u64) -> Event {
    Event::Progress { step, done, total: Some(100) }
}

/// Everything after a number, in reads of this many bytes.
fn read(path: &std::path::Path, after: u64, limit: usize) -> Vec<LoggedEvent> {
    let mut reader = JobLogReader::open(path);
    reader.after(after).unwrap();
    let mut events = Vec::new();
    loop {
        let frames = reader.read(limit).unwrap();
        if frames.is_empty() {
            return events;
        }
        events.extend(parse_frames(&frames));
    }
}

fn numbers(events: &[LoggedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.number).collect()
}

#[test]
fn a_log_is_read_while_it_is_written() {
    let (_folder, path) = place();
    let mut reader = JobLogReader::open(&path);
    assert!(reader.read(1000).unwrap().is_empty(), "there is no file yet");
    let mut log = JobLog::open(&path).unwrap();
    assert_eq!(log.append(&line("one")).unwrap(), 1);
    assert_eq!(numbers(&parse_frames(&reader.read(1000).unwrap()).collect::<Vec<_>>()), [1]);
    for text in ["two", "three", "four"] {
        log.append(&line(text)).unwrap();
    }
    assert_eq!(log.flush().unwrap(), 4);
    assert_eq!(
        numbers(&parse_frames(&reader.read(1).unwrap()).collect::<Vec<_>>()).first(),
        Some(&2)
    );
    assert_eq!(reader.last().unwrap().unwrap().number, 4);
    log.append(&Event::Ended(Outcome::Cancelled)).unwrap();
    assert_eq!(log.append(&line("too late")).unwrap(), 5);
    let all = read(&path, 0, 1);
    assert_eq!(numbers(&all), [1, 2, 3, 4, 5]);
    assert_eq!(all[4].event, Event::Ended(Outcome::Cancelled));
}

#[test]
fn what_a_crash_tore_is_cut_off_and_the_numbers_go_on() {
    for torn in
        ["id: 4\nevent: out", "\n", "id: 4\nevent: output\ndata: {\"at\"", "\0\0\0\0", "x\n\n"]
    {
        let (_folder, path) = place();
        let mut log = JobLog::open(&path).unwrap();
        for text in ["a", "b", "c"] {
            log.append(&line(text)).unwrap();
        }
        log.sync().unwrap();
        drop(log);
        let whole = fs_err::read(&path).unwrap();
        let mut file = fs_err::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(torn.as_bytes()).unwrap();
        assert_eq!(JobLogReader::open(&path).last().unwrap().unwrap().number, 3, "{torn:?}");

        let mut log = JobLog::open(&path).unwrap();
        assert_eq!(fs_err::read(&path).unwrap(), whole, "{torn:?}");
        let reason = "crash".to_owned();
        assert_eq!(log.append(&Event::Restarted { reason }).unwrap(), 4, "{torn:?}");
        assert_eq!(numbers(&read(&path, 0, 1000)), [1, 2, 3, 4], "{torn:?}");
    }
}

#[test]
fn a_log_that_has_its_end_is_known_to_have_it_and_takes_no_more() {
    let (_folder, path) = place();
    let mut log = JobLog::open(&path).unwrap();
    log.append(&line(&"x".repeat(100_000))).unwrap();
    log.append(&Event::Ended(Outcome::Cancelled)).unwrap();
    let mut again = JobLog::open(&path).unwrap();
    assert_eq!(again.outcome(), Some(&Outcome::Cancelled));
    assert_eq!(again.append(&line("x")).unwrap(), 2);
    assert_eq!(numbers(&read(&path, 0, 10)), [1, 2]);
}

#[test]
fn every_number_of_a_long_log_is_found() {
    let (_folder, path) = place();
    let mut log = JobLog::open(&path).unwrap();
    for number in 1..=100_000_u32 {
        // Some lines are longer than what is read at once.
        let length = if number % 5_000 == 0 { 30_000 } else { number as usize % 90 };
        log.append(&line(&"x".repeat(length))).unwrap();
    }
    assert_eq!(log.flush().unwrap(), 100_000);
    let mut reader = JobLogReader::open(&path);
    for after in (0..100_000).step_by(37).chain([99_999, 4_999, 5_000, 5_001]) {
        reader.after(after).unwrap();
        let frames = reader.read(1).unwrap();
        assert_eq!(parse_frames(&frames).next().unwrap().number, after + 1);
    }
    reader.after(100_000).unwrap();
    assert!(reader.read(1000).unwrap().is_empty());
    reader.after(u64::MAX).unwrap();
    assert!(reader.read(1000).unwrap().is_empty());
    assert_eq!(numbers(&read(&path, 99_990, 100)), (99_991..=100_000).collect::<Vec<_>>());
    let tail: Vec<_> = parse_frames(&reader.tail(32_000).unwrap()).collect();
    assert_eq!(tail.last().unwrap().number, 100_000);
    assert!(tail.len() > 1 && tail.len() < 100);
}

#[test]
fn progress_is_thinned_out_but_the_last_of_a_step_is_kept() {
    let (_folder, path) = place();
    let mut log = JobLog::open(&path).unwrap();
    let (fetch, extract) = (Step::Fetch, Step::Extract);
    log.append(&Event::StepStarted { step: fetch }).unwrap();
    for done in 0..1000 {
        log.append(&progress(fetch, done)).unwrap();
        log.append(&progress(extract, done)).unwrap();
    }
    log.append(&Event::StepFinished { step: fetch }).unwrap();
    log.flush().unwrap();
    let events = read(&path, 0, 1000);
    assert_eq!(numbers(&events), (1..=events.len() as u64).collect::<Vec<_>>());
    let of = |wanted: Step| {
        let done = events.iter().filter_map(|logged| match logged.event {
            Event::Progress { step, done, .. } if step == wanted => Some(done),
            _ => None,
        });
        done.collect::<Vec<_>>()
    };
    assert_eq!(of(fetch).first(), Some(&0));
    assert_eq!(of(fetch).last(), Some(&999));
    assert!(of(fetch).len() < 500, "{}", of(fetch).len());
    let last = &events.last().unwrap().event;
    assert_eq!(*last, Event::StepFinished { step: fetch }, "nothing of the step comes after it");
}

#[test]
fn the_latest_progress_of_a_step_that_stands_still_is_read_in_a_while() {
    let (_folder, path) = place();
    let mut log = JobLog::open(&path).unwrap();
    log.append(&progress(STEP, 1)).unwrap();
    log.append(&progress(STEP, 2)).unwrap();
    let start = Instant::now();
    while log.flush().unwrap() < 2 {
        assert!(start.elapsed() < Duration::from_mins(1));
        sleep(Duration::from_millis(10));
    }
    assert_eq!(read(&path, 1, 1000)[0].event, progress(STEP, 2));
}

#[test]
fn an_end_that_the_disk_did_not_take_can_be_said_again() {
    let mut log = JobLog::open(std::path::Path::new("/dev/full")).unwrap();
    let (kind, message) = (ErrorKind::BuildFailed, "x".repeat(2 << 20));
    let end = Event::Ended(Outcome::Failed { kind, message, causes: Vec::new() });
    for _ in 0..2 {
        assert!(log.append(&end).is_err());
        assert_eq!((log.written(), log.outcome()), (0, None));
    }
}
