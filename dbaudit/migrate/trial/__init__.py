"""Indexes on trial before they are dropped."""
