//! What packs promise.
