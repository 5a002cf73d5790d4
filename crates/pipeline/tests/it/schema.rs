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
