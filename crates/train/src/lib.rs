//! Stage: fits a network from scratch on the labelled points and evaluates it
