//! Options of `sbatch` that a site needs and `bal` does not know.

use bal_settings::Problem;

/// Long options that `bal` writes, what to give instead, and their short forms.
const OWN: &[(&str, &str, &str)] = &[
    ("account", "A", "slurm.account"),
    ("array", "a", ""),
    ("chdir", "D", ""),
    ("comment", "", ""),
    ("constraint", "C", "slurm.constraint"),
    ("cpus-per-task", "c", "slurm.cpus_per_task"),
    ("dependency", "d", ""),
    ("error", "e", ""),
    ("exclude", "x", "slurm.exclude"),
    ("gpus", "G", "slurm.gpus"),
    ("gres", "", "slurm.gres"),
    ("job-name", "J", ""),
    ("kill-on-invalid-dep", "", ""),
    ("mail-type", "", "slurm.mail_type"),
    ("mail-user", "", "slurm.mail_user"),
    ("mem", "", "slurm.mem"),
    ("no-requeue", "", ""),
    ("nodelist", "w", "slurm.nodelist"),
    ("open-mode", "", ""),
    ("output", "o", ""),
    ("parsable", "", ""),
    ("partition", "p", "slurm.partition"),
    ("qos", "q", "slurm.qos"),
    ("requeue", "", ""),
    ("reservation", "", "slurm.reservation"),
    ("signal", "", "slurm.signal"),
    ("test-only", "", ""),
    ("time", "t", "slurm.time"),
    ("wait", "W", ""),
    ("wrap", "", ""),
];

/// Refuses a line that is no option, and one that sets what `bal` sets.
pub(super) fn check(line: &str) -> Result<(), Problem> {
    let line = line.trim();
    if !line.starts_with('-') || line.contains(['\n', '\r', '\0']) {
        let hint = Some("write it as on the command line: `--exclusive`".to_owned());
        return Err(Problem { text: format!("expected an option of `sbatch`, found `{line}`"), hint });
    }
    let word = line.split(['=', ' ', '\t']).next().unwrap_or_default();
    let own = match word.strip_prefix("--") {
        // `sbatch` understands the beginning of an option's name as well.
        Some(name) if !name.is_empty() => OWN.iter().find(|(own, ..)| own.starts_with(name)),
        Some(_) => None,
        None => {
            let letter = word.get(1..2).unwrap_or_default();
            OWN.iter().find(|(_, short, _)| !short.is_empty() && *short == letter)
        }
    };
    match own {
        None => Ok(()),
        Some((name, _, instead)) => {
            let hint = match *instead {
                "" => "leave it out".to_owned(),
                key => format!("give it as `{key}`"),
            };
            Err(Problem { text: format!("`{line}` sets `--{name}`, which `bal` sets"), hint: Some(hint) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bal_sets_is_refused_in_every_spelling() {
        for line in
            ["--time=3", "--tim 3", "-t3", "-t 3", "-J x", "--array=0-3", "--no-requeue", "-d afterok:3"]
        {
            assert!(check(line).unwrap_err().text.contains("which `bal` sets"), "{line}");
        }
        for line in ["--exclusive", "--mem-per-gpu=4G", "--licenses=matlab", "--hold", "-n 1", "--time-min=3"]
        {
            assert_eq!(check(line), Ok(()), "{line}");
        }
        assert!(check("exclusive").is_err() && check("").is_err());
    }
}
