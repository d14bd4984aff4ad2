"""Files, mail, tables and database rows become documents; documents become passages that know their place."""
