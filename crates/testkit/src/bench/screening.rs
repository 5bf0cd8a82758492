//! Screening on one core: how fast an index is built, how much memory it holds, how fast it answers, beside comparing
//! with every name by Jaro-Winkler.

use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rapidfuzz::distance::jaro_winkler::BatchComparator;
use screening::trial::{Ordinary, Random, misspell};
use screening::{Index, Query, Schema, Watchlist, screen};

use super::{Latencies, in_ms, machine};
use crate::screening::million::make;
use crate::screening::read_lists;

const SEED: u64 = 20_26;
/// Questions of one kind in one run; a run asks others than the one before.
const QUESTIONS: usize = 1_000;
const HITS: usize = 10;
/// Fewer questions tell nothing.
const ASKED_MIN: usize = 5;

/// Entries of one list that change at once: on a usual day, and on the worst there was.
const CHANGES: [usize; 2] = [30, 1_749];

/// What is measured, and how long.
pub struct Options<'a> {
    pub folder: &'a Path,
    /// How many names the made list has.
    pub names: usize,
    /// A run ends after so long, whether or not all was asked.
    pub run_for: Duration,
    /// Runs of which the median is told.
    pub runs: usize,
}

/// Which lists are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Sdn,
    SdnUn,
    /// Made of all, as many names as wanted.
    Made,
}

impl Set {
    const ALL: [Set; 3] = [Set::Sdn, Set::SdnUn, Set::Made];

    fn name(self) -> &'static str {
        match self {
            Set::Sdn => "sdn",
            Set::SdnUn => "sdn-un",
            Set::Made => "made",
        }
    }

    fn lists(self, folder: &Path, names: usize) -> io::Result<Vec<Watchlist>> {
        let mut lists = read_lists(folder)?.lists;
        match self {
            Set::Sdn => lists.retain(|list| list.id == "us-ofac-sdn"),
            Set::SdnUn => lists.retain(|list| list.id == "us-ofac-sdn" || list.id == "un-sc"),
            Set::Made => lists = vec![make(&lists, names, SEED).list],
        }
        if lists.iter().all(|list| list.entries.is_empty()) {
            return Err(io::Error::other(format!("no list for `{}` in the folder", self.name())));
        }
        Ok(lists)
    }
}

/// Who is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Persons,
    Companies,
    Misspelt,
}

impl Asked {
    const ALL: [Asked; 3] = [Asked::Persons, Asked::Companies, Asked::Misspelt];

    fn name(self) -> &'static str {
        match self {
            Asked::Persons => "ordinary persons",
            Asked::Companies => "ordinary companies",
            Asked::Misspelt => "misspelt listed names",
        }
    }
}

