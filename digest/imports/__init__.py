"""What people bring along: feeds (OPML), references (BibTeX, RIS), lists of ids; read into interests and papers. Pure."""
