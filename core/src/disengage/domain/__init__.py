"""The pure part: values and decisions. It touches no socket, no file, no clock."""
