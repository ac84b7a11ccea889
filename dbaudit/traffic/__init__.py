"""What applications really sent: read from logs, traces and counters, summed up, looked through."""
