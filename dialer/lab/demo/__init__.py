"""The demo: one campaign on a lab Asterisk in which each item meets one fate, and three witnesses must agree on it."""
