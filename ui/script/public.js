// What public pages run (forms, landing pages). They work without it.
