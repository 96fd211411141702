//! A find made small: options, filters and arguments are left out, and the film made plainer, while it stays a find of its class.

use super::bench::{Bench, Outcome};
use super::tally::Find;
use super::{FILMS, Job, PLAINEST};

/// Jobs that one find may cost.
const TRIES: usize = 40;

pub async fn smaller(bench: &Bench, find: &Find) -> Find {
    let (mut best, mut tries) = (find.clone(), TRIES);
    loop {
        let mut found = None;
        for job in simpler(&best.job) {
            if tries == 0 || !bench.is_alive() {
                return best;
            }
            tries -= 1;
            if let Outcome::Find { class, why } = bench.judged(&job).await
                && class == best.class
            {
                found = Some(Find { why, job, ..best.clone() });
                break;
            }
        }
        match found {
            Some(smaller) => best = smaller,
            None => return best,
        }
    }
}

/// All jobs that are a step simpler, the largest steps first.
fn simpler(job: &Job) -> Vec<Job> {
    let mut all = Vec::new();
    let place = FILMS.iter().position(|name| *name == job.film).unwrap_or(FILMS.len());
    all.extend(
        FILMS.iter().take(PLAINEST.min(place)).map(|film| Job { film: (*film).to_owned(), ..job.clone() }),
    );
    for (number, part) in job.parts.iter().enumerate() {
        if part[0] != "-c:v" {
            let mut without = job.clone();
            without.parts.remove(number);
            all.push(without);
        }
    }
    for (number, part) in job.parts.iter().enumerate().filter(|(_, part)| part.len() == 2) {
        if matches!(part[0].as_str(), "-vf" | "-af") {
            all.extend(shorter(&part[1]).into_iter().map(|chain| {
                let mut other = job.clone();
                other.parts[number][1] = chain;
                other
            }));
        }
    }
    all
}

/// Chains with a filter less, or an argument less.
fn shorter(chain: &str) -> Vec<String> {
    let filters = split(chain, ',');
    let mut all = Vec::new();
    for number in 0..filters.len() {
        let with = |filter: Option<String>| {
            let mut filters = filters.clone();
            match filter {
                Some(filter) => filters[number] = filter,
                None => drop(filters.remove(number)),
            }
            filters.join(",")
        };
        if filters.len() > 1 {
            all.push(with(None));
        }
        let Some((name, arguments)) = filters[number].split_once('=') else { continue };
        let arguments = split(arguments, ':');
        for left_out in 0..arguments.len() {
            let mut rest = arguments.clone();
            rest.remove(left_out);
            let filter = if rest.is_empty() { name.to_owned() } else { format!("{name}={}", rest.join(":")) };
            all.push(with(Some(filter)));
        }
    }
    all
}

/// Where the separator stands outside quotes.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut quoted = false;
    let parts = text.split(|c: char| {
        quoted ^= c == '\'';
        c == separator && !quoted
    });
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_loses_a_filter_or_an_argument() {
        assert_eq!(
            shorter("hflip=enable='gt(t,1)',pad=w=1:h=2"),
            [
                "pad=w=1:h=2",
                "hflip,pad=w=1:h=2",
                "hflip=enable='gt(t,1)'",
                "hflip=enable='gt(t,1)',pad=h=2",
                "hflip=enable='gt(t,1)',pad=w=1"
            ]
        );
    }

    #[test]
    fn a_job_gets_a_plainer_film_before_it_loses_options() {
        let job = Job::read("tiny.mp4 | -c:v ffv1 -an -g 3 | .mkv").expect("a job");
        let lines: Vec<String> = simpler(&job).iter().map(Job::to_string).collect();
        assert_eq!(lines.len(), PLAINEST + 2);
        assert_eq!(lines[0], "h264-plain.mp4 | -c:v ffv1 -an -g 3 | .mkv");
        assert_eq!(lines[PLAINEST], "tiny.mp4 | -c:v ffv1 -g 3 | .mkv");
    }
}
