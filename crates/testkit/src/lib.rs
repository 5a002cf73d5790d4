//! Small synthetic pools and data sets in the real formats, for tests
