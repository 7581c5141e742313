"""Benchmarks: every figure is a ratio to a yardstick that was measured in the same run (``make bench``)."""