/// Measures and prints tables, one set after the other.
pub fn measure(options: &Options<'_>) -> io::Result<()> {
    println!("\nscreening on one core, {} runs", options.runs);
    for set in Set::ALL {
        let lists = set.lists(options.folder, options.names)?;
        let (index, built_in) = build(&lists, options.runs.min(3));
        let (index_bytes, all_bytes) = resident_bytes(&lists)?;
        println!(
            "\n| lists | entries | names | built in s | index MiB | bytes a name | bytes an entry | with entries MiB |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        println!(
            "| {} | {} | {} | {:.3} | {} | {} | {} | {} |",
            set.name(),
            index.entry_count(),
            index.name_count(),
            built_in.as_secs_f64(),
            index_bytes >> 20,
            index_bytes / index.name_count().max(1) as u64,
            index_bytes / index.entry_count().max(1) as u64,
            all_bytes >> 20,
        );
        println!();
        for changed in CHANGES {
            let times = (0..options.runs).map(|_| change(&index, &lists, changed)).collect();
            println!("{}: {changed} entries changed in {} ms", set.name(), in_ms(middle(times)));
        }
        let mut questions = Questions::new(&lists);
        println!(
            "\n| {} | p50 ms | p99 ms | Jaro-Winkler p50 ms | p99 ms | times as fast, p50 | p99 |",
            set.name()
        );
        println!("|---|---|---|---|---|---|---|");
        let plain = Plain::new(&lists);
        drop(lists);
        for asked in Asked::ALL {
            let ours = Percentiles::median((0..options.runs).map(|_| {
                let all = questions.take(asked, QUESTIONS);
                run(&all, options.run_for, |query| drop(screen(&index, query, None, HITS)))
            }));
            let all = questions.take(asked, QUESTIONS);
            let theirs = Percentiles::of(&run(&all, options.run_for, |query| {
                std::hint::black_box(plain.best(&query.names[0]));
            }));
            println!(
                "| {} | {} | {} | {} | {} | {:.1} | {:.1} |",
                asked.name(),
                in_ms(ours.p50),
                in_ms(ours.p99),
                in_ms(theirs.p50),
                in_ms(theirs.p99),
                theirs.p50.as_secs_f64() / ours.p50.as_secs_f64().max(1e-9),
                theirs.p99.as_secs_f64() / ours.p99.as_secs_f64().max(1e-9),
            );
        }
        let rates = (0..options.runs).map(|_| bulk(&index, &mut questions, options.run_for));
        println!(
            "\n{}: {} names a second in bulk, of all three kinds in turn",
            set.name(),
            middle(rates.collect())
        );
    }
    Ok(())
}

/// Reads lists as JSON and prints how many bytes their index takes more than they did, and how many all do: for a
/// process that has done nothing else, so that no memory given back blurs the figures.
pub fn print_resident(json: impl io::Read) -> io::Result<()> {
    let before = machine::resident_bytes();
    let lists: Vec<Watchlist> = serde_json::from_reader(BufReader::new(json))?;
    let read = machine::resident_bytes();
    let index = Index::new(lists);
    let built = machine::resident_bytes();
    println!("{} {}", built.saturating_sub(read), built.saturating_sub(before));
    drop(index);
    Ok(())
}

/// Asks another process.
fn resident_bytes(lists: &[Watchlist]) -> io::Result<(u64, u64)> {
    let mut other = Command::new(std::env::current_exe()?)
        // Large pieces go back to the system at once when they are free.
        .env("MALLOC_MMAP_THRESHOLD_", "65536")
        .arg("resident")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(input) = other.stdin.take() {
        let mut input = BufWriter::new(input);
        serde_json::to_writer(&mut input, lists)?;
        input.flush()?;
    }
    let output = other.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().map(|number| number.parse().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(index), Some(all)) => Ok((index, all)),
        _ => Err(io::Error::other("the memory of the index was not measured")),
    }
}

fn build(lists: &[Watchlist], runs: usize) -> (Index, Duration) {
    let mut times = Vec::new();
    loop {
        let lists = lists.to_vec();
        let started = Instant::now();
        let index = Index::new(lists);
        times.push(started.elapsed());
        if times.len() >= runs {
            return (index, middle(times));
        }
    }
}

/// How long it takes to switch to the same lists with so many entries changed.
fn change(index: &Index, lists: &[Watchlist], changed: usize) -> Duration {
    let mut lists = lists.to_vec();
    let Some(list) = lists.first_mut() else { return Duration::ZERO };
    list.sha256 = "changed".to_owned();
    let step = (list.entries.len() / changed.max(1)).max(1);
    for entry in list.entries.iter_mut().step_by(step).take(changed) {
        entry.names.reverse();
        entry.remarks.push_str(" changed");
    }
    let started = Instant::now();
    let now = index.changed_to(lists);
    let took = started.elapsed();
    drop(now);
    took
}

/// An endless supply of questions about a set of lists.
struct Questions {
    ordinary: Ordinary,
    listed: Vec<(String, bool)>,
    random: Random,
}

