"""What the API answers and takes: each shape once, checked in every answer."""
