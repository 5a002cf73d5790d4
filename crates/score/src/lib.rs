//! Stage: posterior samples and acquisition scores of the pool
