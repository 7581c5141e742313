"""Papers made from what happened: what is known of a case, in the words of a letter; nothing is added, nothing told on.

A paper is made in four floors. ``gathering`` reads a case into a ``Dossier``. ``sheets`` choose from it what the paper
may hold: a template sees a sheet and nothing else, so that a replaced template cannot tell what must not leave the
firm. ``rendering`` fills a template, and ``pdf`` prints it, both without network and without files.
"""
