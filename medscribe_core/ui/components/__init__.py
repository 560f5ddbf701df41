"""Parts of a page, one a file; each draws what it is given and keeps no state of its own."""
