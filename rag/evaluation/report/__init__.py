"""Reports as HTML: one file each, with nothing from elsewhere and no script."""
