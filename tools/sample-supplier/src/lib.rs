//! sample-supplier
