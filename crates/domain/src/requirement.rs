//! What is due of a customer.