impl Questions {
    fn new(lists: &[Watchlist]) -> Self {
        let entries = lists.iter().flat_map(|list| &list.entries);
        let named = entries.filter(|entry| !matches!(entry.schema, Schema::Vessel | Schema::Airplane));
        let listed = named.flat_map(|entry| {
            entry.names.iter().map(|name| (name.text.clone(), entry.schema == Schema::Person))
        });
        Self { ordinary: Ordinary::new(), listed: listed.collect(), random: Random::new(SEED) }
    }

    fn take(&mut self, asked: Asked, count: usize) -> Vec<Query> {
        (0..count).map(|_| self.next(asked)).collect()
    }

    fn next(&mut self, asked: Asked) -> Query {
        let random = &mut self.random;
        let (name, person) = match asked {
            Asked::Persons => (self.ordinary.anyone(random), true),
            Asked::Companies => (self.ordinary.any_company(random), false),
            Asked::Misspelt => {
                let (name, person) = random.pick(&self.listed);
                (misspell(name, random).unwrap_or_else(|| name.clone()), *person)
            }
        };
        let schema = if person { "Person" } else { "Organization" };
        Query { schema: Some(schema.to_owned()), ..Query::for_name(&name) }
    }
}

/// How long each question took, as far as the time allowed.
fn run(questions: &[Query], run_for: Duration, mut ask: impl FnMut(&Query)) -> Vec<Duration> {
    let begin = Instant::now();
    let mut times = Vec::with_capacity(questions.len());
    for query in questions {
        if begin.elapsed() >= run_for && times.len() >= ASKED_MIN {
            break;
        }
        let asked_at = Instant::now();
        ask(query);
        times.push(asked_at.elapsed());
    }
    times
}

/// Names a second.
fn bulk(index: &Index, questions: &mut Questions, run_for: Duration) -> u64 {
    let kinds = Asked::ALL.into_iter().cycle().take(3 * QUESTIONS);
    let all: Vec<Query> = kinds.map(|asked| questions.next(asked)).collect();
    let begin = Instant::now();
    let asked = run(&all, run_for, |query| drop(screen(index, query, None, HITS))).len();
    (asked as f64 / begin.elapsed().as_secs_f64()) as u64
}

struct Percentiles {
    p50: Duration,
    p99: Duration,
}

impl Percentiles {
    fn of(times: &[Duration]) -> Self {
        let latencies = Latencies::new(times.to_vec());
        Self { p50: latencies.permille(500), p99: latencies.permille(990) }
    }

    /// The middle of the runs, each percentile by itself.
    fn median(runs: impl Iterator<Item = Vec<Duration>>) -> Self {
        let (p50, p99) = runs.map(|run| Self::of(&run)).map(|run| (run.p50, run.p99)).unzip();
        Self { p50: middle(p50), p99: middle(p99) }
    }
}

fn middle<T: Ord + Copy + Default>(mut all: Vec<T>) -> T {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// The plain way: every name compared with the one asked, by a library known to be fast.
struct Plain(Vec<String>);

impl Plain {
    fn new(lists: &[Watchlist]) -> Self {
        let entries = lists.iter().flat_map(|list| &list.entries);
        Self(entries.flat_map(|entry| entry.names.iter().map(|name| name.text.to_lowercase())).collect())
    }

    fn best(&self, name: &str) -> f64 {
        let asked = BatchComparator::new(name.to_lowercase().bytes());
        self.0.iter().map(|listed| asked.similarity(listed.bytes())).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_differ_from_run_to_run_and_a_run_ends_in_time() {
        let lists = [screening::fictional()];
        let mut questions = Questions::new(&lists);
        for asked in Asked::ALL {
            assert!(questions.take(asked, 50) != questions.take(asked, 50), "{}", asked.name());
        }
        let all = questions.take(Asked::Misspelt, 20);

        assert_eq!(run(&all, Duration::ZERO, |_| ()).len(), ASKED_MIN);
        assert!(Plain::new(&lists).best(&lists[0].entries[0].names[0].text) > 0.99);
        assert_eq!(middle(vec![3, 1, 2]), 2);
    }
}
