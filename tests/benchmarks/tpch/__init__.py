"""The advisor on TPC-H at scale factor 1, beside the best of its peers. `make bench-tpch`."""
