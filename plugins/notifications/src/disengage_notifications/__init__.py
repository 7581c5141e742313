"""Notifications of disengage: e-mail, signed webhooks, and whatever Apprise reaches."""
