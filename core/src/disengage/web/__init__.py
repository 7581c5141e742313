"""The pages and the API: a second face over the same calls as the command line."""
