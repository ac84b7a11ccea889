"""The pipeline of an audit: collect, explain, advise, evaluate."""
