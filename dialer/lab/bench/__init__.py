"""Benchmarks: ours beside the bare thing, in the same run on the same machine. JSON out; ratios, not promises."""
