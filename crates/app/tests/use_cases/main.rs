//! Use cases over a whole platform: real store, vault and access ledger, a clock set by hand.

mod sign_up;
