"""Who may do what, and how much of it: keys, sessions, single sign-on, limits, the audit log."""
