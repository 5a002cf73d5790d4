//! Integration tests of `bal-acquisition`.

#![expect(non_snake_case, reason = "array names carry their axes: `probs_N_K_C`")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod badge;
mod closed_forms;
mod core_set;
mod documents;
mod epig;
mod examples;
mod gaussian_field;
mod golden;
mod golden_batches;
mod joint;
mod plain_batch;
mod properties;
mod stochastic;
mod support;
mod top_k;
mod watch;
