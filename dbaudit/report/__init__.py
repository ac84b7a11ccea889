"""Findings, advice and results as people and machines read them."""
