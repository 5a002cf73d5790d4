//! Stage: picks the acquisition batch
