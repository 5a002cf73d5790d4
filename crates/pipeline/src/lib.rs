//! The front bal: pipelines, plan, staleness, executors, status
