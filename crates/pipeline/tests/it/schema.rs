//! The committed JSON Schema is that of the structs.

#[test]
fn the_committed_schema_is_fresh() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.schema.json");
    let committed = fs_err::read_to_string(path).unwrap();
    assert!(
        committed == bal_pipeline::schema_json(),
        "stale; write it anew: `bal schema > crates/pipeline/pipeline.schema.json`"
    );
}

/// Keywords that say what a value is, or that `bal_settings::bounds` checks; lengths of texts are checked
/// with cells.
const KNOWN: &[&str] = &[
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "patternProperties",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
];

fn unknown_keywords(schema: &serde_json::Value, place: &str, found: &mut Vec<String>) {
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        let below = format!("{place}/{keyword}");
        match keyword.as_str() {
            "properties" | "$defs" | "patternProperties" => {
                for (name, schema) in value.as_object().into_iter().flatten() {
                    unknown_keywords(schema, &format!("{below}/{name}"), found);
                }
            }
            "oneOf" | "anyOf" => {
                value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .for_each(|choice| unknown_keywords(choice, &below, found));
            }
            "items" | "additionalProperties" => unknown_keywords(value, &below, found),
            known if KNOWN.contains(&known) => {}
            _ => found.push(below),
        }
    }
}

#[test]
fn no_limit_is_written_that_nothing_checks() {
    let mut found = Vec::new();
    unknown_keywords(&serde_json::from_str(&bal_pipeline::schema_json()).unwrap(), "", &mut found);
    assert!(found.is_empty(), "{found:?}: check it in settings/src/bounds.rs, or leave it out");
    unknown_keywords(&serde_json::json!({"items": {"multipleOf": 2}}), "", &mut found);
    assert_eq!(found, ["/items/multipleOf"]);
}

#[test]
fn every_pipeline_of_the_project_can_be_resolved() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pipelines");
    let files = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let resolved = bal_pipeline::resolve(&file, &fs_err::read_to_string(&file).unwrap()).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy();
        assert!(
            resolved.yaml.contains(&format!("\nname: {name}\n"))
                || resolved.yaml.starts_with(&format!("name: {name}\n"))
        );
    }
}
