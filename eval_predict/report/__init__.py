"""HTML pages and charts, for score tables here and for runs in iwsi."""
