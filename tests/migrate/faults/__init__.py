"""What goes wrong on a live server while dbaudit changes its indexes. Nothing is left behind."""
