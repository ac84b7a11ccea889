"""Which indexes the workload deserves: candidates, their sizes, and the search over sets."""
