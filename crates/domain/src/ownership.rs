//! Who owns and controls an entity.
