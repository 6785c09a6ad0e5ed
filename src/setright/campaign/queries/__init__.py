"""Questions to the database, named after what they return; nothing here changes anything."""
