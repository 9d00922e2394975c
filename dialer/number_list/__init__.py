"""The number list (号码清单): what a regulator is told of an enterprise's numbers, and how it is told."""
