//! `builder.toml`: the builder that is tried, and what is declared of it.

use std::path::{Path, PathBuf};

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};

use super::declared::{Declaration, Declared};

/// The builder that is tried, and what is declared of it, as `builder.toml` says. Paths are relative
/// to its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Who it is.
    pub subject: SubjectSection,
    /// Where it is.
    pub builder: BuilderSection,
    /// The chain that it is on.
    pub chain: ChainSection,
    /// Who asks it.
    pub sequencer: SequencerSection,
    /// What does not apply to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_applicable: Vec<Declaration>,
    /// What is known to fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_failure: Vec<Declaration>,
}

/// Who is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectSection {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The digest of what runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// Where the builder is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuilderSection {
    /// Its `builderUrl`.
    pub url: String,
    /// Its `builderPubkey`.
    pub pubkey: Address,
    /// Where it takes messages of the Engine API, if not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_url: Option<String>,
    /// The file of the JWT secret that they need, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_jwt: Option<PathBuf>,
    /// The file of a certificate that is trusted too, where the URL begins with `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// The command that starts it, if the certifier is to. `GAUNTLET_DATA` names a new folder in its
    /// environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_cmd: Option<String>,
}

/// The chain that it is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSection {
    /// The genesis file in geth's format.
    pub genesis: PathBuf,
    /// The time between two blocks: whole seconds, as `2s`.
    pub block_time: String,
}

/// Who asks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequencerSection {
    /// The file of the sequencer's secret key, whose address the builder knows.
    pub key: PathBuf,
}

impl Target {
    /// Reads `builder.toml`.
    ///
    /// # Errors
    ///
    /// A message with the place.
    pub fn parse(text: &str) -> Result<Self, String> {
        let target: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        match target.declared().mistakes().first() {
            Some(mistake) => Err(mistake.clone()),
            None => Ok(target),
        }
    }

    /// The file.
    #[must_use]
    pub fn print(&self) -> String {
        toml::to_string(self).expect("it holds nothing but texts and tables")
    }

    /// What is declared of it.
    #[must_use]
    pub fn declared(&self) -> Declared {
        Declared {
            not_applicable: self.not_applicable.clone(),
            known_failures: self.known_failure.clone(),
        }
    }

    /// The same, with paths that are relative to this folder.
    #[must_use]
    pub fn below(mut self, folder: &Path) -> Self {
        let paths = [&mut self.chain.genesis, &mut self.sequencer.key];
        for path in paths {
            *path = folder.join(&path);
        }
        let Self { builder, .. } = &mut self;
        for path in [&mut builder.engine_jwt, &mut builder.ca] {
            *path = path.take().map(|path| folder.join(path));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = r#"
[subject]
name = "a builder"
[builder]
url = "http://127.0.0.1:9545"
pubkey = "0x00000000000000000000000000000000000003eb"
[chain]
genesis = "genesis.json"
block_time = "2s"
[sequencer]
key = "sequencer.key"
"#;

    #[test]
    fn a_target_is_what_its_file_says() {
        let target = Target::parse(LEAST).unwrap();
        assert_eq!(Target::parse(&target.print()), Ok(target.clone()));
        let below = target.below(Path::new("folder"));
        assert_eq!(below.chain.genesis, Path::new("folder/genesis.json"));
        assert_eq!(below.sequencer.key, Path::new("folder/sequencer.key"));
    }

    #[test]
    fn a_typo_is_told_with_its_line() {
        let error = Target::parse(&LEAST.replace("pubkey", "pubkay")).unwrap_err();
        assert!(
            error.contains("line 6") && error.contains("pubkay"),
            "{error}"
        );
        let text =
            format!("{LEAST}\n[[not_applicable]]\nrule = \"transport/idd\"\nreason = \"r\"\n");
        let error = Target::parse(&text).unwrap_err();
        assert_eq!(error, "there is no rule `transport/idd`");
    }
}
