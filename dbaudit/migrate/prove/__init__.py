"""Whether a change pays: measured before and after, judged beyond noise."""
