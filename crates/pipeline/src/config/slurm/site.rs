//! The settings of the site: `slurm.yaml` in the user's configuration folder.

use std::path::{Path, PathBuf};

use bal_settings::{Checked, Invalid, line_of, parse};
use serde_json::Value;

use super::Config;
use crate::Error;
use crate::config::Origin;

/// The settings of a pipeline, and of the site's file those that the pipeline does not give.
///
/// # Errors
/// [`Error::Invalid`] names the file that has the wrong setting.
pub(crate) fn with_site(own: &Config, origin: &Origin) -> Result<Checked<Config>, Error> {
    merged(own, origin, site_file().as_deref())
}

fn merged(own: &Config, origin: &Origin, site: Option<&Path>) -> Result<Checked<Config>, Error> {
    let own = bal_artifact::to_json(own);
    let site = site.filter(|file| file.is_file()).map(Origin::read).transpose()?;
    let tree = match &site {
        None => own.clone(),
        Some(site) => {
            let mut tree = parse::<Config>(&site.file, &site.text)?;
            if let (Some(tree), Some(own)) = (tree.as_object_mut(), own.as_object()) {
                // Which of the two a site gives is no matter where the pipeline gives the other.
                if own.contains_key("gpus") || own.contains_key("gres") {
                    tree.retain(|key, _| !["gpus", "gres"].contains(&key.as_str()));
                }
                tree.extend(own.clone());
            }
            tree
        }
    };
    let config: Config = serde_json::from_value(tree).expect("each part was read as such settings");
    Checked::new(config).map_err(|invalid| placed(invalid, &own, origin, site.as_ref()))
}

/// A wrong setting at the place where it is written.
fn placed(invalid: Invalid, own: &Value, origin: &Origin, site: Option<&Origin>) -> Error {
    let key = invalid.key().to_owned();
    Error::Invalid(match site {
        Some(site) if own.get(&key).is_none() && line_of(&site.text, &key).is_some() => {
            invalid.placed(|key| site.place(key))
        }
        _ => invalid.within("slurm").placed(|key| origin.place(key)),
    })
}

/// `bal/slurm.yaml` in the user's configuration folder.
fn site_file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(base.join("bal/slurm.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(own: &str, site: &str) -> Result<Checked<Config>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slurm.yaml");
        bal_artifact::write_file(&path, site.as_bytes()).unwrap();
        let text = format!("name: x\nslurm: {own}\n");
        let own = serde_json::from_value(bal_settings::parse_value(own).unwrap()).unwrap();
        let merged = merged(&own, &Origin::new(Path::new("x.yaml"), &text), Some(&path));
        merged.map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "~"))
    }

    #[test]
    fn the_pipeline_wins_key_by_key() {
        let merged =
            merge("{time: 60, gres: 'gpu:1'}", "# site\npartition: cpu\ntime: 90\ngpus: 2\n").unwrap();
        assert_eq!(merged.resolved().options, ["--partition=cpu", "--time=60", "--gres=gpu:1"]);
    }

    #[test]
    fn a_mistake_is_placed_in_its_file() {
        let error = merge("{time: 60}", "partition: cpu\nthrottle: 0\n").unwrap_err();
        assert_eq!(error, "`~/slurm.yaml`, line 2, key `throttle`: expected 1 to 1000000, found 0");
        let error = merge("{time: soon}", "partition: cpu\n").unwrap_err();
        assert!(error.starts_with("`x.yaml`, line 2, key `slurm.time`: expected minutes"), "{error}");
        let error = merge("{}", "partitions: cpu\n").unwrap_err();
        assert!(error.starts_with("`~/slurm.yaml`, line 1, key `partitions`: unknown field"), "{error}");
    }
}
