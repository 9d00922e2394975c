"""The commands of `dialer`, one module for each subject. They import late: a thin client must start at once."""
