//! `bal status --watch`: the same, again and again.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::thread;
use std::time::{Duration, Instant};

use bal_artifact::Layout;
use bal_cli::{check_interrupt, show};
use console::{Term, truncate_str};

use super::jobs::Jobs;
use super::status::{Row, View, open};
use crate::Error;
use crate::args::StatusArgs;
use crate::experiment::Experiment;
use crate::standing::{Standing, State};

/// How often files are looked at.
const PAUSE: Duration = Duration::from_secs(2);

/// How often a scheduler is asked at first, and at last: a cluster has many who ask.
const QUESTION: Duration = Duration::from_secs(40);
const LAST_QUESTION: Duration = Duration::from_mins(3);

/// How often signals are looked for.
const NAP: Duration = Duration::from_millis(100);

/// Shows how far the runs have come until all are done, or until who was at work no longer is.
pub(super) fn watch(args: &StatusArgs) -> Result<(), Error> {
    let mut shown = Shown::new(args.json);
    let mut asked = Asked::default();
    let mut began = false;
    loop {
        let experiment = open(args)?;
        let text = resolved(&experiment);
        let mut standings: Vec<Standing> = experiment.runs.iter().map(Standing::new).collect();
        loop {
            let view = View::of(&experiment, &mut standings, asked.jobs(&experiment.layout)?)?;
            began |= view.is_at_work();
            let is_over = view.is_done() || (began && !view.is_at_work());
            let is_read = shown.update(view);
            if is_over || !is_read {
                return Ok(());
            }
            pause()?;
            // Another `bal run` may have begun, with other settings.
            if resolved(&experiment) != text {
                break;
            }
        }
    }
}

/// The bytes of the pipeline that `bal run` left last.
fn resolved(experiment: &Experiment) -> Option<Vec<u8>> {
    fs_err::read(experiment.layout.pipeline_file()).ok()
}

fn pause() -> Result<(), Error> {
    let start = Instant::now();
    while start.elapsed() < PAUSE {
        check_interrupt()?;
        thread::sleep(NAP);
    }
    Ok(())
}

/// What a scheduler said when it was asked last.
#[derive(Default)]
struct Asked {
    jobs: Jobs,
    /// When that was, and how long to wait before the next question.
    last: Option<(Instant, Duration)>,
}

impl Asked {
    /// Asks again if it is time to.
    fn jobs(&mut self, layout: &Layout) -> Result<&Jobs, Error> {
        let pause = match self.last {
            Some((at, pause)) if at.elapsed() < pause => return Ok(&self.jobs),
            Some((_, pause)) => (pause + pause / 4).min(LAST_QUESTION),
            None => QUESTION,
        };
        self.jobs = Jobs::look(layout)?;
        // As long as nothing was submitted, nobody was asked.
        self.last = (!layout.slurm().submitted()?.arrays.is_empty()).then(|| (Instant::now(), pause));
        Ok(&self.jobs)
    }
}

/// What was shown last, and how.
struct Shown {
    json: bool,
    /// On a terminal, with so many lines of the last frame.
    screen: Option<(Term, usize)>,
    last: Option<View>,
}

impl Shown {
    fn new(json: bool) -> Self {
        let screen = (!json && std::io::stdout().is_terminal()).then(|| (Term::stdout(), 0));
        Self { json, screen, last: None }
    }

    /// Shows what is new. False once nobody reads it any more.
    fn update(&mut self, view: View) -> bool {
        let text = match &mut self.screen {
            Some((term, height)) => {
                let (rows, columns) = term.size();
                let lines = fitting(&view, usize::from(rows), usize::from(columns));
                let frame = frame(&lines, *height);
                *height = lines.len();
                frame
            }
            None if self.last.as_ref() == Some(&view) => String::new(),
            None if self.json => view.json(false) + "\n",
            None => changed(&view, self.last.as_ref()),
        };
        self.last = Some(view);
        show(&text)
    }
}

/// The lines of runs that are in another state or round than at the last look, and of new notes.
fn changed(view: &View, last: Option<&View>) -> String {
    let table = view.table();
    // After another start with other settings the runs may be others.
    let Some(last) = last.filter(|last| last.runs.len() == view.runs.len()) else {
        return whole(table.iter().chain(&view.notes));
    };
    let rows = table[1..].iter().zip(view.runs.iter().zip(&last.runs));
    let rows = rows.filter(|(_, (now, before))| now.progress() != before.progress()).map(|(line, _)| line);
    whole(rows.chain(view.notes.iter().filter(|note| !last.notes.contains(note))))
}

fn whole<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    lines.flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// One text that draws these lines over the last `height` ones: nothing is cleared before something else is
/// there, so nothing flickers.
fn frame(lines: &[String], height: usize) -> String {
    let mut text = String::new();
    if height > 0 {
        let _ = write!(text, "\x1b[{height}A\r");
    }
    for line in lines {
        text += line;
        text += "\x1b[K\n";
    }
    text + "\x1b[J"
}

/// The table as far as the terminal has room for it; runs at work go before others.
fn fitting(view: &View, rows: usize, columns: usize) -> Vec<String> {
    let table = view.table();
    // The cursor stands below the last line.
    let room = rows.saturating_sub(1).max(3);
    let mut lines = if table.len() <= room {
        table
    } else {
        let mut order: Vec<usize> = (0..view.runs.len()).collect();
        order.sort_by_key(|&index| urgency(&view.runs[index]));
        order.truncate(room - 2);
        order.sort_unstable();
        let more = view.runs.len() - order.len();
        let chosen = order.into_iter().map(|index| table[index + 1].clone());
        let titles = std::iter::once(table[0].clone());
        titles.chain(chosen).chain([format!("… and {more} more")]).collect()
    };
    let notes = room - lines.len();
    lines.extend(view.notes.iter().take(notes).cloned());
    lines.iter().map(|line| truncate_str(line, columns, "…").into_owned()).collect()
}

fn urgency(row: &Row) -> u8 {
    match row.state {
        State::Running => 0,
        State::Stopped => 1,
        State::Waiting => 2,
        State::NotStarted => 3,
        State::Done => 4,
    }
}
