//! Networks, posterior samples and checkpoints on libtorch
