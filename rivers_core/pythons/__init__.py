"""Which Python runs a project's code, and which packages it has: found, chosen, looked at, filled."""
