//! Published numbers: named as seen from the pipeline file, and an input of the report like any other.

use crate::support::{Project, ROOT};

pub(crate) const FILE: &str = "\
source: Somebody 2020
short: Somebody
where: table 1
read_off_figure: false
counts: total
labels_to_accuracy:
  - {accuracy: 0.9, cells: {bald: 25}}
";

/// A project whose pipeline lies in a folder of its own and names published numbers beside it.
fn project() -> Project {
    let project =
        Project::new().and("profiles:", "report: {published: [published/somebody.yaml]}\nprofiles:");
    let text = fs_err::read(project.path("tiny.yaml")).unwrap();
    bal_artifact::write_file(&project.path("pipelines/tiny.yaml"), &text).unwrap();
    bal_artifact::write_file(&project.path("pipelines/published/somebody.yaml"), FILE.as_bytes()).unwrap();
    project
}

fn last_line(project: &Project, arguments: &[&str]) -> String {
    let ended = project.bal(arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_pipeline_names_them_and_a_changed_one_makes_the_report_stale() {
    let project = project();
    let ended = project.bal(&["run", "pipelines/tiny.yaml"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let page = fs_err::read_to_string(project.result("report/report.html")).unwrap();
    assert!(page.contains("published: Somebody"));
    let resolved = fs_err::read_to_string(project.result("pipeline.yaml")).unwrap();
    assert!(resolved.contains("../../pipelines/published/somebody.yaml"), "{resolved}");

    // Both the pipeline and the resolved one find it where it is.
    let of_results = format!("{ROOT}/pipeline.yaml");
    for pipeline in ["pipelines/tiny.yaml", &of_results] {
        assert_eq!(last_line(&project, &["plan", pipeline]), "report: up to date", "{pipeline}");
    }
    let by_hand = [
        "report",
        "--runs",
        ROOT,
        "--published",
        "pipelines/published/somebody.yaml",
        "--out",
        "artifacts/tiny/report",
        "--root",
        ROOT,
    ];
    assert_eq!(project.bal(&by_hand).code, Some(0));
    assert_eq!(last_line(&project, &["plan", "pipelines/tiny.yaml"]), "report: up to date", "made by hand");

    let changed = FILE.replace("25", "35");
    bal_artifact::write_file(&project.path("pipelines/published/somebody.yaml"), changed.as_bytes()).unwrap();
    let stale = last_line(&project, &["plan", "pipelines/tiny.yaml"]);
    assert!(stale.contains("input changed") && stale.contains("published/somebody.yaml"), "{stale}");
    let makefile = project.bal(&["plan", "pipelines/tiny.yaml", "--format", "make"]).stdout;
    assert!(makefile.contains("--published pipelines/published/somebody.yaml"), "{makefile}");
}

#[test]
fn one_that_is_missing_or_wrong_is_found_before_any_work() {
    let project = project();
    let file = project.path("pipelines/published/somebody.yaml");
    bal_artifact::write_file(&file, FILE.replace("0.9", "90").as_bytes()).unwrap();
    let ended = project.bal(&["run", "pipelines/tiny.yaml"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("write 90 % as `0.9`"), "{ended:?}");
    fs_err::remove_file(&file).unwrap();
    let ended = project.bal(&["run", "pipelines/tiny.yaml"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("published numbers `") && !project.path(ROOT).exists(), "{ended:?}");
}
