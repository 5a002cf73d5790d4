//! Stage: aggregates runs into tables, figures and one page
