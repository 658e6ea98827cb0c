//! sojourn-tests
