//! Stage: data sets from their sources, and the split into initial, validation and pool
