//! Enums whose values have names: each value, its doc and its names are written once.

/// An enum with a name for each value, and perhaps an alias, which is accepted on input and never written.
macro_rules! named {
    (
        $(#[$doc:meta])*
        pub enum $Enum:ident, $kind:literal {
            $($(#[$value_doc:meta])* $Value:ident = $name:literal $(or $alias:literal)?,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Enum {
            $($(#[$value_doc])* $Value,)+
        }

        impl $Enum {
            /// All of them, in the order of the documentation.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$Value),+];

            const ALIASES: &[(&str, Self)] = &[$($(($alias, Self::$Value),)?)+];

            /// The name in commands, YAML and column headers.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Value => $name,)+
                }
            }

            /// Every name that is accepted, aliases last.
            pub fn names() -> impl Iterator<Item = &'static str> + Clone {
                Self::ALL.into_iter().map(Self::name).chain(Self::ALIASES.iter().map(|(alias, _)| *alias))
            }

            /// What is called `name`, or has it as an alias.
            ///
            /// # Errors
            /// [`UnknownName`](crate::UnknownName), which lists the names that are accepted.
            pub fn parse(name: &str) -> Result<Self, crate::UnknownName> {
                let alias = Self::ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, value)| *value);
                let value = Self::ALL.into_iter().find(|value| value.name() == name).or(alias);
                value.ok_or_else(|| crate::UnknownName {
                    kind: $kind,
                    name: name.to_owned(),
                    valid: Self::names().collect(),
                })
            }
        }

        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(crate) use named;

#[cfg(test)]
mod tests {
    use crate::{AcquisitionFunction, BatchMethod, UnknownName};

    #[test]
    fn names_round_trip_and_aliases_are_read() {
        for function in AcquisitionFunction::ALL {
            assert_eq!(AcquisitionFunction::parse(&function.to_string()), Ok(function));
        }
        for method in BatchMethod::ALL {
            assert_eq!(BatchMethod::parse(&method.to_string()), Ok(method));
        }
        assert_eq!(AcquisitionFunction::parse("max_prob"), Ok(AcquisitionFunction::LeastConfidence));
        assert_eq!(BatchMethod::parse("plbb"), Ok(BatchMethod::PowerLargeBatchBald));
    }

    #[test]
    fn an_unknown_name_lists_the_valid_ones() {
        let message = |unknown: UnknownName| unknown.to_string();
        let names: Vec<&str> = AcquisitionFunction::names().collect();
        let expected = format!("unknown acquisition function `bold`, expected one of: {}", names.join(", "));
        assert_eq!(message(AcquisitionFunction::parse("bold").unwrap_err()), expected);
        assert!(names.starts_with(&["random", "max_entropy", "bald"]) && names.ends_with(&["max_prob"]));
        let unknown = message(BatchMethod::parse("batchbald").unwrap_err());
        assert!(
            unknown.starts_with("unknown batch method `batchbald`, expected one of: top_k, power"),
            "{unknown}"
        );
    }
}
