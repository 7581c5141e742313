"""Who comes in: people, sessions, invitations, tokens, other houses' sign-in."""
