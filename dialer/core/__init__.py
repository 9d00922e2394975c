"""The pure core: values and functions of values. Standard library only; no clock, no I/O, no randomness."""
