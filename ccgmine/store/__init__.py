"""The study's SQLite file: schema, migrations, reading and writing. The only SQL."""
