//! Whoever builds `bal` may use it: the licences of everything in the tree.

use crate::workspace::{assert_none, packages};

/// Licences that ask for no more than being named.
const ALLOWED: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression can be fulfilled by allowed licences; `/` is the old way to write OR.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.trim();
    if let [one, more, ..] = alternatives(expression, " OR ").as_slice() {
        return is_allowed(one) || is_allowed(more);
    }
    if let [one, more, ..] = alternatives(expression, " AND ").as_slice() {
        return is_allowed(one) && is_allowed(more);
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_allowed(inner),
        None => ALLOWED.contains(&expression),
    }
}

/// What stands before the first `operator` outside of parentheses, and what stands behind it; or the whole.
fn alternatives<'a>(expression: &'a str, operator: &str) -> Vec<&'a str> {
    let is_outside = |at: &usize| {
        let before = &expression[..*at];
        before.matches('(').count() == before.matches(')').count()
    };
    match expression.match_indices(operator).map(|(at, _)| at).find(is_outside) {
        Some(at) => vec![&expression[..at], &expression[at + operator.len()..]],
        None => vec![expression],
    }
}

#[test]
fn expressions_are_understood() {
    for yes in
        ["MIT", "GPL-3.0 OR MIT", "GPL-3.0 OR LGPL-2.1 OR MIT", "(GPL-3.0 OR MIT) AND Zlib", "MIT AND ISC"]
    {
        assert!(is_allowed(yes), "{yes}");
    }
    for no in ["GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR LGPL-2.1) AND MIT", "MIT AND (ISC AND GPL-3.0)", ""]
    {
        assert!(!is_allowed(no), "{no}");
    }
}

#[test]
fn every_package_may_be_used() {
    let packages = packages();
    assert!(packages.len() > 100, "only {} packages are found", packages.len());
    let complaints: Vec<String> = packages
        .iter()
        .map(|package| {
            let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
            (licence, format!("{} {}", package["name"], package["version"]))
        })
        .filter(|(licence, _)| !is_allowed(licence))
        .map(|(licence, package)| format!("{package}: licence `{licence}`"))
        .collect();
    assert_none(&complaints, "find another crate, or add a licence that asks for no more than being named");
}
