"""Files, folders, mail, tables and database rows become documents, and documents become passages that know their place."""
